"""The layers and losses as functions, under PyTorch's names: each stands in the file of its layer.

>>> import autograd, nn.functional as F
>>> F.linear(autograd.Tensor([1.0, 2.0]), autograd.Tensor([[3.0, 4.0]]))
Tensor([11.])
"""

from autograd import linear

from .convolution import conv1d, conv2d, conv_transpose1d, conv_transpose2d

__all__ = ["conv1d", "conv2d", "conv_transpose1d", "conv_transpose2d", "linear"]
