"""Whole models as flat vectors and as functions of their parameters; clipped gradients; sequences (`rnn`)."""

from autograd.support.clipping import clip_grad_norm_, clip_grad_value_

from . import rnn
from .parameters import functional_call, parameters_to_vector, vector_to_parameters

__all__ = [
    "clip_grad_norm_", "clip_grad_value_", "functional_call", "parameters_to_vector", "rnn", "vector_to_parameters",
]  # fmt: skip
