from tests.nn.rows import Function, Layer

ROWS = [
    *(
        row
        for name, shape in (("Dropout", (3, 4)), ("Dropout2d", (2, 3, 2, 1)))
        for row in (
            Layer(name, (), (shape,), modes=("eval",)),
            Layer(name, (0.0,), (shape,)),
            Layer(name, (1.0,), (shape,)),
        )
    ),
    Layer("Dropout", (1.0,), ((),)),
    *(
        row
        for name, shape in (("dropout", (5,)), ("dropout2d", (1, 2, 3, 1)))
        for row in (
            Function(name, (shape,), {"p": 0.3, "training": False}),
            Function(name, (shape,), {"p": 0.0}),
            Function(name, (shape,), {"p": 1.0}),
        )
    ),
]
