import numpy as np

import autograd
from tests.nn.rows import Function, Layer


def seeded(function, *inputs, **options):
    """The same draw each time."""
    autograd.seed(0)
    return function(*inputs, **options)


DRAWS = [({}, 2), ({"tau": 0.5, "dim": 0}, 2)]
ROWS = [
    *(
        Layer(name, (), ((3, 4),))
        for name in (
            *("ReLU", "ReLU6", "LeakyReLU", "ELU", "SELU", "CELU", "GELU", "SiLU", "Mish", "Softplus", "Softsign"),
            *("Sigmoid", "LogSigmoid", "Hardswish", "Hardtanh", "Tanh", "PReLU", "GLU"),
        )
    ),
    # PyTorch's gradient has a sixth in single precision, so that only float32 would agree: see test_activation.py
    Layer("Hardsigmoid", (), ((3, 4),), fixed=(0,)),
    Function("hardsigmoid", (np.array([-7.0, -3.5, -2.5, 0.4, 2.5, 3.5]),), fixed=(0,)),
    Layer("LeakyReLU", (1.5,), ((3, 4),)),
    Layer("LeakyReLU", (), ((7,),), {"negative_slope": -0.2}),
    Layer("ELU", (0.7,), ((3, 4),)),
    Layer("CELU", (), ((3, 4),), {"alpha": 0.5}),
    Layer("GELU", (), ((3, 4),), {"approximate": "tanh"}),
    Layer("Hardtanh", (-0.5, 0.8), ((3, 4),)),
    Layer("Softplus", (2.5, 1.0), ((3, 4),)),
    Layer("Softplus", (0.5,), (np.array([-60.0, -1.0, 0.3, 39.9, 40.1, 300.0]),)),
    Layer("PReLU", (), ((2, 3, 4),), {"init": -0.3}),
    Layer("PReLU", (3,), ((2, 3),)),
    Layer("PReLU", (3, 0.1), ((2, 3, 2, 2),)),
    Layer("PReLU", (), ((3,),)),
    Layer("PReLU", (1,), ((),)),
    Layer("Softmax", (1,), ((3, 4),)),
    Layer("Softmax", (0,), ((3, 2, 2),)),
    Layer("Softmax", (), ((1, 5),), {"dim": -1}),
    Layer("LogSoftmax", (0,), ((3, 4),)),
    Layer("LogSoftmax", (-2,), ((2, 3, 1),)),
    Layer("Softmin", (), ((3, 4),), {"dim": 0}),
    Layer("Softmax2d", (), ((2, 3, 1, 2),)),
    Layer("Softmax2d", (), ((3, 2, 1),)),
    Function("softmin", ((3, 4),), {"dim": 1}),
    *(Function("gumbel_softmax", ((3, 4),), options, seeded, order=order, torch=False) for options, order in DRAWS),
    Layer("GLU", (0,), ((4, 3),)),
    Layer("GLU", (1,), ((1, 2, 3),)),
    *(
        Function(name, ((3, 4),))
        for name in (
            *("relu", "relu6", "leaky_relu", "elu", "selu", "celu", "gelu", "silu", "mish", "softplus", "softsign"),
            *("sigmoid", "logsigmoid", "hardswish", "hardtanh", "tanh", "glu"),
        )
    ),
    Function("leaky_relu", ((3, 4),), {"negative_slope": 0.3}),
    Function("elu", ((3, 4),), {"alpha": 1.7}),
    Function("celu", ((3, 4),), {"alpha": 2.0}),
    Function("gelu", ((3, 4),), {"approximate": "tanh"}),
    Function("softplus", ((3, 4),), {"beta": 3.0, "threshold": 2.0}),
    Function("hardtanh", ((3, 4),), {"min_val": 0.1, "max_val": 0.9}),
    Function("prelu", ((2, 3, 2), (3,))),
    Function("prelu", ((2, 3), (1,))),
    Function("softmax", ((3, 4),), {"dim": 0}),
    Function("log_softmax", ((3, 4),), {"dim": 1}),
    Function("glu", ((2, 4),), {"dim": 0}),
    # beyond the bends, and far out
    *(
        Function(name, (np.array([-200.0, -7.0, -3.5, -2.5, 0.4, 2.5, 3.5, 5.5, 7.0, 200.0]),))
        for name in (
            *("relu6", "gelu", "silu", "mish", "softplus", "sigmoid", "logsigmoid", "hardswish", "tanh"),
            *("elu", "selu", "celu", "hardtanh"),
        )
    ),
]
