"""Errors of values and derivatives beside mpmath and PyTorch: `make accuracy` writes docs/accuracy.md."""
