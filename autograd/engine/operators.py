"""Operators and methods of Tensor: each operation attaches its own, and operators.pyi lists them for type checkers."""


class Operators:
    """Operators and methods of Tensor."""

    __slots__ = ()
