"""Side-by-side timing against PyTorch and the small engines."""
