"""C: a program as one C function, where a compiler is found."""
