from tests.nn.rows import Layer


def later(nn, layer, x):
    return layer(x, offset=3)


ROWS = [
    Layer("SinusoidalPositions", (4, 5), ((3, 2, 4),), torch=False),
    Layer("SinusoidalPositions", (2, 5), ((2, 2),), call=later, torch=False),
    Layer("LearnedPositions", (5, 3), ((3, 2, 3),), torch=False),
    Layer("LearnedPositions", (5, 3), ((2, 2, 3),), {"batch_first": True}, later, torch=False),
    Layer("RotaryPositions", (4,), ((2, 3, 4),), torch=False),
    Layer("RotaryPositions", (2, 100.0), ((3, 2),), call=later, torch=False),
]
