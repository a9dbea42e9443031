"""Recurrent networks that judge a sequence, and that continue one."""

from __future__ import annotations

from typing import Any

import autograd
from autograd import Tensor
from autograd.engine.types import Value

from .. import GRU, LSTM, RNN, Linear, Module
from ..utils.rnn import pack_padded_sequence

__all__ = ["SequenceClassifier", "SequenceForecaster"]

KINDS = {"rnn": RNN, "lstm": LSTM, "gru": GRU}


def _recurrent(kind: str, *sizes: int, **options: Any) -> Any:
    if kind not in KINDS:
        raise ValueError(f"kind={kind!r} is not one of {', '.join(map(repr, KINDS))}")
    return KINDS[kind](*sizes, batch_first=True, **options)


class SequenceClassifier(Module):
    """The last state of an RNN, LSTM or GRU (`kind`), of both directions if it has two, through a linear layer.

    Sequences (N, T, input_size) in, logits (N, classes) out; `lengths` (N,) where they are padded.

    >>> model = SequenceClassifier("lstm", 3, 8, classes=2)
    >>> model(autograd.zeros((5, 7, 3)), lengths=[7, 4, 1, 2, 7]).shape
    (5, 2)
    """

    def __init__(
        self,
        kind: str,
        input_size: int,
        hidden_size: int,
        classes: int,
        num_layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
    ) -> None:
        self.recurrent = _recurrent(
            kind, input_size, hidden_size, num_layers, bidirectional=bidirectional, dropout=dropout
        )
        self.head = Linear(hidden_size * (2 if bidirectional else 1), classes)

    def forward(self, x: Any, lengths: Value | None = None) -> Tensor:
        """Read the sequences to their ends, then judge."""
        if lengths is not None:
            x = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        _, state = self.recurrent(x)
        state = state[0] if isinstance(state, tuple) else state  # an LSTM also returns its cells
        directions = 2 if self.recurrent.bidirectional else 1
        return self.head(autograd.concatenate([state[-i] for i in range(directions, 0, -1)], axis=-1))


class SequenceForecaster(Module):
    """After each step of a sequence, what an RNN, LSTM or GRU (`kind`) expects next.

    Sequences (N, T, size) in, predictions (N, T, size) out: of step t + 1 at step t.

    >>> model = SequenceForecaster("gru", 1, 8)
    >>> model(autograd.zeros((5, 7, 1))).shape, model.forecast(np.zeros((5, 7, 1)), steps=3).shape
    ((5, 7, 1), (5, 3, 1))
    """

    def __init__(self, kind: str, size: int, hidden_size: int, num_layers: int = 1, dropout: float = 0.0) -> None:
        self.recurrent = _recurrent(kind, size, hidden_size, num_layers, dropout=dropout)
        self.head = Linear(hidden_size, size)

    def forward(self, x: Tensor) -> Tensor:
        """Predict each next step."""
        return self.head(self.recurrent(x)[0])

    def forecast(self, x: Value, steps: int) -> Tensor:
        """Continue the sequences: (N, T, size) to the next `steps` values, each fed back as an input; no gradient."""
        with autograd.no_grad():
            y, state = self.recurrent(autograd.tensor(x, dtype=self.head.weight.dtype))
            predictions = [self.head(y[:, -1:])]
            for _ in range(steps - 1):
                y, state = self.recurrent(predictions[-1], state)
                predictions.append(self.head(y))
            return autograd.concatenate(predictions, axis=1)
