"""One step of a recurrent network, in small operations: the equations as the papers write them.

`scan` repeats a step over a sequence. The fused layers of `recurrent` equal it and are differentiated again through it.
"""

from typing import Any

import numpy as np

from ..engine.types import Array, Function, Maybe
from .activation import relu
from .arithmetic import operand
from .declare import composite
from .linalg import linear
from .special import sigmoid

__all__ = ["gru_cell", "lstm_cell", "rnn_cell"]

NONLINEARITIES: dict[str, Function] = {"tanh": np.tanh, "relu": relu}


def nonlinearity_of(what: str, name: str) -> Function:
    """The function of that name; raises ValueError where an RNN has no such nonlinearity."""
    if name not in NONLINEARITIES:
        raise ValueError(f"{what}: nonlinearity={name!r} is neither 'tanh' nor 'relu'")
    return NONLINEARITIES[name]


def weights(d: Any, gates: int, features: int, hidden: int) -> list[Maybe]:
    """Weights and biases of a cell in a case of a test, both biases or none, given as None or left out."""
    rows = gates * hidden
    biases = [d.array((rows,), -1, 1), d.array((rows,), -1, 1)] if d.boolean() else [None] * d.choice([0, 2])
    return [d.array((rows, features), -1, 1), d.array((rows, hidden), -1, 1), *biases]


def _cell_cases(d: Any, gates: int, states: int = 1) -> object:
    batch, features, hidden = d.choice([(), (1,), (2,)]), d.integer(1, 2), d.integer(1, 2)
    held = [d.array((*batch, hidden), -1, 1) for _ in range(states)]
    return (d.array((*batch, features), -1, 1), *held, *weights(d, gates, features, hidden))


@composite(cases=lambda d: _cell_cases(d, 1))
def rnn_cell(
    x: Array, h: Array, w_ih: Array, w_hh: Array, b_ih: Maybe = None, b_hh: Maybe = None, nonlinearity: str = "tanh"
) -> Array:
    """tanh(W_ih x + b_ih + W_hh h + b_hh), the next state of an Elman network; or relu instead of tanh.

    >>> rnn_cell(Tensor([[1.0]]), Tensor([[0.0]]), Tensor([[0.5]]), Tensor([[1.0]]))
    Tensor([[0.4621]])
    """
    return nonlinearity_of("rnn_cell", nonlinearity)(linear(x, w_ih, b_ih) + linear(h, w_hh, b_hh))


@composite(complex=False, cases=lambda d: _cell_cases(d, 4, states=2))
def lstm_cell(
    x: Array, h: Array, c: Array, w_ih: Array, w_hh: Array, b_ih: Maybe = None, b_hh: Maybe = None
) -> tuple[Array, Array]:
    """The next state (h, c) of long short-term memory: c' = f c + i g, h' = o tanh(c').

    i, f, g, o = sigmoid, sigmoid, tanh, sigmoid of the four quarters of W_ih x + b_ih + W_hh h + b_hh
    (Hochreiter and Schmidhuber 1997; the forget gate f, Gers et al. 2000).

    >>> zero, weight = Tensor([[0.0]]), np.ones((4, 1), np.float32)
    >>> lstm_cell(Tensor([[1.0]]), zero, zero, weight, weight)
    (Tensor([[0.3696]]), Tensor([[0.5568]]))
    """
    i, f, g, o = np.split(linear(x, w_ih, b_ih) + linear(h, w_hh, b_hh), 4, axis=-1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


@composite(complex=False, cases=lambda d: _cell_cases(d, 3))
def gru_cell(x: Array, h: Array, w_ih: Array, w_hh: Array, b_ih: Maybe = None, b_hh: Maybe = None) -> Array:
    """The next state of a gated recurrent unit: h' = (1 - z) n + z h, with n = tanh(x_n + r h_n).

    x_r, x_z, x_n are the three thirds of W_ih x + b_ih, h_r, h_z, h_n those of W_hh h + b_hh, r = sigmoid(x_r + h_r)
    and z = sigmoid(x_z + h_z). (Cho et al. 2014, with r applied after the matrix product as in cuDNN and PyTorch.)

    >>> gru_cell(Tensor([[1.0]]), Tensor([[0.0]]), np.ones((3, 1), np.float32), np.ones((3, 1), np.float32))
    Tensor([[0.2048]])
    """
    x_r, x_z, x_n = np.split(linear(x, w_ih, b_ih), 3, axis=-1)
    h_r, h_z, h_n = np.split(linear(h, w_hh, b_hh), 3, axis=-1)
    r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)
    n = np.tanh(x_n + r * h_n)
    return (1.0 - z) * n + z * h


def scan(cell: Function, x: Array, state: tuple[Array, ...], lengths: Maybe, reverse: bool) -> tuple[Array, ...]:
    """Outputs (T, N, H) and last state of `cell`, a function of x_t and the state that returns the next state.

    Where a sequence has ended (in reverse: has not begun), its output is 0 and its state stays.
    """
    steps = range(x.shape[0])
    outputs: dict[int, Array] = {}
    if lengths is not None:
        inside = np.arange(len(steps))[:, None, None] < operand(lengths)[:, None]
        x = np.where(inside, x, 0.0)  # not even a nan there may reach the weights
    for t in reversed(steps) if reverse else steps:
        after = cell(x[t], *state)
        if lengths is not None:
            after = tuple(np.where(inside[t], new, old) for new, old in zip(after, state))
        state = after
        outputs[t] = state[0] if lengths is None else np.where(inside[t], state[0], 0.0)
    return (np.stack([outputs[t] for t in steps]), *state)
