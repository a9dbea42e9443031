from tests.nn.rows import Function, Layer

ROWS = [
    *(
        row
        for name, shape in (
            *(("Dropout", (3, 4)), ("Dropout1d", (3, 4)), ("Dropout1d", (2, 3, 4)), ("Dropout2d", (2, 3, 2, 1))),
            *(("Dropout3d", (3, 1, 2, 1)), ("AlphaDropout", (3, 4))),
        )
        for row in (
            Layer(name, (), (shape,), modes=("eval",)),
            Layer(name, (0.0,), (shape,)),
            Layer(name, (1.0,), (shape,)),
        )
    ),
    Layer("Dropout", (1.0,), ((),)),
    *(
        row
        for name, shape in (
            *(("dropout", (5,)), ("dropout1d", (2, 3)), ("dropout2d", (1, 2, 3, 1)), ("dropout3d", (1, 2, 3, 1, 2))),
            ("alpha_dropout", (5,)),
        )
        for row in (
            Function(name, (shape,), {"p": 0.3, "training": False}),
            Function(name, (shape,), {"p": 0.0, "training": True}),
            Function(name, (shape,), {"p": 1.0, "training": True}),
        )
    ),
]
