"""What every layer asks of its arguments."""

from __future__ import annotations

from operator import index
from typing import Any


def size(what: str, value: Any, least: int = 1) -> int:
    """`value` as a plain integer of at least `least`; raises TypeError or ValueError that says what it is.

    >>> size("Linear: in_features", 3)
    3
    >>> size("Linear: in_features", -3)
    Traceback (most recent call last):
    ...
    ValueError: Linear: in_features=-3 is less than 1
    """
    try:
        number = index(value)
    except TypeError:
        raise TypeError(f"{what}={value!r} is not an integer") from None
    if number < least:
        raise ValueError(f"{what}={number} is less than {least}")
    return number
