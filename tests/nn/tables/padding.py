from tests.nn.rows import Function, Layer

SHAPES = {1: (2, 3, 4), 2: (2, 1, 4, 3), 3: (1, 1, 3, 2, 4)}
WIDTHS = {1: (2, 1), 2: (2, 1, 0, 3), 3: (1, 2, 0, 1, 1, 2)}
CROPS = {1: (-1, 2), 2: (-1, 0, 1, -2), 3: (0, -1, 1, 0, -1, 1)}

ROWS = [
    *(
        Layer(f"{kind}Pad{axes}d", (padding, *value), (shape,))
        for kind, value in {"Zero": (), "Constant": (1.5,), "Replication": (), "Reflection": (), "Circular": ()}.items()
        for axes in (1, 2, 3)
        for padding, shape in ((1, SHAPES[axes]), (WIDTHS[axes], SHAPES[axes][1:]), (CROPS[axes], SHAPES[axes]))
    ),
    *(
        Function("pad", (SHAPES[len(padding) // 2],), {"pad": padding, "mode": mode})
        for mode in ("constant", "reflect", "replicate", "circular")
        for padding in ((1, 1), (-1, 1, 2, 0), (1, 0, 0, 1, 1, -2))
    ),
    Function("pad", ((2, 3),), {"pad": (1, 0, 2, 1), "value": -2.0}),
    Function("pad", ((2, 3, 1, 2, 1),), {"pad": (0, 0, 0, 0, 1, 2, -1, 1)}),
    Function("pad", ((3,),), {"pad": ()}),
]
