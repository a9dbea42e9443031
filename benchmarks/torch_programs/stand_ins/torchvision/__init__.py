"""Stands in for torchvision, in PyTorch's words: random images as data sets, and transforms."""

from . import datasets, transforms, utils
