"""Whole models as flat vectors and as functions of their parameters."""

from .parameters import functional_call, parameters_to_vector, vector_to_parameters

__all__ = ["functional_call", "parameters_to_vector", "vector_to_parameters"]
