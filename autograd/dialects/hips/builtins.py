"""`autograd.builtins`: Python's own, since containers of traced values are ordinary containers here."""

import builtins as _builtins
from builtins import dict as dict, list as list, tuple as tuple

from .tracer import notrace_primitive

isinstance = notrace_primitive(_builtins.isinstance)  # of a traced value: what its array is
type = notrace_primitive(_builtins.type)
DictBox = dict  # a traced one is an ordinary one
