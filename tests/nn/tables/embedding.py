import numpy as np

from tests.nn.rows import Function, Layer

ROWS = [
    Layer("Embedding", (5, 3), (np.array([[0, 4, 2], [4, 4, 1]]),)),
    Layer("Embedding", (5, 3), (np.array(3),)),
    Layer("Embedding", (2, 1), (np.zeros((2, 0), int),)),
    # the row of padding has a derivative and no gradient
    Layer("Embedding", (5, 3), (np.array([0, 1, 2, 1, 0]),), {"padding_idx": 1}, order=0),
    Layer("Embedding", (5, 3), (np.array([0, 4, 2, 4]),), {"padding_idx": -1}, order=0),
    Layer("Embedding", (5, 3), (np.array([0, 4, 2, 4]),), {"padding_idx": 1}),
    Function("embedding", (np.array([[1, 0], [1, 2]]), (3, 2))),
    Function("embedding", (np.array([1, 0, 1]), (3, 2)), {"padding_idx": 2}),
    Function("embedding", (np.array([1, 0, 2]), (3, 2)), {"padding_idx": -3}, order=0),
]
