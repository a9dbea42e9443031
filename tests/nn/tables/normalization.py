import numpy as np

from tests.nn.rows import Function, Layer

C = 3
TWO = ((4, C),)
THREE = ((2, C, 5),)
IMAGES = ((2, C, 3, 4),)
MEAN, VAR = np.array([0.5, -1.0, 0.2]), np.array([1.5, 0.4, 1.0])


def twice(nn, layer, x):
    """A second batch, of other statistics."""
    layer(x * 2 + 1)
    return layer(x)


ROWS = [
    Layer("BatchNorm1d", (C,), TWO),
    Layer("BatchNorm1d", (C,), THREE),
    Layer("BatchNorm1d", (C,), ((1, C, 2),)),
    Layer("BatchNorm1d", (1,), ((3, 1),)),
    Layer("BatchNorm1d", (C,), TWO, {"eps": 0.1, "momentum": None}, call=twice),
    Layer("BatchNorm1d", (C,), TWO, {"affine": False}),
    Layer("BatchNorm1d", (C,), TWO, {"track_running_stats": False}),
    Layer("BatchNorm2d", (C,), IMAGES),
    Layer("BatchNorm2d", (C,), ((1, C, 2, 1),)),
    Layer("BatchNorm2d", (C,), ((3, C, 1, 1),)),
    Layer("BatchNorm2d", (C,), IMAGES, {"momentum": 0.3}, call=twice),
    Layer("BatchNorm2d", (C,), IMAGES, {"momentum": None}, call=twice),
    Layer("BatchNorm2d", (C,), IMAGES, {"affine": False, "track_running_stats": False}),
    Layer("BatchNorm2d", (C,), IMAGES, {"bias": False}),
    Layer("InstanceNorm2d", (C,), IMAGES, {"affine": True, "bias": False}),
    Layer("GroupNorm", (1, C), IMAGES, {"bias": False}),
    Layer("InstanceNorm2d", (C,), IMAGES),
    Layer("InstanceNorm2d", (C,), ((C, 2, 3),)),
    Layer("InstanceNorm2d", (C,), IMAGES, {"affine": True, "eps": 0.1}),
    Layer("InstanceNorm2d", (C,), IMAGES, {"affine": True, "track_running_stats": True}, call=twice),
    Layer("InstanceNorm2d", (C,), ((C, 2, 3),), {"track_running_stats": True, "momentum": 0.3}, call=twice),
    Layer("BatchNorm3d", (C,), ((2, C, 2, 3, 2),), {"momentum": 0.3}, call=twice),
    Layer("InstanceNorm1d", (C,), THREE, {"affine": True}),
    Layer("InstanceNorm1d", (C,), ((C, 5),), {"track_running_stats": True}, call=twice),
    Layer("InstanceNorm3d", (C,), ((2, C, 2, 3, 2),), {"affine": True}),
    Layer("GroupNorm", (2, 4), ((3, 4),)),
    Layer("GroupNorm", (2, 4), ((2, 4, 3),)),
    Layer("GroupNorm", (2, 4), ((1, 4, 1, 3),)),
    Layer("GroupNorm", (1, C), IMAGES, {"eps": 0.1}),
    Layer("GroupNorm", (C, C), IMAGES, {"affine": False}),
    Layer("LayerNorm", (4,), ((4,),)),
    Layer("LayerNorm", (4,), ((2, 3, 4),)),
    Layer("LayerNorm", ((3, 4),), ((2, 3, 4),)),
    Layer("LayerNorm", ([3, 4],), ((3, 4),), {"eps": 0.1}),
    Layer("LayerNorm", (4,), ((3, 4),), {"elementwise_affine": False}),
    Layer("LayerNorm", (4,), ((3, 4),), {"bias": False}),
    Layer("LayerNorm", (4,), ((0, 4),)),
    Layer("LayerNorm", (1,), ((3, 1),)),
    Layer("RMSNorm", (4,), ((2, 3, 4),)),
    Layer("RMSNorm", ((3, 4),), ((2, 3, 4),), {"eps": 0.1}),
    Layer("RMSNorm", (4,), ((4,),), {"elementwise_affine": False}),
    Function("batch_norm", (*TWO, None, None, (C,), (C,)), {"training": True}),
    Function("batch_norm", (*IMAGES, None, None, None, (C,)), {"training": True, "eps": 0.1}),
    Function("batch_norm", (*IMAGES, MEAN, VAR, (C,), (C,)), fixed=(1, 2)),
    Function("batch_norm", (*TWO, MEAN, VAR, None, (C,)), {"eps": 0.1}, fixed=(1, 2)),
    Function("instance_norm", (*THREE, None, None, (C,), (C,))),
    Function("instance_norm", (*IMAGES, None, None, (C,)), {"eps": 0.1}),
    Function("instance_norm", (*IMAGES, MEAN, VAR, (C,), (C,)), {"use_input_stats": False}, fixed=(1, 2)),
    Function("layer_norm", ((2, 3, 4), [3, 4], np.ones((3, 4)), np.ones((3, 4))), {"eps": 0.1}),
    Function("layer_norm", ((2, 4), [4])),
    Function("group_norm", ((2, 4, 3), 2, (4,), (4,)), {"eps": 0.1}),
    Function("group_norm", ((2, 4), 1)),
    Function("rms_norm", ((2, 4), [4], (4,))),
    Function("rms_norm", ((2, 3, 4), [3, 4]), {"eps": 0.1}),
]
