"""`autograd.scipy`."""
