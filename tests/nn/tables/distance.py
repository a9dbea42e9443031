import numpy as np

from tests.nn.rows import Function, Layer

PAIR = ((3, 4), (3, 4))

ROWS = [
    Layer("CosineSimilarity", (), PAIR),
    Layer("CosineSimilarity", (-1, 1e-3), ((2, 1, 4), (3, 4))),
    Layer("CosineSimilarity", (0,), PAIR, {"eps": 5.0}, fixed=(0, 1)),  # PyTorch's gradient leaves eps out
    Layer("PairwiseDistance", (), PAIR),
    Layer("PairwiseDistance", (3.0,), ((2, 3, 4), (4,)), {"eps": 0.1, "keepdim": True}),
    Function("cosine_similarity", PAIR),
    Function("cosine_similarity", ((5,), (3, 5)), {"dim": -1}),
    Function("pairwise_distance", PAIR, {"p": 3.0, "keepdim": True}),
    Function("normalize", ((3, 4),)),
    Function("normalize", ((2, 3, 4),), {"p": 3.0, "dim": -1}),
    Function("normalize", (np.array([[1e-3, 2e-3], [3.0, 4.0]]),), {"eps": 0.5}),
]
