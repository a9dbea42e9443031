import numpy as np

from tests.nn.rows import Function, Layer


def apart(*shape):
    """Numbers no two of which are near each other: at a tie a maximum has no derivative."""
    return (np.random.default_rng(0).permutation(int(np.prod(shape))).reshape(shape) / 4.0,)


LINE, IMAGE, VOLUME = ((2, 3, 7),), ((2, 2, 5, 6),), ((2, 1, 4, 3, 5),)
EVEN = (np.random.default_rng(1).uniform(0.2, 2.0, (2, 2, 5, 6)),)  # the norm of what is not negative


ROWS = [
    Layer("MaxPool1d", (2,), apart(2, 3, 7)),
    Layer("MaxPool1d", (3,), apart(3, 7), {"stride": 2, "padding": 1}),
    Layer("MaxPool1d", (2,), apart(2, 3, 7), {"dilation": 3, "ceil_mode": True, "stride": 2}),
    Layer("MaxPool1d", (3,), apart(2, 3, 7), {"return_indices": True, "stride": 1}),
    Layer("MaxPool1d", (1,), apart(2, 3, 7), {"stride": 2}),
    Layer("MaxPool2d", (2,), apart(2, 2, 5, 6)),
    Layer("MaxPool2d", (2,), apart(2, 4, 6)),
    Layer("MaxPool2d", (2,), apart(1, 1, 2, 2)),
    Layer("MaxPool2d", ((3, 2), (2, 3), (1, 0), (1, 2)), apart(2, 2, 5, 6)),
    Layer("MaxPool2d", (3, 2, 1), apart(2, 2, 5, 6), {"ceil_mode": True}),
    Layer("MaxPool2d", (3, 1, 1), apart(2, 2, 5, 6), {"return_indices": True}),
    Layer("MaxPool2d", (2,), apart(0, 2, 4, 4)),
    Layer("AvgPool1d", (2,), LINE),
    Layer("AvgPool1d", (3,), ((3, 7),), {"stride": 2, "padding": 1, "ceil_mode": True}),
    Layer("AvgPool1d", (3, 2, 1), LINE, {"count_include_pad": False}),
    Layer("AvgPool2d", (2,), IMAGE),
    Layer("AvgPool2d", (2,), ((2, 4, 6),)),
    Layer("AvgPool2d", (3, 1, 1), IMAGE, {"count_include_pad": False}),
    Layer("AvgPool2d", ((3, 2), (2, 3), (1, 0)), IMAGE, {"ceil_mode": True}),
    Layer("AvgPool2d", (3, 2, 1), IMAGE, {"ceil_mode": True, "divisor_override": 5}),
    Layer("AvgPool2d", (1,), IMAGE),
    Layer("AdaptiveAvgPool1d", (3,), LINE),
    Layer("AdaptiveAvgPool1d", (9,), ((3, 7),)),
    Layer("AdaptiveAvgPool2d", (1,), IMAGE),
    Layer("AdaptiveAvgPool2d", ((3, None),), IMAGE),
    Layer("AdaptiveAvgPool2d", ((None, 4),), ((2, 5, 6),)),
    Layer("AdaptiveAvgPool2d", ((2, 3),), ((1, 1, 5, 7),)),
    Layer("AdaptiveMaxPool2d", (1,), apart(2, 2, 5, 6)),
    Layer("AdaptiveMaxPool2d", ((2, 4),), apart(2, 5, 7)),
    Layer("AdaptiveMaxPool2d", ((3, None),), apart(2, 2, 5, 6), {"return_indices": True}),
    Layer("AdaptiveMaxPool2d", (7,), apart(2, 2, 5, 6)),
    Layer("MaxPool3d", (2,), apart(2, 1, 4, 3, 5)),
    Layer("MaxPool3d", ((1, 2, 3),), apart(1, 4, 4, 5), {"stride": 1, "padding": (0, 1, 1), "return_indices": True}),
    Layer("AvgPool3d", (2,), VOLUME, {"stride": (1, 2, 2), "padding": 1, "count_include_pad": False}),
    Layer("AvgPool3d", (2,), ((1, 4, 4, 4),), {"ceil_mode": True, "divisor_override": 3}),
    Layer("AdaptiveAvgPool3d", ((3, None, 2),), VOLUME),
    Layer("AdaptiveMaxPool1d", (3,), apart(2, 3, 7)),
    Layer("AdaptiveMaxPool1d", (4,), apart(3, 7), {"return_indices": True}),
    Layer("AdaptiveMaxPool3d", ((3, None, 2),), apart(2, 1, 4, 3, 5), {"return_indices": True}),
    Layer("LPPool1d", (2, 3), LINE, {"stride": 2, "ceil_mode": True}),
    Layer("LPPool2d", (3, (2, 3)), EVEN),
    Layer("LPPool3d", (2.0, 2), VOLUME, {"stride": 1}),
    Function("lp_pool1d", LINE, {"norm_type": 2, "kernel_size": 2}),
    Function("lp_pool2d", EVEN, {"norm_type": 1.5, "kernel_size": 3, "stride": (2, 1), "ceil_mode": True}),
    Function("lp_pool3d", VOLUME, {"norm_type": 2, "kernel_size": (2, 1, 2)}),
    Function("max_pool3d", apart(2, 1, 4, 3, 5), {"kernel_size": (2, 1, 3), "stride": 2, "ceil_mode": True}),
    Function("max_pool2d", apart(2, 2, 5, 6), {"kernel_size": (2,), "stride": (3,), "padding": (1,)}),
    Function("avg_pool3d", VOLUME, {"kernel_size": (2, 1, 3), "padding": (1, 0, 1)}),
    Function("adaptive_avg_pool3d", VOLUME, {"output_size": (2, 3, 4)}),
    Function("adaptive_max_pool1d", apart(2, 3, 7), {"output_size": 2, "return_indices": True}),
    Function("adaptive_max_pool3d", apart(2, 1, 4, 3, 5), {"output_size": 2, "return_indices": True}),
    Function("max_pool1d", apart(2, 3, 7), {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
    Function("max_pool2d", apart(2, 2, 5, 6), {"kernel_size": (2, 3), "dilation": 2, "return_indices": True}),
    Function("avg_pool1d", LINE, {"kernel_size": 2, "stride": 3, "ceil_mode": True}),
    Function("avg_pool2d", IMAGE, {"kernel_size": (2, 3), "padding": (1, 0), "divisor_override": 4}),
    Function("adaptive_avg_pool1d", LINE, {"output_size": 4}),
    Function("adaptive_avg_pool2d", IMAGE, {"output_size": (2, 4)}),
    Function("adaptive_max_pool2d", apart(2, 2, 5, 6), {"output_size": (4, 4), "return_indices": True}),
]
