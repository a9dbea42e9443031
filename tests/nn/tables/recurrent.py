from typing import Any

import numpy as np

from tests.nn.rows import Layer

X, H = (3, 2, 2), (1, 2, 3)  # three steps of a batch of two; the initial state


def states(name: str, shape: tuple[int, ...]) -> tuple[Any, ...]:
    return (shape, shape) if name == "LSTM" else (shape,)


def with_states(nn: Any, layer: Any, x: Any, *hx: Any) -> Any:
    return layer(x, hx if len(hx) > 1 else hx[0])


def packed(lengths: list[int], batch_first: bool = False, **padding: Any) -> Any:
    """Run a layer on sequences of those lengths, which come back padded."""

    def call(nn: Any, layer: Any, x: Any, *hx: Any) -> Any:
        rnn = nn.utils.rnn
        torch_or_array = np.array(lengths) if nn.__name__ == "nn" else lengths
        data = rnn.pack_padded_sequence(x, torch_or_array, batch_first, enforce_sorted=False)
        state = (hx if len(hx) > 1 else hx[0]) if hx else None
        output, last = layer(data, state)
        padded, _ = rnn.pad_packed_sequence(output, batch_first, **padding)
        return padded, last

    return call


def padded(nn: Any, layer: Any, *sequences: Any) -> Any:
    rnn = nn.utils.rnn
    lengths = [len(s) for s in sequences]
    packed = rnn.pack_padded_sequence(rnn.pad_sequence(sequences, padding_value=7.0), lengths)
    output, last = layer(packed)
    return rnn.pad_packed_sequence(output)[0], last


def layers(name: str) -> list[Layer]:
    both = {"bidirectional": True}
    lengths = packed([1, 3])
    everything = {"num_layers": 2, "batch_first": True, "bidirectional": True}
    return [
        Layer(name, (2, 3), (X,)),
        Layer(name, (2, 3), ((1, 2, 2),)),
        Layer(name, (2, 3), ((3, 1, 2),)),
        Layer(name, (1, 1), ((1, 1, 1),)),
        Layer(name, (2, 3), ((4, 2),)),
        Layer(name, (2, 3), ((3, 0, 2),)),
        Layer(name, (2, 3), (X,), {"bias": False}),
        Layer(name, (2, 3), ((2, 3, 2),), {"batch_first": True}),
        Layer(name, (2, 2), ((2, 2, 2),), {"num_layers": 2, "dropout": 0.0}),
        Layer(name, (2, 2), ((2, 1, 2),), {"num_layers": 2, "dropout": 0.5}, modes=("eval",)),
        Layer(name, (2, 2), ((3, 1, 2),), both),
        Layer(name, (2, 2), ((2, 2, 2),), everything),
        Layer(name, (2, 3), (X, *states(name, H)), call=with_states),
        Layer(name, (2, 3), ((3, 2), *states(name, (2, 3))), both, with_states),
        Layer(name, (2, 2), ((2, 2, 2), *states(name, (4, 2, 2))), everything, with_states),
        Layer(name, (2, 3), (X, *states(name, H)), {"bias": False}, lengths),
        Layer(name, (2, 2), ((3, 3, 2),), both, packed([2, 1, 3])),
        Layer(name, (2, 2), ((2, 3, 2),), everything, packed([1, 3], True, padding_value=-1.0, total_length=5)),
        Layer(name, (2, 3), ((3, 2), (2, 2), (1, 2)), call=padded),
    ]


ROWS = [
    *layers("RNN"),
    *layers("LSTM"),
    *layers("GRU"),
    Layer("RNN", (2, 3, 1, "relu"), (X,)),
    Layer("RNN", (2, 2), ((3, 2, 2),), {"nonlinearity": "relu", "bidirectional": True}, packed([1, 3])),
    *(
        row
        for name in ("RNNCell", "LSTMCell", "GRUCell")
        for row in (
            Layer(name, (2, 3), ((2, 2),)),
            Layer(name, (2, 3), ((2,),)),
            Layer(name, (2, 3), ((1, 2), *states(name[:-4], (1, 3))), call=with_states),
            Layer(name, (2, 3), ((2, 2),), {"bias": False}),
        )
    ),
    Layer("RNNCell", (2, 3, True, "relu"), ((2, 2),)),
]
