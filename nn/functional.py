"""The layers and losses as functions, under PyTorch's names: each stands in the file of its layer.

>>> import nn.functional as F
>>> F.linear(Tensor([1.0, 2.0]), Tensor([[3.0, 4.0]]))
Tensor([11.])
"""

from autograd import linear

from .normalization import batch_norm, group_norm, instance_norm, layer_norm, rms_norm

__all__ = ["batch_norm", "group_norm", "instance_norm", "layer_norm", "linear", "rms_norm"]
