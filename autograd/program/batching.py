"""How a call of an op is made for all examples at once: what its arguments are then, with the examples in front.

An op that works element by element, or on the last axes only, needs arguments that are aligned from the right; an op
with an axis for a batch of its own takes the examples there; of others some are a matter of counting axes anew. What
comes out is a call of the same op, in which no example touches another: its rule is the rule of each of them. Only of
an input that all examples share it adds the gradients up, and `APART` has the rules that do not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from string import ascii_letters
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..engine.modes import no_grad
from ..engine.op import Op, ours, registry
from ..engine.tensor import Tensor
from ..ops.convolution import convolution_of_each, grouped
from ..ops.embedding import add_rows
from ..ops.fourier import counted
from ..ops.index import _is_basic
from ..ops.linalg import linear_of_each
from ..ops.normalize import group_norm_of_each, row_norm_of_each
from ..ops.recurrent import recurrent_of_each
from .forward import PAIRED, diagonal
from .interpreter import bare, mapped

if TYPE_CHECKING:
    from .batch import Batch

Named = dict[str, Any]
ARRAY = (Tensor, np.ndarray, np.generic)


class Whole(NamedTuple):
    """The arguments of a call for all examples, and where these lie: in front, where nothing else is said."""

    named: Named
    inputs: Mapping[str, int] = MappingProxyType({})  # the axis in which the examples of an input lie one after another
    outs: tuple[int, ...] = ()  # that of each result


def whole_call(batch: Batch, op: Op, named: Named) -> Whole | None:
    """How `op` is called for all examples; None if there is no rule for that."""
    made: Any = None
    if diagonal(op):
        made = aligned(batch, op.name in PAIRED, **named)
    elif op.name in RULES and ours(op):
        made = RULES[op.name](batch, **named)
    return Whole({**named, **made}) if isinstance(made, dict) else made


# -- axes ----------------------------------------------------------------------------------------------


def moved(x: Any, source: int, to: int) -> Any:
    """x with one axis moved; np.moveaxis takes its time where there is nothing to do, too."""
    return x if source == to else np.moveaxis(x, source, to)


def into(x: Any, axis: int) -> Any:
    """The examples, in front, as one after another along an axis of theirs."""
    shape = x.shape[1:]
    return np.reshape(moved(x, 0, axis), (*shape[:axis], len(x) * shape[axis], *shape[axis + 1 :]))


def out_of(x: Any, axis: int, size: int) -> Any:
    """The examples in front, which lay one after another along an axis."""
    apart = (*x.shape[:axis], size, x.shape[axis] // size, *x.shape[axis + 1 :])
    return moved(np.reshape(x, apart), axis, 0)


def later(axis: Any, ndim: int) -> Any:
    """An axis of one example, or several, counted where the examples are in front."""
    return tuple(later(a, ndim) for a in axis) if isinstance(axis, Sequence) else axis % ndim + 1


# -- what takes any axes in front ----------------------------------------------------------------------


def rank(values: Any) -> int:
    """The most axes of several values."""
    return max(
        v.ndim if isinstance(v, ARRAY) else np.ndim(v) for v in values if isinstance(v, (*ARRAY, list, float, int))
    )


def aligned(batch: Batch, full: bool = True, **named: Any) -> Named:
    """Aligned from the right, as for broadcasting; if `full`, arrays that all share are given to each example."""
    axes = rank(named.values())
    return {key: batch.front(v, axes, full and isinstance(v, ARRAY)) for key, v in named.items()}


def of_rows(batch: Batch, **named: Any) -> Named | None:
    """The one input with any axes in front; what is beside it all examples share."""
    given = {name: batch.lowered(v) for name, v in named.items() if batch.has(v)}
    return given if given.keys() in ({"x"}, {"indices"}) else None


def along(batch: Batch, x: Any, every: Callable[[Any], Any] | None = None, **named: Any) -> Named | None:
    """Along axes that are counted anew: where none is named those of `every`, or else all of them as one."""
    if every is None and named.get("axis", 0) is None:
        flat = {"x": np.reshape(batch.lowered(x), (batch.size, -1)), "axis": 1}
        return None if named.get("keepdims") or "shift" in named else flat
    axes = {name: every(x) if every and (a is None or not x.ndim) else a for name, a in named.items() if name in AXES}
    return {"x": batch.lowered(x), **{name: later(axis, x.ndim) for name, axis in axes.items()}}


# -- what is joined, taken by index, multiplied --------------------------------------------------------


def _joined(batch: Batch, arrays: Sequence[Any], axis: int | None, new: int = 0) -> Named:
    if axis is None:
        return {"arrays": [np.reshape(batch.all(a), (batch.size, -1)) for a in arrays], "axis": 1}
    return {"arrays": [batch.all(a) for a in arrays], "axis": later(axis, np.ndim(arrays[0]) + new)}


def _indexed(batch: Batch, index: Any, **named: Any) -> Named | None:
    index = index if isinstance(index, tuple) else (index,)
    beside = () if _is_basic(index) else (int, np.integer)  # integers are looked up together with arrays
    places = [i for i, part in enumerate(index) if isinstance(part, beside) or not _is_basic(part)]
    own = any(map(batch.has, index))  # each example has places of its own
    if places and (places[-1] - places[0] >= len(places) or (own and places[0] > 0)):
        return None  # NumPy puts the axes of what is looked up in front
    changed = {name: batch.all(x) for name, x in named.items() if name == "x"}
    if "value" in named:
        part = np.broadcast_to(0, named["x"].shape)[mapped(bare, index)]
        if np.ndim(named["value"]) > part.ndim:
            return None
        changed["value"] = batch.front(named["value"], part.ndim)
    if "shape" in named:
        changed["shape"] = (batch.size, *named["shape"])
    if not own:
        return {"index": (slice(None), *index), **changed}
    if any(np.result_type(index[i]).kind == "b" for i in places):
        return None
    axes = rank(index)
    each = np.arange(batch.size).reshape(-1, *[1] * axes)
    return {"index": (each, *(batch.front(part, axes) for part in index)), **changed}


def _added_rows(batch: Batch, x: Any, indices: Any, count: int, padding_idx: int | None) -> Whole | None:
    first = np.arange(batch.size).reshape(-1, *[1] * np.ndim(indices)) * count
    named = {"x": batch.all(x), "indices": batch.all(indices) + first, "count": batch.size * count, "padding_idx": None}
    return Whole(named, outs=(0,)) if padding_idx is None else None  # whose row is one of many here


def _product(batch: Batch, a: Any, b: Any) -> Named | None:
    if not batch.has(b) and np.ndim(b) <= 2:
        return {"a": batch.lowered(a)}
    return None if 1 in (np.ndim(a), np.ndim(b)) else aligned(batch, a=a, b=b)


def _summed(batch: Batch, operands: Sequence[Any], subscripts: str, **rest: Any) -> Named:
    terms, result = subscripts.split("->")
    letter = next(c for c in ascii_letters if c not in terms)
    each = [letter + term if batch.has(x) else term for term, x in zip(terms.split(","), operands)]
    return {"operands": list(map(batch.lowered, operands)), "subscripts": f"{','.join(each)}->{letter}{result}"}


# -- ops with an axis for a batch of their own ---------------------------------------------------------


def in_own_axis(batch: Batch, axes: Mapping[str, int], outs: tuple[int, ...], **named: Any) -> Whole | None:
    """A batch that is so many times as large."""
    if any(batch.has(v) for key, v in named.items() if key not in axes):
        return None
    axes = {key: axis for key, axis in axes.items() if named.get(key) is not None}
    return Whole({**named, **{key: into(batch.all(named[key]), axis) for key, axis in axes.items()}}, axes, outs)


def _classified(batch: Batch, **named: Any) -> Whole | None:
    logits, mean = named["logits"], named["reduction"] == "mean"
    whole = in_own_axis(batch, {"logits": 0, "target": 0}, (0,), **named) if logits.ndim > 1 else None
    if logits.ndim == 1 and not batch.has(named["weight"]):
        whole = Whole({**named, **{key: batch.all(named[key]) for key in ("logits", "target")}})
    if whole is None or named["reduction"] == "none":
        return whole
    target = whole.named["target"]
    if logits.shape[:-1] not in ((), (1,)) or isinstance(target, Tensor):
        return None
    if mean and (named["weight"] is not None or np.any(target == named["ignore_index"])):
        return None
    return whole._replace(named={**whole.named, "reduction": "none"}, outs=())  # the mean of one row is its loss


def _convolved(batch: Batch, windows: Any, **named: Any) -> Whole:
    (one, first), (other, second) = named.items()
    gather = other == "x"
    if not (gather or batch.has(second)):
        return Whole({one: into(batch.lowered(first), 0), other: second, "windows": windows}, {one: 0}, (0,))
    axes = {one: 1, other: int(gather)}
    parts = {key: into(batch.all(named[key]), axis) for key, axis in axes.items()}
    return Whole({**parts, "windows": grouped(windows, batch.size)}, axes, (int(not gather),))


AXES = {"axis", "axes", "axis1", "axis2", "source", "destination"}
SEQUENCES = {"x": 1, "h0": 0, "c0": 0, "lengths": 0}
CTC = {"log_p": 1, "targets": 0, "input_lengths": 0, "target_lengths": 0}
Rule = Callable[..., "Whole | Named | None"]
REDUCED = partial(along, every=lambda x: range(x.ndim))
ROWS = partial(in_own_axis, axes={"x": 0})


def _each(names: str, rule: Rule) -> dict[str, Rule]:
    return dict.fromkeys(names.split(), rule)


# fmt: off
RULES: dict[str, Rule] = {  # but for what works element by element
    **_each("_normal _mish_gate astype copy inv det slogdet pinv cholesky qr eigh svd expm sqrtm logm", aligned),
    **_each("real imag angle matrix_rank _polar_factor _lyapunov _logm_slope _equal max_pool avg_pool", aligned),
    **_each("attention attention_weights rotate_pairs _corner _eigh _svd isclose isneginf isposinf", aligned),
    "solve": lambda batch, a, b: aligned(batch, a=a, b=b) if np.ndim(a) == np.ndim(b) else None,
    **_each("linear layer_norm rms_norm embedding one_hot", of_rows),
    **_each("tril triu", lambda batch, x, k: of_rows(batch, x=x) if x.ndim > 1 else None),
    **_each("sum mean var std prod max min any all logsumexp vector_norm flip", REDUCED),
    **_each("softmax log_softmax glu cumsum cumprod logcumsumexp _running argmax argmin argsort roll unstack", along),
    **_each("swapaxes moveaxis rot90", along),
    "squeeze": partial(along, every=lambda x: [i for i, n in enumerate(x.shape) if n == 1]),
    "expand_dims": lambda b, x, axis: {"x": b.lowered(x), "axis": later(axis, x.ndim + np.size(axis))},
    **_each("fftn ifftn rfftn irfftn", lambda b, x, s, axes, norm: {
        "x": b.lowered(x), "axes": counted(s, axes, x.shape)
    }),
    "transpose": lambda b, x, axes: {"x": b.lowered(x), "axes": (0, *later(axes or range(x.ndim)[::-1], x.ndim))},
    "reshape": lambda b, x, shape: {"x": b.lowered(x), "shape": (b.size, *np.reshape(x._array, shape).shape)},
    "broadcast_to": lambda b, x, shape: {"x": b.front(x, np.size(shape)), "shape": (b.size, *np.atleast_1d(shape))},
    "avg_unpool": lambda b, x, shape, **rest: {"x": b.lowered(x), "shape": (b.size, *shape)},
    "pad": lambda b, x, pad_width, **rest: {
        "x": b.lowered(x), "pad_width": [(0, 0), *np.broadcast_to(pad_width, (x.ndim, 2)).tolist()]
    },
    "concatenate": _joined,
    "stack": partial(_joined, new=1),
    **_each("getitem unindex setitem _last_writes", _indexed),
    "add_rows": _added_rows,
    "matmul": _product,
    "einsum": _summed,
    **_each("convolution conv_transpose", partial(ROWS, outs=(0,))),
    "group_norm": partial(ROWS, outs=(0, 0, 0)),
    **_each("rnn gru", partial(in_own_axis, axes=SEQUENCES, outs=(1, 0))),
    "lstm": partial(in_own_axis, axes=SEQUENCES, outs=(1, 0, 0)),
    "ctc": partial(in_own_axis, axes=CTC, outs=(0,)),
    "cross_entropy": _classified,
    **_each("_correlate _spread _gather", _convolved),
}
# fmt: on

# -- in small, and each example apart ------------------------------------------------------------------


def _product_of_vectors(a: Any, b: Any) -> Any:
    if np.ndim(a) == np.ndim(b) == 1:
        return np.sum(a * b)
    return np.matmul(a[None], b)[..., 0, :] if np.ndim(a) == 1 else np.matmul(a, b[:, None])[..., 0]


SMALL: dict[str, Callable[..., Any]] = {  # what an op stands for where there is no rule for the call
    "linear": lambda x, weight, bias: np.matmul(x, np.swapaxes(weight, 0, 1)) + (0.0 if bias is None else bias),
    "matmul": _product_of_vectors,
    "add_rows": lambda x, indices, count, padding_idx: add_rows(
        x * (indices != padding_idx)[..., None], indices, count
    ),
    **{name: registry[name].forward for name in ("mse", "prelu")},  # which work on Tensors, too
    "_size": no_grad()(registry["_size"].forward),
}

APART: dict[str, Callable[..., dict[str, Any]]] = {  # the gradients of what all examples share, of each of them
    "linear": linear_of_each,
    "convolution": convolution_of_each,
    **dict.fromkeys(("layer_norm", "rms_norm"), row_norm_of_each),
    "group_norm": group_norm_of_each,
    **{name: partial(recurrent_of_each, name) for name in ("rnn", "lstm", "gru")},
}
