import numpy as np

from tests.nn.rows import Layer

ROWS = [
    Layer("MSELoss", (), ((3, 4), (3, 4))),
    Layer("CrossEntropyLoss", (), ((3, 4), np.array([0, 3, 1]))),
]
