from tests.nn.rows import Function, Layer

ROWS = [
    Layer("Linear", (3, 2), ((4, 3),)),
    Layer("Linear", (3, 2), ((3,),), {"bias": False}),
    Layer("Linear", (1, 1), ((1, 1),)),
    Layer("Linear", (3, 2), ((2, 0, 3),)),
    Layer("Linear", (3, 4), ((2, 5, 3),)),
    Function("linear", ((4, 3), (2, 3), (2,))),
    Function("linear", ((2, 4, 3), (2, 3))),
]
