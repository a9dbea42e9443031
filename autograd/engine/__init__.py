"""The engine: Tensor, the recorded graph, how an op is declared and called, and the sweep that runs it backward."""
