"""Public programs of PyTorch's, run unchanged under PyTorch and under its dialect, and compared step by step."""
