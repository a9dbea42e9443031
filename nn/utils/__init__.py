"""Whole models as flat vectors and as functions of parameters; norms of weights and gradients; sequences (`rnn`)."""

from autograd.support.clipping import clip_grad_norm_, clip_grad_value_

from . import rnn
from .norms import remove_spectral_norm, remove_weight_norm, spectral_norm, weight_norm
from .parameters import functional_call, parameters_to_vector, vector_to_parameters

__all__ = [
    "clip_grad_norm_", "clip_grad_value_", "functional_call", "parameters_to_vector", "remove_spectral_norm",
    "remove_weight_norm", "rnn", "spectral_norm", "vector_to_parameters", "weight_norm",
]  # fmt: skip
