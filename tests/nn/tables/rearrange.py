import numpy as np

from tests.nn.rows import Function, Layer

IMAGE, COLUMNS = (2, 3, 4, 5), (2, 12, 12)

ROWS = [
    Layer("PixelShuffle", (2,), ((2, 8, 2, 3),)),
    Layer("PixelShuffle", (3,), ((9, 1, 2),)),
    Layer("PixelUnshuffle", (2,), ((2, 1, 4, 6),)),
    Layer("ChannelShuffle", (3,), ((2, 6, 2),)),
    Layer("Unfold", (2,), (IMAGE,)),
    Layer("Unfold", ((2, 3), (1, 2), (1, 2), (2, 1)), (IMAGE,)),
    Layer("Unfold", (2,), ((3, 4, 5),), {"stride": 2}),
    Layer("Fold", ((4, 5), 2), (COLUMNS,)),
    Layer("Fold", ((4, 5), (2, 3), (1, 2), (1, 2), (2, 1)), ((2, 6, 15),)),
    Layer("Fold", (4, 2), ((4, 4),), {"stride": 2}),
    Function("pixel_shuffle", ((1, 4, 2, 2), 2)),
    Function("pixel_unshuffle", ((2, 1, 4, 2), 2)),
    Function("channel_shuffle", ((2, 4, 1, 3), 2)),
    Function("unfold", (IMAGE,), {"kernel_size": (3, 2), "padding": 1}),
    Function("fold", (COLUMNS,), {"output_size": (4, 5), "kernel_size": 2}),
    Function("one_hot", (np.array([[0, 2], [1, 1]]),)),
    Function("one_hot", (np.array(2),), {"num_classes": 4}),
    Function("one_hot", (np.array([], int),), {"num_classes": 2}),
]
