"""What our library and others can do, found out by running short programs."""
