"""`autograd.builtins`: Python's own, since containers of traced values are ordinary containers here."""

from builtins import dict as dict, isinstance as isinstance, list as list, tuple as tuple, type as type
