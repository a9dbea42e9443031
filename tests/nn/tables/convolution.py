from tests.nn.rows import Function, Layer

PLANE = [
    ((2, 3, 3), (2, 2, 5, 6), {}),
    ((2, 3, (1, 3)), (1, 2, 4, 5), {"bias": False}),
    ((1, 2, 1), (2, 1, 3, 3), {}),
    ((2, 2, 1), (2, 2, 4, 5), {"stride": 2}),
    ((2, 3, 3), (2, 5, 6), {"padding": 1}),
    ((2, 3, 3), (1, 2, 6, 7), {"stride": 2, "padding": 1}),
    ((2, 2, (3, 2)), (2, 2, 7, 6), {"stride": (2, 3), "padding": (2, 1)}),
    ((1, 2, 3), (2, 1, 7, 8), {"dilation": (2, 3), "padding": 2}),
    ((4, 6, 3), (2, 4, 5, 4), {"groups": 2, "padding": 1}),
    ((3, 6, 3), (2, 3, 4, 4), {"groups": 3}),
    ((2, 2, 3), (0, 2, 4, 4), {}),
    ((2, 3, 3), (2, 2, 4, 5), {"padding": "same"}),
    ((2, 3, (2, 4)), (2, 2, 4, 5), {"padding": "same", "dilation": 2}),
    ((2, 3, 3), (2, 2, 4, 5), {"padding": "valid"}),
    ((2, 2, 3), (2, 2, 4, 5), {"padding": (1, 2), "padding_mode": "reflect"}),
    ((2, 2, 3), (2, 2, 4, 5), {"padding": (1, 2), "padding_mode": "replicate"}),
    ((2, 2, 3), (2, 4, 5), {"padding": (1, 2), "padding_mode": "circular"}),
    ((2, 2, (2, 3)), (1, 2, 4, 5), {"padding": "same", "padding_mode": "reflect"}),
    ((1, 1, 2), (1, 1, 2, 2), {}),
    ((9, 2, 2), (3, 9, 3, 3), {}),
    ((1, 2, 3), (9, 1, 4, 3), {"padding": 3}),
]

LINE = [
    ((2, 3, 3), (2, 2, 7), {}),
    ((2, 3, 3), (2, 7), {"stride": 2, "padding": 1}),
    ((2, 4, 2), (1, 2, 8), {"dilation": 3, "groups": 2, "bias": False}),
    ((2, 3, 4), (2, 2, 5), {"padding": "same"}),
    ((2, 3, 4), (2, 2, 5), {"padding": 2, "padding_mode": "circular"}),
    ((2, 3, 1), (2, 2, 1), {}),
]

TRANSPOSED = [
    ((2, 3, 3), (2, 2, 3, 4), {}),
    ((2, 3, 3), (2, 3, 4), {"stride": 2, "padding": 1, "output_padding": 1}),
    ((2, 2, (2, 3)), (1, 2, 3, 2), {"stride": (1, 3), "padding": (0, 1), "bias": False}),
    ((4, 6, 3), (2, 4, 3, 3), {"groups": 2, "stride": 2}),
    ((2, 2, 2), (2, 2, 2, 3), {"dilation": 3, "output_padding": 2}),
    ((3, 1, 4), (2, 3, 3, 3), {"stride": 2, "padding": 1}),
    ((2, 3, 1), (1, 2, 1, 1), {"stride": 3}),
]

SPACE = [
    ((2, 3, 2), (2, 2, 3, 4, 3), {}),
    ((2, 4, (1, 2, 3)), (2, 3, 4, 5), {"stride": (1, 2, 1), "padding": (0, 1, 2), "groups": 2, "bias": False}),
    ((1, 2, 2), (1, 1, 3, 3, 4), {"padding": "same", "padding_mode": "circular"}),
    ((1, 2, 2), (1, 1, 4, 3, 4), {"padding": 1, "dilation": 2, "stride": 2}),
]

ROWS = [
    *(Layer("Conv3d", args, (shape,), options) for args, shape, options in SPACE),
    Layer("ConvTranspose3d", (2, 3, 2), ((1, 2, 2, 3, 2),)),
    Layer("ConvTranspose3d", (2, 2, (1, 2, 3)), ((2, 2, 2, 3),), {"stride": 2, "padding": (0, 1, 1), "groups": 2}),
    Function("conv3d", ((1, 2, 3, 3, 4), (2, 2, 2, 1, 2), (2,)), {"stride": (1, 2, 1), "padding": 1}),
    Function("conv3d", ((2, 3, 3, 4), (2, 2, 2, 2, 2)), {"stride": (2,), "padding": (1,), "dilation": (1,)}),
    Function("conv2d", ((2, 2, 5, 4), (3, 2, 3, 3)), {"stride": (2,), "padding": (1,)}),
    Function("conv_transpose3d", ((1, 2, 2, 3, 2), (2, 1, 2, 2, 1), (1,)), {"stride": 2, "output_padding": 1}),
    *(Layer("Conv2d", args, (shape,), options) for args, shape, options in PLANE),
    *(Layer("Conv1d", args, (shape,), options) for args, shape, options in LINE),
    *(Layer("ConvTranspose2d", args, (shape,), options) for args, shape, options in TRANSPOSED),
    Layer("ConvTranspose1d", (2, 3, 3), ((2, 2, 4),)),
    Layer("ConvTranspose1d", (2, 4, 3), ((2, 4),), {"stride": 3, "output_padding": 2, "groups": 2, "dilation": 2}),
    Layer("ConvTranspose2d", (2, 3, 3, 2), ((2, 2, 3, 3),), call=lambda nn, layer, x: layer(x, output_size=(8, 7))),
    Function("conv1d", ((2, 2, 6), (3, 2, 3), (3,)), {"stride": 2, "padding": 1}),
    Function("conv1d", ((4, 6), (2, 2, 3)), {"groups": 2}),
    Function("conv2d", ((2, 2, 5, 4), (3, 2, 3, 3), (3,)), {"padding": "same"}),
    Function("conv2d", ((2, 2, 5, 4), (3, 2, 3, 3)), {"stride": (2, 1), "dilation": (1, 2), "padding": (0, 1)}),
    Function("conv_transpose1d", ((2, 2, 4), (2, 3, 3), (3,)), {"stride": 2, "output_padding": 1}),
    Function("conv_transpose2d", ((2, 2, 3, 4), (2, 3, 3, 2), (3,)), {"stride": 2, "padding": 1}),
]
