"""`autograd.scipy`: SciPy's functions, which take Tensors where the engine has the operation."""
