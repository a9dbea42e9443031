"""`autograd.misc`."""
