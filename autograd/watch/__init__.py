"""What watches the engine: common mistakes, source lines, calls of modules, anomalies, cut graphs."""
