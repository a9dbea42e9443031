"""Scaled dot-product attention (Vaswani et al. 2017, eq. 1) as one op, and the rotation of rotary positions."""

from functools import lru_cache
from typing import Any

import numpy as np

from ..engine.errors import DtypeError, ShapeError
from ..engine.sweep import sum_to
from ..engine.types import Array, Dtype, Maybe, Shape
from ..support.checks import floats, number
from .declare import op
from .linalg import _t
from .random import current
from .shapes import broadcasts
from .special import widened

__all__ = ["attention", "attention_weights", "rotate_pairs", "self_attention"]


def _check(name: str, q: Array, k: Array, v: Maybe, mask: Maybe) -> None:
    """Raise ShapeError or DtypeError unless the operands fit together; v may be None."""
    operands = {"q": q, "k": k} if v is None else {"q": q, "k": k, "v": v}
    shapes = {n: np.shape(x) for n, x in operands.items()}
    said = ", ".join(f"{n} {s}" for n, s in shapes.items())
    for n, x in operands.items():
        floats(f"{name}: {n}", x)
    if min(map(len, shapes.values())) < 2:
        raise ShapeError(f"{name}: {said} need at least two axes, (..., length, features)")
    if shapes["q"][-1] != shapes["k"][-1]:
        raise ShapeError(f"{name}: queries and keys need the same features (last axis): {said}")
    if v is not None and shapes["k"][-2] != shapes["v"][-2]:
        raise ShapeError(f"{name}: each key needs one value, so their lengths (axis -2) must be equal: {said}")
    try:
        np.broadcast_shapes(*(s[:-2] for s in shapes.values()))
    except ValueError:
        raise ShapeError(f"{name}: the leading (batch) axes do not broadcast: {said}") from None
    _check_mask(name, mask, _scores_shape(q, k))


def _check_mask(name: str, mask: Maybe, scores: Shape) -> None:
    if mask is None:
        return
    dtype = np.result_type(mask)
    if dtype.kind not in "bf":
        raise DtypeError(
            f"{name}: a mask is boolean (True takes part) or float (added to the scores), not {dtype}; use mask != 0"
        )
    if not broadcasts(np.shape(mask), scores):
        raise ShapeError(f"{name}: mask {np.shape(mask)} does not broadcast to the scores (..., L, S) = {scores}")


def _scores_shape(q: Array, k: Array) -> Shape:
    return (*np.broadcast_shapes(q.shape[:-2], k.shape[:-2]), q.shape[-2], k.shape[-2])


def _scale(scale: float | None, q: Array) -> float:
    return 1.0 / max(q.shape[-1], 1) ** 0.5 if scale is None else float(scale)


@lru_cache(maxsize=4)
def _future(queries: int, keys: int, dtype: Dtype) -> Array:
    """-inf where a key comes after its query, else 0: built once for a length, not per call."""
    return np.triu(np.full((queries, keys), -np.inf, dtype), 1)


def _probabilities(q: Array, k: Array, mask: Maybe, scale: float | None, is_causal: bool) -> Array:
    """softmax(scale q k.T + mask) over the keys, in the one buffer of the scores; all keys masked gives zeros."""
    s: Array = np.matmul(q * _scale(scale, q), _t(k))
    limits = np.finfo(s.dtype)
    # where exp is far from overflow and underflow, subtracting each row's largest score would change nothing
    bound = 0.45 * float(np.log(limits.max))
    added = mask is not None and mask.dtype != np.bool_
    mild = s.size and s.itemsize > 2 and not added and -bound < s.min() and s.max() < bound
    if mask is not None:
        if mask.dtype == np.bool_:
            np.copyto(s, -np.inf, where=~mask)
        else:
            s += mask
    if is_causal:
        s += _future(*s.shape[-2:], s.dtype)
    if not mild:  # from the lowest float on, not -inf, so that a row of only -inf does not turn into nan
        s -= np.max(s, axis=-1, keepdims=True, initial=limits.min)
    np.exp(s, out=s)
    # as a product, several times faster than np.sum over short rows
    total = np.matmul(s, np.ones((s.shape[-1], 1), s.dtype))
    if mask is not None:
        total[total == 0] = 1
    s /= total
    return s


# -- the weights alone ---------------------------------------------------------------------------------


def _weights_rule(
    g: Array, q: Array, k: Array, scale: float | None, y: Array, needs: tuple[bool, ...]
) -> tuple[Maybe, ...]:
    d = y * (g - np.sum(widened(g * y), axis=-1, keepdims=True))
    scaled = d * _scale(scale, q)
    return np.matmul(scaled, k) if needs[0] else None, np.matmul(_t(scaled), q) if needs[1] else None, d


def _batches(d: Any) -> Any:
    return d.choice([((), ()), ((2,), (2,)), ((2, 1), (3,)), ((), (2,))])


def _mask_cases(d: Any, batch: Shape, queries: int, keys: int) -> Any:
    """No mask, a boolean one (perhaps with all keys of a query masked), or a float one, in a shape that broadcasts."""
    shape = d.choice([(queries, keys), (keys,), (queries, 1), (*batch, queries, keys)])
    kind = d.choice(["none", "bool", "float"])
    if kind == "float":
        return d.array(shape)
    return None if kind == "none" else np.array([d.boolean() for _ in range(int(np.prod(shape)))], bool).reshape(shape)


def _weights_cases(d: Any) -> tuple[tuple[Any, ...], dict[str, object]]:
    queries, keys, features = d.integer(0, 3), d.integer(0, 3), d.integer(1, 2)
    left, right = _batches(d)
    mask = _mask_cases(d, np.broadcast_shapes(left, right), queries, keys)
    options = {"scale": d.choice([None, 0.5]), "is_causal": d.boolean()}
    return (d.array((*left, queries, features)), d.array((*right, keys, features)), mask), options


@op(
    joint=_weights_rule,
    inputs=("q", "k", "mask"),
    cases=_weights_cases,
    formulas={
        "q": "scale * s @ k, s = y * (g - rowsum(g * y))",
        "k": "scale * s.T @ q, s = y * (g - rowsum(g * y))",
        "mask": "y * (g - rowsum(g * y))",
    },
)
def attention_weights(
    q: Array, k: Array, mask: Maybe = None, scale: float | None = None, is_causal: bool = False
) -> Array:
    """softmax(scale q @ k.T + mask) over the keys: how much each of L queries attends to each of S keys.

    q (..., L, E) and k (..., S, E) give (..., L, S). See `attention` for the other arguments and for errors.

    >>> attention_weights(Tensor([[1.0]]), Tensor([[0.0], [0.0]]))
    Tensor([[0.5, 0.5]])
    """
    _check("attention_weights", q, k, None, mask)
    return _probabilities(q, k, mask, scale, is_causal)


# -- the fused op --------------------------------------------------------------------------------------


def _keep(name: str, dropout: float, shape: Shape, dtype: Dtype) -> Maybe:
    """What each probability is multiplied by: 0, or what keeps the mean; None without dropout."""
    if dropout == 0:
        return None
    number(f"{name}: dropout", dropout, 0.0, 1.0)
    kept = current().random(shape, np.float32) >= dropout
    return np.multiply(kept, 1 / (1 - dropout) if dropout < 1 else 0.0, dtype=dtype)


def _attend(
    name: str, q: Array, k: Array, v: Array, mask: Maybe, scale: float | None, is_causal: bool, dropout: float
) -> tuple[Array, Array, Maybe]:
    """The values averaged by what dropout keeps of the probabilities, laid out as the queries; probabilities; keep."""
    p = _probabilities(q, k, mask, scale, is_causal)
    keep = _keep(name, dropout, p.shape, p.dtype)
    weights = p if keep is None else p * keep
    shape = (*np.broadcast_shapes(p.shape[:-2], v.shape[:-2]), p.shape[-2], v.shape[-1])
    # with its axes in memory as those of q: where heads are a view, so is their merging
    return np.matmul(weights, v, out=np.empty_like(q, np.result_type(weights, v), shape=shape)), p, keep


def _slope(g: Array, y: Array, v: Array, p: Array, keep: Maybe) -> tuple[Array, Array]:
    """The cotangent of the scores, and the weights."""
    d = np.matmul(g, _t(v))
    weights = p
    if keep is not None:
        weights = p * keep
        d *= keep
    d -= np.vecdot(g, y)[..., None]  # the softmax's sum of p d over all keys, from two short rows instead
    d *= p
    return d, weights


def _product(a: Array, b: Array, like: Array, factor: float = 1.0) -> Array:
    """factor a @ b, summed to the shape of `like`, and laid out as it where that is the shape already."""
    shape = (*np.broadcast_shapes(a.shape[:-2], b.shape[:-2]), a.shape[-2], b.shape[-1])
    same = shape == like.shape and np.result_type(a, b) == like.dtype
    out = np.matmul(a, b, out=np.empty_like(like) if same else None)
    if factor != 1.0:
        out *= factor
    return out if same else sum_to(out, like.shape)


def _rule(
    g: Array, needs: tuple[bool, ...], y: Array, q: Array, k: Array, v: Array, mask: Array, scale: float | None,
    p: Array, keep: Maybe,
) -> tuple[Maybe, ...]:  # fmt: skip
    d, weights = _slope(g, y, v, p, keep)
    for_q = _product(d, k, q, _scale(scale, q)) if needs[0] else None
    for_k = _product(_t(d), q, k, _scale(scale, q)) if needs[1] else None
    for_v = _product(_t(weights), g, v) if needs[2] else None
    return for_q, for_k, for_v, sum_to(d, mask.shape) if needs[3] else None


def _reference(q: Array, k: Array, v: Array, mask: Maybe, scale: float | None, is_causal: bool, keep: Maybe) -> Array:
    p: Array = attention_weights(q, k, mask, scale, is_causal)
    return np.matmul(p if keep is None else p * keep, v)


def _attention_cases(d: Any) -> object:
    (q, k, mask), options = _weights_cases(d)
    batch = d.choice([k.shape[:-2], ()])
    v = d.array((*batch, k.shape[-2], d.integer(0, 2)))
    return (q, k, v, *(() if mask is None else (mask,))), {**options, "dropout": d.choice([0.0, 0.4])}


@op(
    joint=_rule,
    reference=_reference,
    exact=True,
    kept=("p", "keep"),  # the probabilities, and what dropout multiplies them by
    inputs=("q", "k", "v", "mask"),
    cases=_attention_cases,
    formulas={
        "q": "scale * s @ k, s = softmax's slope of g @ v.T",
        "k": "scale * s.T @ q, s = softmax's slope of g @ v.T",
        "v": "p.T @ g, p = the attention weights",
        "mask": "s = softmax's slope of g @ v.T",
    },
)
def attention(
    q: Array,
    k: Array,
    v: Array,
    mask: Maybe = None,
    scale: float | None = None,
    is_causal: bool = False,
    dropout: float = 0.0,
) -> tuple[Array, Array, Maybe]:
    """softmax(scale q @ k.T + mask) @ v: for each query the values of all keys, averaged by how well they match.

    q (..., L, E), k (..., S, E) and v (..., S, Ev) give (..., L, Ev); leading axes broadcast. `scale` is 1 / sqrt(E)
    by default. A boolean `mask` says with True which keys take part, a float one is added to the scores (and has a
    gradient); both broadcast to (..., L, S). `is_causal` masks keys after their query, as a mask np.tri(L, S) does.
    A query with all keys masked gives zeros, never nan. `dropout` is the probability with which each weight is
    dropped, and the others scaled up. Raises ShapeError or DtypeError for operands that do not fit.

    Source: Vaswani et al. 2017, "Attention is all you need", eq. 1.

    >>> q, k, v = Tensor([[1.0, 0.0]]), Tensor([[0.0, 1.0], [0.0, 2.0]]), Tensor([[1.0], [3.0]])
    >>> attention(q, k, v)
    Tensor([[2.]])
    >>> attention(q, k, v, mask=np.array([True, False]))
    Tensor([[1.]])
    """
    _check("attention", q, k, v, mask)
    return _attend("attention", q, k, v, mask, scale, is_causal, dropout)


# -- queries, keys and values in one array -------------------------------------------------------------


def _self_rule(
    g: Array, needs: tuple[bool, ...], y: Array, qkv: Array, mask: Array, scale: float | None, p: Array,
    keep: Maybe,
) -> tuple[Maybe, ...]:  # fmt: skip
    q, k, v = qkv
    d, weights = _slope(g, y, v, p, keep)
    out = np.empty_like(qkv)
    np.matmul(d, k, out=out[0])
    np.matmul(_t(d), q, out=out[1])
    np.matmul(_t(weights), g, out=out[2])
    out[:2] *= _scale(scale, q)
    return out, sum_to(d, mask.shape) if needs[1] else None


def _self_cases(d: Any) -> object:
    batch, length, features = d.choice([(), (2,), (1, 2)]), d.integer(0, 3), d.integer(1, 2)
    options = {"scale": d.choice([None, 0.5]), "is_causal": d.boolean(), "dropout": d.choice([0.0, 0.4])}
    return (d.array((3, *batch, length, features)), _mask_cases(d, batch, length, length)), options


@op(
    joint=_self_rule,
    reference=lambda qkv, mask, scale, is_causal, keep: _reference(
        qkv[0], qkv[1], qkv[2], mask, scale, is_causal, keep
    ),
    exact=True,
    kept=("p", "keep"),
    inputs=("qkv", "mask"),
    cases=_self_cases,
    formulas={"qkv": "[scale * s @ k, scale * s.T @ q, p.T @ g]", "mask": "s = softmax's slope of g @ v.T"},
)
def self_attention(
    qkv: Array, mask: Maybe = None, scale: float | None = None, is_causal: bool = False, dropout: float = 0.0
) -> tuple[Array, Array, Maybe]:
    """attention(qkv[0], qkv[1], qkv[2], ...) for queries, keys and values of one shape, stacked as (3, ..., L, E).

    Where one projection made all three, their gradient is written as one array, too. See `attention`.

    >>> self_attention(Tensor([[[0.0], [0.0]], [[1.0], [2.0]], [[1.0], [3.0]]]), is_causal=True)
    Tensor([[1.],
            [2.]])
    """
    if np.ndim(qkv) < 3 or qkv.shape[0] != 3:
        raise ShapeError(f"self_attention: qkv {np.shape(qkv)} is not stacked as (3, ..., length, features)")
    floats("self_attention: qkv", qkv)
    q, k, v = qkv
    _check_mask("self_attention", mask, _scores_shape(q, k))
    return _attend("self_attention", q, k, v, mask, scale, is_causal, dropout)


# -- rotary positions ----------------------------------------------------------------------------------


def _rotate_cases(d: Any) -> tuple[Array, ...]:
    x = d.array((*d.shape(max_dims=2), 2 * d.integer(0, 2)))
    half = (*x.shape[-2:-1], x.shape[-1] // 2)
    angle = d.array(half)
    return x, np.cos(angle), np.sin(angle)


@op(
    x=lambda g, cos, sin: rotate_pairs(g, cos, -sin),
    cos=lambda g, x: g[..., 0::2] * x[..., 0::2] + g[..., 1::2] * x[..., 1::2],
    sin=lambda g, x: g[..., 1::2] * x[..., 0::2] - g[..., 0::2] * x[..., 1::2],
    cases=_rotate_cases,
    formulas={
        "x": "g turned back by the same angles",
        "cos": "sum of g * x over each pair",
        "sin": "g[odd] * x[even] - g[even] * x[odd]",
    },
)
def rotate_pairs(x: Array, cos: Array, sin: Array) -> Array:
    """Each pair (x[..., 2i], x[..., 2i + 1]) turned by the angle whose cosine and sine are cos[..., i], sin[..., i].

    x (..., 2n), with cos and sin broadcasting to (..., n), gives the shape of x.
    Raises ShapeError where they do not fit.

    >>> rotate_pairs(Tensor([1.0, 0.0]), np.array([0.0]), np.array([1.0]))
    Tensor([0., 1.])
    """
    half = (*x.shape[:-1], x.shape[-1] // 2) if x.ndim else ()
    if not x.ndim or x.shape[-1] % 2 or not broadcasts(cos.shape, half) or cos.shape != sin.shape:
        raise ShapeError(
            f"rotate_pairs: x {x.shape}, cos {cos.shape} and sin {sin.shape} are not (..., 2 n), (..., n) and (..., n)"
        )
    floats("rotate_pairs: x", x)
    cos, sin = cos.astype(x.dtype, copy=False), sin.astype(x.dtype, copy=False)
    a, b = x[..., 0::2], x[..., 1::2]
    y = np.empty_like(x)
    y[..., 0::2] = a * cos - b * sin
    y[..., 1::2] = a * sin + b * cos
    return y
