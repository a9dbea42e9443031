"""`autograd.numpy.numpy_boxes`: a traced value is a Tensor."""

from ..tracer import Tensor as ArrayBox

__all__ = ["ArrayBox"]
