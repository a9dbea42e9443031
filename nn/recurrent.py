"""Recurrent networks: Elman's, long short-term memory, gated recurrent units; over sequences and one step at a time."""

import warnings
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import numpy as np

import autograd
from autograd import ShapeError, Tensor, UnsupportedError
from autograd.engine.types import Array, Dtype, Shape
from autograd.ops.shapes import fit
from autograd.support.checks import floats, shape_of, size
from autograd.support.settings import Flag, Share, Size, one_of

from . import init
from .dropout import dropout
from .layer import Layer, Maybe
from .module import Module, Parameter
from .utils.rnn import PackedSequence

__all__ = ["GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "RNNCell"]


Nonlinearity = Annotated[str, one_of("tanh", "relu")]
Sequences = TypeVar("Sequences", Tensor, Array, PackedSequence)
Pair = tuple[Tensor, Tensor]  # of an LSTM: h and c


class _Weights(Module):
    """What layers and cells share: their sizes, their parameters, and what they say of wrong input."""

    gates = 1
    states: tuple[str, ...] = ("h",)
    input_size: int
    hidden_size: int
    bias: bool

    def _add_weights(self, features: int, suffix: str = "") -> None:
        rows, hidden = self.gates * self.hidden_size, self.hidden_size
        bound = hidden**-0.5
        shapes = {"weight_ih": (rows, features), "weight_hh": (rows, hidden), "bias_ih": (rows,), "bias_hh": (rows,)}
        for name, shape in shapes.items():
            wanted = self.bias or name.startswith("weight")
            made = init.uniform_(Parameter(autograd.zeros(shape)), -bound, bound) if wanted else None
            setattr(self, name + suffix, made)

    def _weights(self, suffix: str = "") -> list[Maybe]:
        return [getattr(self, name + suffix) for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]

    def _check(self, x: Tensor, layout: str) -> None:
        name = type(self).__name__
        fit(name, layout, x, input_size=self.input_size)
        floats(f"{name}: input", x)

    def _initial(self, hx: Any, shape: Shape, dtype: Dtype) -> list[Any]:
        """The initial states, zeros where none are given; each must have `shape`."""
        name, count = type(self).__name__, len(self.states)
        if hx is None:
            return [np.zeros(shape, dtype)] * count
        if count > 1 and not (isinstance(hx, (tuple, list)) and len(hx) == count):
            raise TypeError(f"{name}: hx is {type(hx).__name__}; it takes a tuple (h_0, c_0)")
        if count == 1 and not hasattr(hx, "shape"):
            raise TypeError(f"{name}: hx is {type(hx).__name__}; it takes one Tensor, h_0")
        given = list(hx) if count > 1 else [hx]
        for state, value in zip(self.states, given):
            if shape_of(value) != shape:
                raise ShapeError(f"{name}: {state}_0 has shape {shape_of(value)}; for this input it takes {shape}")
        return given


class _Recurrent(_Weights):
    """Layers of one kind upon each other, in one direction or both."""

    num_layers: int
    batch_first: bool
    dropout: float
    bidirectional: bool

    def _setup(self) -> None:
        """The weights of each layer and direction."""
        if self.dropout and self.num_layers == 1:
            acts = f"dropout={self.dropout} acts between layers and does nothing with num_layers=1"
            warnings.warn(f"{type(self).__name__}: {acts}", stacklevel=4)  # the line that made the layer
        for layer in range(self.num_layers):
            for way in self._ways():
                features = len(self._ways()) * self.hidden_size if layer else self.input_size
                self._add_weights(features, f"_l{layer}{way}")

    def _ways(self) -> tuple[str, ...]:
        return ("", "_reverse") if self.bidirectional else ("",)

    def forward(self, input: Any, hx: Any = None) -> tuple[Any, Any]:
        """Map a sequence to the outputs of all its steps and the last states; see the class."""
        if isinstance(input, PackedSequence):
            self._check(input.data, "input (T, N, input_size)")
            output, last = self._stacked(input.data, hx, input.lengths)
            return PackedSequence(output, input.lengths), last
        self._check(input, "input (N?, T, input_size)" if self.batch_first else "input (T, N?, input_size)")
        if input.ndim == 2:
            output, last = self._stacked(input[:, None], hx, None, alone=True)
            return output[:, 0], last
        if not self.batch_first:
            return self._stacked(input, hx, None)
        output, last = self._stacked(autograd.swapaxes(input, 0, 1), hx, None)
        return autograd.swapaxes(output, 0, 1), last

    def _stacked(self, x: Tensor, hx: Any, lengths: Array | None, alone: bool = False) -> tuple[Tensor, Any]:
        """The layers in turn on x (T, N, F): the outputs of the last, the last states of all."""
        if x.shape[0] == 0:
            raise ShapeError(f"{type(self).__name__}: input of shape {x.shape} has no step")
        ways = self._ways()
        depth, batch = self.num_layers * len(ways), x.shape[1]
        shape = (depth, self.hidden_size) if alone else (depth, batch, self.hidden_size)
        first = [s[:, None] if alone else s for s in self._initial(hx, shape, x.dtype)]
        last: list[list[Tensor]] = []
        for layer in range(self.num_layers):
            if layer and self.training and self.dropout:
                x = dropout(x, self.dropout)
            outputs = []
            for way in ways:
                states = [s[len(last)] for s in first]
                weights = self._weights(f"_l{layer}{way}")
                output, *after = self._run(x, *states, *weights, lengths, way == "_reverse")
                outputs.append(output)
                last.append(after)
            x = autograd.concatenate(outputs, axis=-1) if len(outputs) > 1 else outputs[0]
        ends = [autograd.stack(parts) for parts in zip(*last)]
        ends = [e[:, 0] for e in ends] if alone else ends
        return x, (tuple(ends) if len(ends) > 1 else ends[0])

    def _run(self, *given: Any) -> tuple[Tensor, ...]:
        """One layer in one direction, of the sequence, states, weights, lengths and whether it runs backwards."""
        raise NotImplementedError


class RNN(_Recurrent, Layer):
    """Elman's recurrent network (1990): h_t = tanh(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh), or relu instead of tanh.

    Called with a sequence (T, N, input_size), (N, T, input_size) if `batch_first`, (T, input_size) for one alone or a
    `PackedSequence`, and optionally the initial states (D * num_layers, N, hidden_size), by default 0, where D is 2 if
    `bidirectional` and else 1. Returns the states h_t of the last layer at all steps, (T, N, D * hidden_size), and the
    last state of each layer and direction, in the shape of the initial ones. Each layer above the first runs on the
    states of the one below, of which training drops a share `dropout`.

    Parameters weight_ih_l0 (hidden_size, input_size), weight_hh_l0, bias_ih_l0, bias_hh_l0, and so on for l1, ...
    and, with the suffix _reverse, the other direction; they start uniform in +-1 / sqrt(hidden_size).
    Raises TypeError or ValueError for other settings, ShapeError or DtypeError for an input or state that does not fit.

    >>> import autograd
    >>> output, h_n = RNN(3, 4)(autograd.ones((5, 2, 3)))
    >>> output.shape, h_n.shape
    ((5, 2, 4), (1, 2, 4))
    """

    input_size: Size
    hidden_size: Size
    num_layers: Size = 1
    nonlinearity: Nonlinearity = "tanh"
    bias: Flag = True
    batch_first: Flag = False
    dropout: Share = 0.0
    bidirectional: Flag = False

    if TYPE_CHECKING:

        def __call__(self, input: Sequences, hx: Maybe = None) -> tuple[Sequences, Tensor]:  # type: ignore[override]
            """The outputs of all steps, and the last states."""

    def _run(self, *given: Any) -> tuple[Tensor, ...]:
        return autograd.rnn(*(*given, self.nonlinearity))


class _Gated(_Recurrent, Layer):
    """What layers without a choice of nonlinearity take."""

    input_size: Size
    hidden_size: Size
    num_layers: Size = 1
    bias: Flag = True
    batch_first: Flag = False
    dropout: Share = 0.0
    bidirectional: Flag = False


def _no_projection(what: str, value: int) -> int:
    if size(what, value, 0):
        raise UnsupportedError(f"{what}={value}, but projected states are not supported; follow it with a Linear layer")
    return 0


class LSTM(_Gated):
    """Long short-term memory (Hochreiter and Schmidhuber 1997; with the forget gate of Gers et al. 2000).

    c_t = f c_{t-1} + i g and h_t = o tanh(c_t), where i, f, g, o = sigmoid, sigmoid, tanh, sigmoid of the four
    quarters of W_ih x_t + b_ih + W_hh h_{t-1} + b_hh. Shapes and parameters are those of `RNN`, with 4 * hidden_size
    rows; states are a tuple (h, c). There are no projections: `proj_size` other than 0 raises UnsupportedError; other
    errors are those of `RNN`.

    >>> import autograd
    >>> output, (h_n, c_n) = LSTM(3, 4, num_layers=2)(autograd.ones((5, 2, 3)))
    >>> output.shape, h_n.shape, c_n.shape
    ((5, 2, 4), (2, 2, 4), (2, 2, 4))
    """

    gates = 4
    states = ("h", "c")

    proj_size: Annotated[int, _no_projection] = 0

    if TYPE_CHECKING:

        def __call__(self, input: Sequences, hx: Pair | None = None) -> tuple[Sequences, Pair]:  # type: ignore[override]
            """The outputs of all steps, and the last states."""

    def _run(self, *given: Any) -> tuple[Tensor, ...]:
        return autograd.lstm(*given)


class GRU(_Gated):
    """Gated recurrent units (Cho et al. 2014): h_t = (1 - z) n + z h_{t-1}, with n = tanh(x_n + r h_n).

    x_r, x_z, x_n are the three thirds of W_ih x_t + b_ih, h_r, h_z, h_n those of W_hh h_{t-1} + b_hh, and
    r = sigmoid(x_r + h_r), z = sigmoid(x_z + h_z). As in PyTorch, r acts after the product with W_hh, where the paper
    has it before. Shapes, parameters and errors are those of `RNN`, with 3 * hidden_size rows.

    >>> import autograd
    >>> output, h_n = GRU(3, 4, bidirectional=True)(autograd.ones((5, 2, 3)))
    >>> output.shape, h_n.shape
    ((5, 2, 8), (2, 2, 4))
    """

    gates = 3

    if TYPE_CHECKING:

        def __call__(self, input: Sequences, hx: Maybe = None) -> tuple[Sequences, Tensor]:  # type: ignore[override]
            """The outputs of all steps, and the last states."""

    def _run(self, *given: Any) -> tuple[Tensor, ...]:
        return autograd.gru(*given)


class _Cell(_Weights, Layer):
    """One step of one layer."""

    input_size: Size
    hidden_size: Size
    bias: Flag = True

    def _setup(self) -> None:
        """The weights."""
        self._add_weights(self.input_size)

    def _start(self, x: Tensor, hx: Any) -> list[Any]:
        self._check(x, "input (N?, input_size)")
        return self._initial(hx, (*x.shape[:-1], self.hidden_size), x.dtype)


class RNNCell(_Cell):
    """One step of an Elman network: h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or relu instead of tanh.

    Takes x (N, input_size) or (input_size,) and a state (N, hidden_size), by default 0; returns the next state.
    Parameters weight_ih, weight_hh, bias_ih, bias_hh as those of a layer of `RNN`. Raises TypeError or
    ValueError for other settings, ShapeError or DtypeError for an input or state that does not fit. (Elman 1990)

    >>> import autograd
    >>> RNNCell(3, 4)(autograd.ones((2, 3))).shape
    (2, 4)
    """

    nonlinearity: Nonlinearity = "tanh"

    def forward(self, input: Tensor, hx: Maybe = None) -> Tensor:
        """The next state."""
        return autograd.rnn_cell(*(input, *self._start(input, hx), *self._weights(), self.nonlinearity))


class LSTMCell(_Cell):
    """One step of an `LSTM`: takes x and a state (h, c), by default 0, and returns the next (h, c).

    Shapes, parameters and errors are those of `RNNCell`, with 4 * hidden_size rows.

    >>> import autograd
    >>> h, c = LSTMCell(3, 4)(autograd.ones((2, 3)))
    >>> h.shape, c.shape
    ((2, 4), (2, 4))
    """

    gates = 4
    states = ("h", "c")

    if TYPE_CHECKING:

        def __call__(self, input: Tensor, hx: Pair | None = None) -> Pair:  # type: ignore[override]
            """The next states (h, c)."""

    def forward(self, input: Tensor, hx: Pair | None = None) -> Pair:
        """The next states (h, c)."""
        return autograd.lstm_cell(input, *self._start(input, hx), *self._weights())


class GRUCell(_Cell):
    """One step of a `GRU`: takes x and a state, by default 0, and returns the next.

    Shapes, parameters and errors are those of `RNNCell`, with 3 * hidden_size rows.

    >>> import autograd
    >>> GRUCell(3, 4)(autograd.ones((2, 3))).shape
    (2, 4)
    """

    gates = 3

    def forward(self, input: Tensor, hx: Maybe = None) -> Tensor:
        """The next state."""
        return autograd.gru_cell(input, *self._start(input, hx), *self._weights())
