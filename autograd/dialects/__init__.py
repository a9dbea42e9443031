"""Other libraries' ways to say things, each in a room of its own over the same engine: see docs/dialects.md."""
