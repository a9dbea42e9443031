import numpy as np

from tests.nn.rows import Function, Layer

FAR = (np.array([-200.0, -1.5, -0.7, -0.2, 0.1, 0.6, 3.5, 200.0]),)

ROWS = [
    *(Layer(name, (), FAR) for name in ("Hardshrink", "Softshrink", "Tanhshrink")),
    Layer("Hardshrink", (1.2,), ((3, 4),)),
    Layer("Softshrink", (), ((3, 4),), {"lambd": 0.3}),
    Layer("Threshold", (0.3, 7.0), FAR),
    Function("hardshrink", ((3, 4),), {"lambd": 0.4}),
    Function("softshrink", ((3, 4),), {"lambd": 0.0}),
    Function("tanhshrink", ((3, 4),)),
    Function("threshold", ((3, 4), -0.1, 2.0)),
]
