"""Whole models as flat vectors and as functions of their parameters; sequences of different lengths (`rnn`)."""

from . import rnn
from .parameters import functional_call, parameters_to_vector, vector_to_parameters

__all__ = ["functional_call", "parameters_to_vector", "rnn", "vector_to_parameters"]
