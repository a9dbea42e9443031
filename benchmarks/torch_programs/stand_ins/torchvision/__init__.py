"""Stands in for torchvision, in PyTorch's words: random images for its data sets, and the transforms of the programs."""

from . import datasets, transforms, utils
