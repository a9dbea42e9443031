"""Nested lists, tuples and dicts of arrays: take them apart into a flat list, and put them together again."""

from collections.abc import Callable
from itertools import islice
from typing import Any, TypeAlias

Leaves: TypeAlias = list[Any]
Rebuild: TypeAlias = Callable[[Leaves], Any]


def flatten(tree: object) -> tuple[Leaves, Rebuild]:
    """Return the leaves of `tree` and the function that builds the same structure around other leaves.

    That function keeps none of the leaves alive.

    >>> leaves, rebuild = flatten({"w": [1, 2], "b": 3})
    >>> rebuild([10 * leaf for leaf in leaves])
    {'w': [10, 20], 'b': 30}
    """
    if isinstance(tree, dict):
        order, names = list(tree), sorted(tree, key=str)  # by key, whatever the order they were inserted in
        parts, rebuild = flatten([tree[name] for name in names])

        def as_dict(leaves: Leaves) -> dict[object, object]:
            values = dict(zip(names, rebuild(leaves)))
            return {name: values[name] for name in order}

        return parts, as_dict
    if not isinstance(tree, (list, tuple)):
        return [tree], lambda leaves: leaves[0]
    kind = type(tree)
    if not any(isinstance(part, (list, tuple, dict)) for part in tree):  # flat already
        return list(tree), lambda leaves: kind(*leaves) if hasattr(kind, "_fields") else kind(leaves)
    flat = [flatten(part) for part in tree]
    inner = [(len(own), rebuild) for own, rebuild in flat]

    def together(leaves: Leaves) -> object:
        rest = iter(leaves)
        parts = [rebuild(list(islice(rest, count))) for count, rebuild in inner]
        return kind(*parts) if hasattr(kind, "_fields") else kind(parts)

    return [leaf for own, _ in flat for leaf in own], together


def tree_map(f: Callable[[Any], Any], tree: Any) -> Any:
    """The same structure around f of each leaf.

    >>> tree_map(abs, {"w": [-1, 2], "b": -3})
    {'w': [1, 2], 'b': 3}
    """
    leaves, rebuild = flatten(tree)
    return rebuild(list(map(f, leaves)))
