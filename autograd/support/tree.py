"""Nested lists, tuples and dicts of arrays: take them apart into a flat list, and put them together again."""

from collections.abc import Callable
from itertools import islice
from typing import Any, TypeAlias

Leaves: TypeAlias = list[Any]
Rebuild: TypeAlias = Callable[[Leaves], Any]


def flatten(tree: object) -> tuple[Leaves, Rebuild]:
    """Return the leaves of `tree` and the function that builds the same structure around other leaves.

    >>> leaves, rebuild = flatten({"w": [1, 2], "b": 3})
    >>> rebuild([10 * leaf for leaf in leaves])
    {'w': [10, 20], 'b': 30}
    """
    if isinstance(tree, dict):
        names = sorted(tree, key=str)  # by key, whatever the order they were inserted in
        parts, rebuild = flatten([tree[name] for name in names])

        def as_dict(leaves: Leaves) -> dict[object, object]:
            values = dict(zip(names, rebuild(leaves)))
            return {name: values[name] for name in tree}

        return parts, as_dict
    if not isinstance(tree, (list, tuple)):
        return [tree], lambda leaves: leaves[0]
    flat = [flatten(part) for part in tree]

    def together(leaves: Leaves) -> object:
        rest = iter(leaves)
        parts = [rebuild(list(islice(rest, len(own)))) for own, rebuild in flat]
        return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)

    return [leaf for own, _ in flat for leaf in own], together
