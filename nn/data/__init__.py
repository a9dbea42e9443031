"""Data for training."""

from . import datasets
