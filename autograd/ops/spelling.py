"""NumPy's own spelling of a call: the names and the order of its arguments, and those that only it has.

An operation has the arguments that its rule needs. What NumPy's namesake takes beside them is worked out here, in
other operations, or refused with the reason.
"""

import inspect
from functools import cache
from typing import Any

import numpy as np

from ..engine.errors import UnsupportedError, explain
from ..engine.op import Op, registry
from ..engine.types import Array, Function

__all__: list[str] = []

ALSO = {"a_min": "min", "a_max": "max", "correction": "ddof", "rtol": "rcond"}  # what NumPy calls by two names
IDLE = {"casting", "copy", "device", "kind", "overwrite_input", "stable", "subok"}  # how, and not what
NEUTRAL = {"sum": 0, "prod": 1, "any": False, "all": True}
WHY = {
    "out": "would write a Tensor into an array; results are new Tensors, so drop it",
    "order": "is of memory, which a Tensor does not show, or of fields, which it has not; 'C' and 'F' of reshape and "
    "ravel are about values",
    "hermitian": "reads one triangle only; see autograd.eigh",
    "weights": "has no derivative rule here; see np.average",
}


def spelled(op: Op, theirs: Any, ours: Function) -> Function:
    """The function to call for `theirs`, NumPy's namesake, with the arguments that it takes."""
    try:
        signature = inspect.signature(theirs)
    except ValueError:  # of some that are written in C
        return ours
    known = signature.parameters
    if any(p.kind is p.VAR_POSITIONAL for p in known.values()):
        return ours
    pairs = list(zip(known, op.parameters))
    renamed = {t: m for t, m in pairs if t not in op.parameters and m not in known and t not in {*ALSO, *IDLE}}
    same = [renamed.get(t, ALSO.get(t, t)) == m for t, m in pairs]
    safe = same.index(False) if False in same else len(same)  # so many mean the same by position
    common = set(known) & set(op.parameters)
    plain = {n for n, p in inspect.signature(op.forward).parameters.items() if p.kind is p.POSITIONAL_OR_KEYWORD}

    @cache
    def rest(count: int, *names: str) -> list[tuple[str, Any]] | None:
        """The arguments after so many, with their defaults, if these names can be given by position."""
        last = max([op.parameters.index(name) for name in common.intersection(names)], default=-1)
        if count > safe or not common.issuperset(names) or not plain.issuperset(op.parameters[: last + 1]):
            return None
        after = op.parameters[count : last + 1]
        fit = set(names) <= set(after) <= {*names, *op.defaults}
        return [(name, op.defaults.get(name)) for name in after] if fit else None

    def call(*args: Any, **options: Any) -> Any:
        if not options and len(args) <= safe:
            return ours(*args)
        after = rest(len(args), *options) if options else None
        if after is not None:
            return ours(*args, *[options.get(name, default) for name, default in after])
        if len(args) <= safe and options.keys() <= common:
            return ours(*args, **options)
        named: dict[str, Any] = {}
        for name, value in signature.bind(*args, **options).arguments.items():
            if known[name].kind is inspect.Parameter.VAR_KEYWORD:
                named |= value
            elif value is not known[name].default and value is not np._NoValue:
                named[renamed.get(name, name)] = value
        return adapted(op, ours, named)

    def by_our_order(args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        named = dict(zip(op.parameters, args))
        for name, value in options.items():
            if not {name, renamed.get(name), ALSO.get(name)} & {*op.parameters, *known}:
                raise explain(TypeError(f"it takes {', '.join(op.parameters)}"), op, args, options)
            named[renamed.get(name, name)] = value
        return adapted(op, ours, named)

    call.op = op  # as ours has it
    op.spelled = op.spelled or by_our_order
    return call


def adapted(op: Op, ours: Function, named: dict[str, Any]) -> Any:
    """The call with `named` arguments, of which some may be NumPy's only."""
    for name in named.keys() & ALSO.keys() - {*op.parameters}:
        if ALSO[name] in named:
            raise ValueError(f"{op.name}: {name}= is another name of {ALSO[name]}=; give one of them")
        named[ALSO[name]] = named.pop(name)
    extra = {name: named.pop(name) for name in [*named] if name not in op.parameters}
    first = op.parameters[0]
    dtype = extra.pop("dtype", None)
    if dtype is not None and not op.variadic:
        named[first] = np.astype(named[first], dtype)
    factors = extra.pop("b", None) if op.name == "logsumexp" else None
    if factors is not None:
        ours = registry["_weighted_logsumexp"].call
        named["x"], named["b"] = np.broadcast_arrays(named["x"], factors)
    masked = {name: extra.pop(name) for name in ("where", "initial", "mean") if name in extra}
    order = extra.pop("order", "C") if op.name in ("reshape", "ravel") else "C"
    for name, value in extra.items():
        if name in IDLE and not (op.name == "nan_to_num" and name == "copy" and value is False):
            continue
        why = WHY.get(name, "is not supported on Tensors; leave it out, or take t.data")
        raise UnsupportedError(f"{op.name}: {name}={value!r} {why}")
    if masked:
        return _masked(op.name, ours, named, **masked)
    if order != "C":
        return _in_columns(op, ours, named, order)
    y = ours(**named) if first in named else ours(*named.values())
    return y if dtype is None or y.dtype == dtype else y.astype(dtype)  # of integers, which sums widen


def _in_columns(op: Op, ours: Function, named: dict[str, Any], order: str) -> Array:
    """reshape and ravel with the first axis changing fastest."""
    if order != "F":
        raise UnsupportedError(f"{op.name}: order={order!r} {WHY['order']}")
    named["x"] = np.transpose(named["x"])
    if "shape" not in named:
        return ours(**named)
    shape = named["shape"]
    named["shape"] = shape[::-1] if np.ndim(shape) else shape
    return np.transpose(ours(**named))


def _masked(
    name: str, ours: Function, named: dict[str, Any], where: Any = True, initial: Any = None, mean: Any = None
) -> Array:
    """A reduction of the elements where `where` holds, beginning with `initial`; var and std around a given mean."""
    x = named["x"]
    if name in ("mean", "var", "std"):
        return _mean_of_some(name, named, where, mean)
    if name in NEUTRAL:
        y = ours(**{**named, "x": np.where(where, x, NEUTRAL[name])})
        return y if initial is None else y + initial if name == "sum" else y * initial
    if initial is None:
        raise ValueError(f"{name} where some elements are left out needs initial=, what it is of none")
    y = ours(**{**named, "x": x if where is True else np.where(where, x, initial)})
    return np.maximum(y, initial) if name == "max" else np.minimum(y, initial)


def _mean_of_some(name: str, named: dict[str, Any], where: Any, mean: Any) -> Array:
    x, axis, keepdims = named["x"], named.get("axis"), named.get("keepdims", False)
    count = np.sum(np.broadcast_to(where, np.shape(x)), axis=axis, keepdims=keepdims)
    if name == "mean":
        return np.sum(np.where(where, x, 0), axis=axis, keepdims=keepdims) / count.astype(x.dtype)
    if mean is None:
        mean = _mean_of_some("mean", {"x": x, "axis": axis, "keepdims": True}, where, None)
    apart = np.where(where, x - mean, 0)
    squares = np.sum(np.real(apart * np.conjugate(apart)), axis=axis, keepdims=keepdims)
    y = squares / (count - named.get("ddof", 0)).astype(squares.dtype)
    return np.sqrt(y) if name == "std" else y
