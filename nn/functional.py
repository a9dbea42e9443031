"""The layers and losses as functions, under PyTorch's names: each stands in the file of its layer.

>>> import nn.functional as F
>>> F.linear(Tensor([1.0, 2.0]), Tensor([[3.0, 4.0]]))
Tensor([11.])
"""

from autograd import linear

from .attention import scaled_dot_product_attention

__all__ = ["linear", "scaled_dot_product_attention"]
