"""Stands in for scikit-image: one picture."""

from . import data
