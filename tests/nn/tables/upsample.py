from tests.nn.rows import Function, Layer

LINE, IMAGE = ((2, 3, 5),), ((2, 2, 3, 5),)

ROWS = [
    Layer("Upsample", (), LINE, {"scale_factor": 2}),
    Layer("Upsample", (), IMAGE, {"scale_factor": 2}),
    Layer("Upsample", (), IMAGE, {"size": (7, 4)}),
    Layer("Upsample", (2,), ((1, 1, 3, 4, 2),)),
    Layer("Upsample", (), IMAGE, {"scale_factor": (2.5, 0.6)}),
    Layer("Upsample", (8,), LINE, {"mode": "linear"}),
    Layer("Upsample", (), LINE, {"scale_factor": 1.7, "mode": "linear", "align_corners": True}),
    *(
        Layer("Upsample", (), IMAGE, {**size, "mode": "bilinear", "align_corners": align})
        for size in ({"scale_factor": 2}, {"scale_factor": (1.4, 0.5)}, {"size": (6, 3)}, {"size": 1})
        for align in (None, False, True)
    ),
    Layer("Upsample", (4,), ((1, 1, 1, 1),), {"mode": "bilinear"}),
    Layer("Upsample", (), LINE, {"scale_factor": 1.7, "mode": "linear", "recompute_scale_factor": True}),
    Layer("Upsample", (), IMAGE, {"scale_factor": (1.4, 0.5), "recompute_scale_factor": True}),
    Function("interpolate", LINE, {"size": 3}),
    Function("interpolate", LINE, {"size": 3, "mode": "nearest-exact"}),
    Function("interpolate", IMAGE, {"size": (2, 9), "mode": "area"}),
    Function("interpolate", IMAGE, {"scale_factor": 1.7, "mode": "bicubic"}),
    Function("interpolate", ((1, 1, 3, 4, 2),), {"size": (2, 5, 3), "mode": "trilinear"}),
    Function("interpolate", IMAGE, {"scale_factor": 3}),
    Function("interpolate", IMAGE, {"size": (2, 9), "mode": "bilinear"}),
    Function("interpolate", LINE, {"scale_factor": 0.7, "mode": "linear", "align_corners": False}),
]
