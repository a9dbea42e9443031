"""Stands in for tiktoken, which a model of characters does not ask."""
