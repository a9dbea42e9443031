from tests.nn.rows import Layer

ROWS = [
    *(
        Layer(name, (), ((3, 4),))
        for name in (
            *("ReLU", "LeakyReLU", "ELU", "SELU", "GELU", "SiLU", "Mish", "Softplus", "Softsign"),
            *("Sigmoid", "Tanh", "Hardtanh"),
        )
    ),
    Layer("Softmax", (1,), ((3, 4),)),
    Layer("LogSoftmax", (0,), ((3, 4),)),
]
