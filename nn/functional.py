"""The layers and losses as functions, under PyTorch's names: each stands in the file of its layer.

>>> import nn.functional as F
>>> F.linear(Tensor([1.0, 2.0]), Tensor([[3.0, 4.0]]))
Tensor([11.])
"""

from autograd import linear

from .normalization import batch_norm, group_norm, instance_norm, layer_norm, rms_norm
from .pooling import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_max_pool2d,
    avg_pool1d,
    avg_pool2d,
    max_pool1d,
    max_pool2d,
)
from .upsample import interpolate

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_max_pool2d",
    "avg_pool1d",
    "avg_pool2d",
    "batch_norm",
    "group_norm",
    "instance_norm",
    "interpolate",
    "layer_norm",
    "linear",
    "max_pool1d",
    "max_pool2d",
    "rms_norm",
]
