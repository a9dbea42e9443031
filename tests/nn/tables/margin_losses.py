import numpy as np

from tests.nn.rows import Function

from .losses import CLASSES, WEIGHT, ZEROS_AND_ONES, layers, signs, uniform

FAR = np.array([[-400.0, 0.2, 3.0, 500.0]])
LISTED = np.array([[3, 0, -1, 1], [-1, 1, 2, 0], [2, 1, 0, 3]])

ROWS = [
    *layers("SoftMarginLoss", (3, 4), signs(3, 4), fixed=(1,)),
    *layers("MultiLabelSoftMarginLoss", (3, 4), ZEROS_AND_ONES, fixed=(1,), options=[{"weight": WEIGHT}]),
    *layers("MultiLabelSoftMarginLoss", (4,), ZEROS_AND_ONES[0], fixed=(1,)),
    *layers(
        *("MultiMarginLoss", (3, 4), CLASSES),
        options=[{"p": 2}, {"margin": 0.3}, {"weight": WEIGHT}, {"weight": WEIGHT, "reduction": "sum", "p": 2}],
    ),
    *layers("MultiMarginLoss", (4,), np.array(2)),
    *layers("MultiLabelMarginLoss", (3, 4), LISTED),
    *layers("MultiLabelMarginLoss", (4,), LISTED[0]),
    Function("soft_margin_loss", ((2, 3, 2), signs(2, 3, 2)), {"reduction": "sum"}, fixed=(1,)),
    Function("multilabel_soft_margin_loss", (FAR, ZEROS_AND_ONES[:1]), {"reduction": "none"}, fixed=(1,)),
    Function("multilabel_soft_margin_loss", ((3, 4), uniform(3, 4)), {"weight": WEIGHT}, fixed=(1,)),
    Function("multi_margin_loss", ((3, 4), CLASSES), {"p": 2, "margin": 0.5}),
    Function("multi_margin_loss", ((3, 4), CLASSES, WEIGHT), {}, lambda f, x, t, w: f(x, t, weight=w), fixed=(2,)),
    Function("multilabel_margin_loss", (FAR, LISTED[2:]), {"reduction": "none"}),
]
