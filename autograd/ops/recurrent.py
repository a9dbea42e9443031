"""Recurrent layers over whole sequences: one layer in one direction is one operation.

A step is one matrix product, of [x_t, 1, h_{t-1}] with [W_ih, b, W_hh]: those rows lie in one array, in the order the
steps are taken, and each step works in place in memory laid out before the loop. Backward runs in blocks of steps that
fit the cache: what does not depend on the recursion is computed for a block at once before its steps, and the weights'
gradients from it after them. A recorded sweep differentiates the cells of `cell` instead, step by step.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ..engine.errors import DtypeError, ShapeError
from ..engine.types import Array, Dtype, Maybe, Shape
from ..support.checks import shape_of
from .cell import gru_cell, lstm_cell, nonlinearity_of, rnn_cell, scan, weights
from .declare import op

__all__ = ["gru", "lstm", "rnn"]

BLOCK = 2**18  # numbers in the gates of one block of steps in backward: about a megabyte
STILL_LSTM = np.array([0.0, 0.0, 1.0, 0.0]).reshape(4, 1, 1)  # gates of a step that changes nothing: keep all, add 0
STILL_GRU = np.array([0.0, 1.0, 0.0, 0.0]).reshape(4, 1, 1)

Weights = tuple[Array, Array, Maybe, Maybe]  # w_ih, w_hh, b_ih, b_hh
# of each block of steps, the last one first: steps lo to hi, and the cotangents of W_ih x + b_ih and W_hh h + b_hh
Blocks = Iterator[tuple[int, int, Array, Array]]


# -- before and after the loop -------------------------------------------------------------------------


def _check(what: str, gates: int, x: Array, states: dict[str, Array], weights: Weights, lengths: Maybe) -> None:
    """Raise ShapeError, ValueError or DtypeError unless everything fits x (T, N, F) and w_hh (gates * H, H)."""
    if np.ndim(x) != 3 or len(x) == 0:
        raise ShapeError(f"{what}: x has shape {np.shape(x)}; it takes (T, N, F), at least one step of a batch")
    steps, batch, features = np.shape(x)
    of_h = shape_of(weights[1])
    hidden = of_h[-1] if len(of_h) == 2 else 0
    rows = gates * hidden
    wanted: dict[str, Shape] = {"w_ih": (rows, features), "w_hh": (rows, hidden), "b_ih": (rows,), "b_hh": (rows,)}
    for name, value in (dict(zip(wanted, weights)) | states).items():
        shape = wanted.get(name, (batch, hidden))
        if not (value is None and name in ("b_ih", "b_hh")) and shape_of(value) != shape:
            raise ShapeError(
                f"{what}: {name} has shape {shape_of(value)}; with x {np.shape(x)} and w_hh {of_h} it takes {shape}"
            )
    if lengths is None:
        return
    lengths = np.asarray(lengths)
    if lengths.shape != (batch,):
        raise ShapeError(f"{what}: lengths of shape {lengths.shape}; a batch of {batch} takes ({batch},)")
    if lengths.dtype.kind not in "iu" and batch:
        raise DtypeError(f"{what}: lengths of dtype {lengths.dtype}; they count steps and take integers")
    if batch and not (lengths.min() >= 1 and lengths.max() <= steps):
        raise ValueError(f"{what}: lengths in [{lengths.min()}, {lengths.max()}]; x has 1 to {steps} steps")


def _in_order(x: Array, reverse: bool) -> Array:
    """A view of x (T, ...) in the order the steps are taken, and back."""
    return x[::-1] if reverse else x


def _start(
    what: str, gates: int, x: Array, states: dict[str, Array], weights: Weights, lengths: Maybe, reverse: bool
) -> tuple[Array, Maybe, Array]:
    """What the steps work in, once all is checked: rows, idle, and the outputs to come, (T, N, H).

    A row is [x_t, 1, h_{t-1}] of each step in order, (T + 1, N, F + 1 + H); the last one holds the last state alone.
    idle (T, N, 1) says at each step which sequences have ended or, in reverse, not begun; None without lengths.
    """
    _check(what, gates, x, states, weights, lengths)
    h0 = states["h0"]
    (steps, batch, features), hidden = x.shape, h0.shape[1]
    dtype = np.result_type(x, *states.values(), *(w for w in weights if w is not None))
    rows = np.empty_like(x, dtype, "C", shape=(steps + 1, batch, features + 1 + hidden))
    inputs = rows[:steps, :, :features]
    inputs[...] = _in_order(x, reverse)
    idle = None
    if lengths is not None:
        idle = _in_order(np.arange(steps)[:, None, None] >= np.asarray(lengths)[:, None], reverse)
        np.copyto(inputs, 0.0, where=idle)
    rows[steps, :, :features] = 0.0
    rows[:, :, features] = 1.0
    rows[0, :, features + 1 :] = h0
    return rows, idle, np.empty_like(x, dtype, "C", shape=(steps, batch, hidden))


def _columns(gates: int, w_ih: Array, w_hh: Array, b_ih: Maybe, b_hh: Maybe, dtype: Dtype) -> Array:
    """[W_ih, b, W_hh] of each gate, (gates, H, F + 1 + H): what a row is multiplied with."""
    hidden, features = w_hh.shape[1], w_ih.shape[1]
    joined = np.zeros_like(w_ih, dtype, "C", shape=(gates, hidden, features + 1 + hidden))
    joined[:, :, :features] = w_ih.reshape(gates, hidden, features)
    joined[:, :, features + 1 :] = w_hh.reshape(gates, hidden, hidden)
    for b in (b_ih, b_hh):
        if b is not None:
            joined[:, :, features] += b.reshape(gates, hidden)
    return joined


def _sigmoid(z: Array) -> None:
    """1 / (1 + exp(z)) in place: the sigmoid of what was computed with negated weights."""
    np.exp(z, out=z)
    z += 1.0
    np.divide(1.0, z, out=z)


def _hand_on(states: Array, t: int, h: Array, idle: Maybe) -> None:
    """Make h the state after step t; a sequence that is idle keeps the one it has, and gives out 0."""
    states[t + 1] = h
    if idle is not None:
        np.copyto(states[t + 1], states[t], where=idle[t])
        np.copyto(h, 0.0, where=idle[t])


def _blocks(steps: int, numbers: int) -> list[tuple[int, int]]:
    """(lo, hi) of each block of steps, the last steps first; a step has that many numbers."""
    size = max(1, BLOCK // max(numbers, 1))
    return [(max(hi - size, 0), hi) for hi in range(steps, 0, -size)]


def _pull(
    blocks: Callable[..., Blocks], g: Sequence[Array], needs: Sequence[bool], w_ih: Array, w_hh: Array, reverse: bool,
    rows: Array, idle: Maybe, memory: tuple[Any, ...], parts: int = 0,
) -> tuple[Maybe, ...]:  # fmt: skip
    """The cotangents of x, the states, w_ih, w_hh, b_ih, b_hh, one product for each block of steps.

    `memory` is what `blocks` asks for between the cotangents of outputs and states, and W_hh. With `parts`, of which
    the batch is made, those of weights and biases are of each part apart.
    """
    outputs = _in_order(g[0], reverse)
    if idle is not None:
        outputs = np.where(idle, 0.0, outputs)  # what is idle gave out a constant
    states = [np.array(last, subok=True) for last in g[1:]]  # handed on from step to step, back to the first
    features = w_ih.shape[1]
    steps, batch, width = rows.shape
    flat = rows.reshape(steps * batch, width)
    into_x = into_h = np.zeros((), rows.dtype)
    gx = np.empty_like(rows, order="C", shape=((steps - 1) * batch, features)) if needs[0] else None
    for lo, hi, dx, dh in blocks(outputs, *states, *memory, np.array(w_hh, copy=None, order="C", subok=True), idle):
        part = flat[lo * batch : hi * batch]
        if parts:
            dx_t, dh_t, apart = (_apart(a, hi - lo, parts) for a in (dx, dh, part))
            into_x = into_x + dx_t.swapaxes(1, 2) @ apart[..., : features + 1]
            into_h = into_h + dh_t.swapaxes(1, 2) @ apart[..., features:]
        else:
            into_x = into_x + dx.T @ part[:, : features + 1]
            into_h = into_h + dh.T @ part[:, features:]
        if gx is not None:
            np.matmul(dx, w_ih, out=gx[lo * batch : hi * batch])
    if gx is not None:
        gx = _in_order(gx.reshape(steps - 1, batch, features), reverse)
    return gx, *states, into_x[..., :-1], into_h[..., 1:], into_x[..., -1], into_h[..., 0]


def _apart(a: Array, steps: int, parts: int) -> Array:
    """Rows of each step and sequence as (parts, rows, ...): those of each part of the batch, one behind the other."""
    return a.reshape(steps, parts, -1, a.shape[-1]).swapaxes(0, 1).reshape(parts, -1, a.shape[-1])


def _cases(d: Any, gates: int, states: int = 1) -> tuple[tuple[Any, ...], dict[str, object]]:
    steps, batch, features, hidden = d.integer(1, 3), d.integer(1, 2), d.integer(1, 2), d.integer(1, 2)
    x = d.array((steps, batch, features), -1, 1)
    held = [d.array((batch, hidden), -1, 1) for _ in range(states)]
    lengths = np.array([d.integer(1, steps) for _ in range(batch)]) if d.boolean() else None
    return (x, *held, *weights(d, gates, features, hidden)), {"lengths": lengths, "reverse": d.boolean()}


# in the drawings' words: dz is what arrives before the nonlinearity of the gates, at each step
_FORMULAS = {
    "x": "dz @ w_ih at each step",
    "h0": "what reaches the state before the first step",
    "w_ih": "dz.T @ x, summed over the steps",
    "w_hh": "dz.T @ h, summed over the steps",
    "b_ih": "dz, summed over the steps",
    "b_hh": "dz, summed over the steps",
}


# -- Elman's network -----------------------------------------------------------------------------------


def _rnn_cases(d: Any) -> object:
    arrays, options = _cases(d, 1)
    if d.choice(["tanh", "tanh", "relu"]) == "tanh":
        return arrays, options
    # each unit of a relu is on or off at all steps, so that none comes near the kink
    x, h0, *given = arrays
    signs = np.array([d.choice([1.0, -1.0]) for _ in range(h0.shape[1])])
    of_units = (None if w is None else ((np.abs(w) + 0.1).T * signs).T for w in given)
    return (np.abs(x) + 0.1, np.abs(h0), *of_units), {**options, "nonlinearity": "relu"}


def _rnn_blocks(g: Array, dh: Array, outputs: Array, nonlinearity: str, w_hh: Array, idle: Maybe) -> Blocks:
    steps, batch, hidden = outputs.shape
    for lo, hi in _blocks(steps, batch * hidden):
        h = outputs[lo:hi]
        d = 1.0 - h * h if nonlinearity == "tanh" else (h > 0).astype(h.dtype)
        if idle is not None:
            np.copyto(d, 0.0, where=idle[lo:hi])
        for t in range(hi - 1, lo - 1, -1):
            slope = d[t - lo]
            dh += g[t]
            slope *= dh
            if idle is None:
                np.matmul(slope, w_hh, out=dh)
            else:
                dh *= idle[t]
                dh += slope @ w_hh
        d = d.reshape((hi - lo) * batch, hidden)
        yield lo, hi, d, d


@op(
    joint=lambda g, needs, w_ih, w_hh, reverse, rows, idle, memory: _pull(
        _rnn_blocks, g, needs, w_ih, w_hh, reverse, rows, idle, memory
    ),
    reference=lambda x, h0, w_ih, w_hh, b_ih, b_hh, lengths, reverse, nonlinearity: scan(
        lambda x, h: (rnn_cell(x, h, w_ih, w_hh, b_ih, b_hh, nonlinearity),), x, (h0,), lengths, reverse
    ),
    exact=True,
    kept=("rows", "idle", "memory"),
    inputs=("x", "h0", "w_ih", "w_hh", "b_ih", "b_hh"),
    cases=_rnn_cases,
    formulas=_FORMULAS,
)
def rnn(
    x: Array,
    h0: Array,
    w_ih: Array,
    w_hh: Array,
    b_ih: Maybe = None,
    b_hh: Maybe = None,
    lengths: Maybe = None,
    reverse: bool = False,
    nonlinearity: str = "tanh",
) -> tuple[tuple[Array, Array], Array, Maybe, tuple[Any, ...]]:
    """An Elman network over a whole sequence: h_t = tanh(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh), or relu.

    x (T, N, F), h0 (N, H), w_ih (H, F), w_hh (H, H), biases (H,); returns all h (T, N, H) and the last one (N, H).
    With `lengths` (N,) each sequence ends at its own length: beyond it x has no influence, outputs are 0 and the
    state stays. With `reverse` the steps are taken from the end, of each sequence its own.

    >>> outputs, last = rnn(np.ones((2, 1, 1)), np.zeros((1, 1)), np.ones((1, 1)), np.ones((1, 1)))
    >>> outputs.ravel().round(4), last.round(4)
    (array([0.7616, 0.9427]), array([[0.9427]]))
    """
    nonlinearity_of("rnn", nonlinearity)
    weights = w_ih, w_hh, b_ih, b_hh
    rows, idle, outputs = _start("rnn", 1, x, {"h0": h0}, weights, lengths, reverse)
    states, in_order = rows[:, :, -h0.shape[1] :], _in_order(outputs, reverse)
    w = _columns(1, *weights, rows.dtype)[0].T
    for t, h in enumerate(in_order):
        np.matmul(rows[t], w, out=h)
        if nonlinearity == "tanh":
            np.tanh(h, out=h)
        else:
            np.maximum(h, 0.0, out=h)
        _hand_on(states, t, h, idle)
    return (outputs, states[-1].copy()), rows, idle, (in_order, nonlinearity)


# -- long short-term memory ----------------------------------------------------------------------------


def _lstm_blocks(g: Array, dh: Array, dc: Array, outputs: Array, memory: Array, w_hh: Array, idle: Maybe) -> Blocks:
    steps, batch, hidden = outputs.shape
    spans = _blocks(steps, 4 * batch * hidden)
    size = spans[0][1] - spans[0][0]
    d = np.empty_like(
        dh, order="C", shape=(size, batch, 4, hidden)
    )  # of each step in PyTorch's order: i, f, candidate, o
    slopes = np.empty_like(dh, order="C", shape=(5, size, batch, hidden))
    term = np.empty_like(dh)
    for lo, hi in spans:
        n = hi - lo
        o, i, f, candidate, tanh_c, c_before = memory[:, lo:hi]
        by_o, by_i, by_f, by_candidate, by_h = a = slopes[:, :n]
        gates = memory[:4, lo:hi]
        np.multiply(gates, gates, out=a[:4])
        np.subtract(gates[:3], a[:3], out=a[:3])  # the slope of a sigmoid is s (1 - s),
        np.subtract(1.0, by_candidate, out=by_candidate)  # that of tanh 1 - s^2
        by_o *= tanh_c
        by_i *= candidate
        by_f *= c_before
        by_candidate *= i
        np.multiply(outputs[lo:hi], tanh_c, out=by_h)
        np.subtract(o, by_h, out=by_h)  # o (1 - tanh(c)^2)
        for t in range(n - 1, -1, -1):
            into = d[t]
            dh += g[lo + t]
            np.multiply(dh, by_o[t], out=into[:, 3])
            np.multiply(dh, by_h[t], out=term)
            dc += term
            np.multiply(dc, a[1:4, t], out=into[:, :3].swapaxes(0, 1))
            dc *= f[t]
            if idle is None:
                np.matmul(into.reshape(batch, 4 * hidden), w_hh, out=dh)
            else:
                dh *= idle[lo + t]
                dh += into.reshape(batch, 4 * hidden) @ w_hh
        done = d[:n].reshape(n * batch, 4 * hidden)
        yield lo, hi, done, done


@op(
    joint=lambda g, needs, w_ih, w_hh, reverse, rows, idle, memory: _pull(
        _lstm_blocks, g, needs, w_ih, w_hh, reverse, rows, idle, memory
    ),
    reference=lambda x, h0, c0, w_ih, w_hh, b_ih, b_hh, lengths, reverse: scan(
        lambda x, h, c: lstm_cell(x, h, c, w_ih, w_hh, b_ih, b_hh), x, (h0, c0), lengths, reverse
    ),
    exact=True,
    kept=("rows", "idle", "memory"),
    inputs=("x", "h0", "c0", "w_ih", "w_hh", "b_ih", "b_hh"),
    cases=lambda d: _cases(d, 4, states=2),
    formulas={**_FORMULAS, "c0": _FORMULAS["h0"]},
)
def lstm(
    x: Array,
    h0: Array,
    c0: Array,
    w_ih: Array,
    w_hh: Array,
    b_ih: Maybe = None,
    b_hh: Maybe = None,
    lengths: Maybe = None,
    reverse: bool = False,
) -> tuple[tuple[Array, Array, Array], Array, Maybe, tuple[Any, ...]]:
    """Long short-term memory over a whole sequence: the equations of `lstm_cell` at each step.

    x (T, N, F), h0 and c0 (N, H), w_ih (4 H, F), w_hh (4 H, H), biases (4 H,); returns all h (T, N, H), the last h and
    the last c (N, H). `lengths` and `reverse` are those of `rnn`.

    >>> one, weight = np.ones((1, 1)), np.ones((4, 1))
    >>> [a.ravel().round(4) for a in lstm(np.ones((2, 1, 1)), 0 * one, 0 * one, weight, weight)]
    [array([0.3696, 0.6505]), array([0.6505]), array([1.1444])]
    """
    weights = w_ih, w_hh, b_ih, b_hh
    rows, idle, outputs = _start("lstm", 4, x, {"h0": h0, "c0": c0}, weights, lengths, reverse)
    (steps, batch, hidden), dtype = outputs.shape, outputs.dtype
    states, in_order = rows[:, :, -hidden:], _in_order(outputs, reverse)
    w = _columns(4, *weights, dtype)[[3, 0, 1, 2]]  # o, i, f, candidate: the sigmoids side by side
    np.negative(w[:3], out=w[:3])
    w = w.swapaxes(1, 2)
    # o, i, f, candidate, tanh(c), c of each step, in one piece: the system hands out large ones faster
    memory = np.empty_like(x, dtype, "C", shape=(6, steps + 1, batch, hidden))
    memory[:5, steps] = 0.0
    gates, tanh_cells, cells = memory[:4], memory[4], memory[5]
    cells[0] = c0
    term = np.empty_like(x, dtype, "C", shape=(batch, hidden))
    with np.errstate(over="ignore"):  # exp of much is inf, and a sigmoid of it 0
        for t, h in enumerate(in_order):
            o, i, f, candidate = s = gates[:, t]
            c = cells[t + 1]
            np.matmul(rows[t], w, out=s)
            _sigmoid(s[:3])
            np.tanh(candidate, out=candidate)
            if idle is not None:
                np.copyto(s, STILL_LSTM, where=idle[t])
            np.multiply(f, cells[t], out=c)
            np.multiply(i, candidate, out=term)
            c += term
            np.tanh(c, out=tanh_cells[t])
            np.multiply(o, tanh_cells[t], out=h)
            _hand_on(states, t, h, idle)
    return (outputs, states[-1].copy(), cells[-1].copy()), rows, idle, (in_order, memory)


# -- gated recurrent units -----------------------------------------------------------------------------


def _gru_blocks(g: Array, dh: Array, states: Array, gates: Array, w_hh: Array, idle: Maybe) -> Blocks:
    _, steps, batch, hidden = gates.shape
    spans = _blocks(steps, 4 * batch * hidden)
    size = spans[0][1] - spans[0][0]
    d_ih = np.empty_like(dh, order="C", shape=(size, batch, 3, hidden))
    d_hh = np.empty_like(dh, order="C", shape=(size, batch, 3, hidden))
    slopes = np.empty_like(dh, order="C", shape=(3, size, batch, hidden))
    back = np.empty_like(dh)
    for lo, hi in spans:
        n = hi - lo
        r, z, candidate, h_n = s = gates[:, lo:hi]
        by_r, by_z, by_candidate = a = slopes[:, :n]
        np.multiply(s[:3], s[:3], out=a)
        np.subtract(s[:2], a[:2], out=a[:2])
        np.subtract(1.0, by_candidate, out=by_candidate)
        by_r *= h_n
        by_z *= states[lo:hi] - candidate
        by_candidate *= 1.0 - z
        for t in range(n - 1, -1, -1):
            into, into_hh = d_ih[t], d_hh[t]
            dh += g[lo + t]
            np.multiply(dh, a[1:, t], out=into[:, 1:].swapaxes(0, 1))
            np.multiply(into[:, 2], by_r[t], out=into[:, 0])
            into_hh[:, :2] = into[:, :2]
            np.multiply(into[:, 2], r[t], out=into_hh[:, 2])
            np.matmul(into_hh.reshape(batch, 3 * hidden), w_hh, out=back)
            dh *= z[t]
            dh += back
        yield lo, hi, d_ih[:n].reshape(n * batch, 3 * hidden), d_hh[:n].reshape(n * batch, 3 * hidden)


@op(
    joint=lambda g, needs, w_ih, w_hh, reverse, rows, idle, memory: _pull(
        _gru_blocks, g, needs, w_ih, w_hh, reverse, rows, idle, memory
    ),
    reference=lambda x, h0, w_ih, w_hh, b_ih, b_hh, lengths, reverse: scan(
        lambda x, h: (gru_cell(x, h, w_ih, w_hh, b_ih, b_hh),), x, (h0,), lengths, reverse
    ),
    exact=True,
    kept=("rows", "idle", "memory"),
    inputs=("x", "h0", "w_ih", "w_hh", "b_ih", "b_hh"),
    cases=lambda d: _cases(d, 3),
    formulas=_FORMULAS,
)
def gru(
    x: Array,
    h0: Array,
    w_ih: Array,
    w_hh: Array,
    b_ih: Maybe = None,
    b_hh: Maybe = None,
    lengths: Maybe = None,
    reverse: bool = False,
) -> tuple[tuple[Array, Array], Array, Maybe, tuple[Any, ...]]:
    """Gated recurrent units over a whole sequence: the equations of `gru_cell` at each step.

    x (T, N, F), h0 (N, H), w_ih (3 H, F), w_hh (3 H, H), biases (3 H,); returns all h (T, N, H) and the last (N, H).
    `lengths` and `reverse` are those of `rnn`.

    >>> outputs, last = gru(np.ones((2, 1, 1)), np.zeros((1, 1)), np.ones((3, 1)), np.ones((3, 1)))
    >>> outputs.ravel().round(4), last.round(4)
    (array([0.2048, 0.3468]), array([[0.3468]]))
    """
    rows, idle, outputs = _start("gru", 3, x, {"h0": h0}, (w_ih, w_hh, b_ih, b_hh), lengths, reverse)
    (steps, batch, hidden), dtype, features = outputs.shape, outputs.dtype, x.shape[2]
    states, in_order = rows[:, :, -hidden:], _in_order(outputs, reverse)
    first, rest = slice(2 * hidden), slice(2 * hidden, None)
    biases = [np.zeros(3 * hidden, dtype) if b is None else b for b in (b_ih, b_hh)]
    r_z = _columns(2, w_ih[first], w_hh[first], biases[0][first], biases[1][first], dtype)
    np.negative(r_z, out=r_z)
    r_z = r_z.swapaxes(1, 2)
    of_x = _columns(1, w_ih[rest], w_hh[rest], biases[0][rest], None, dtype)[0, :, : features + 1].T
    of_h = _columns(1, w_ih[rest], w_hh[rest], None, biases[1][rest], dtype)[0, :, features:].T
    gates = np.empty_like(x, dtype, "C", shape=(4, steps, batch, hidden))  # r, z, n, W_hn h + b_hn of each step
    inputs = rows[:steps, :, : features + 1].reshape(steps * batch, features + 1)
    np.matmul(inputs, of_x, out=gates[2].reshape(steps * batch, hidden))
    with np.errstate(over="ignore"):
        for t, h in enumerate(in_order):
            r, z, candidate, h_n = s = gates[:, t]
            np.matmul(rows[t], r_z, out=s[:2])
            _sigmoid(s[:2])
            np.matmul(rows[t, :, features:], of_h, out=h_n)
            np.multiply(r, h_n, out=h)
            candidate += h
            np.tanh(candidate, out=candidate)
            if idle is not None:
                np.copyto(s, STILL_GRU, where=idle[t])
            np.subtract(states[t], candidate, out=h)
            h *= z
            h += candidate
            _hand_on(states, t, h, idle)
    return (outputs, states[-1].copy()), rows, idle, (states, gates)


def recurrent_of_each(
    name: str, size: int, g: Sequence[Array], kept: Sequence[Any], wanted: Sequence[str], **named: Any
) -> dict[str, Maybe]:
    """What the kernel of a recurrent op gives, with a gradient of weights and biases for each part of its batch.

    The batch is `size` equal parts, one after another.
    """
    blocks: Any = {"rnn": _rnn_blocks, "lstm": _lstm_blocks, "gru": _gru_blocks}[name]
    w_ih, w_hh, reverse = (named[key] for key in ("w_ih", "w_hh", "reverse"))
    rows, idle, memory = kept
    parts = _pull(blocks, g, ("x" in wanted,), w_ih, w_hh, reverse, rows, idle, memory, size)
    return dict(zip(named, parts))
