import numpy as np

from tests.nn.rows import Function, Layer

RNG = np.random.default_rng(5)
MODES = ("train",)  # a loss is the same in eval
EVERY = ("mean", "sum", "none")


def uniform(*shape, low=0.1, high=0.9):
    return RNG.uniform(low, high, shape)


def signs(*shape):
    return RNG.choice([-1.0, 1.0], shape)


def distribution(*shape):
    p = uniform(*shape)
    return p / p.sum(1, keepdims=True)


CLASSES = np.array([0, 3, 1])
PIXELS = RNG.integers(0, 3, (2, 2, 3))
WEIGHT = uniform(4, low=0.5, high=2.0)
FIRST, SECOND = uniform(3, 4), uniform(3, 4)
P, Q = uniform(3, 4), uniform(3, 4)
ZEROS_AND_ONES = np.array([[0.0, 1.0, 1.0, 0.0], [1.0, 0.0, 0.3, 0.0], [1.0, 1.0, 0.0, 0.0]])
LOG_Q = np.log(distribution(3, 4))
SPARSE = np.array([[0.5, 0.0, 0.5], [0.0, 0.0, 1.0]])
COUNTS = np.array([[0.0, 1.0, 2.0], [5.0, 3.0, 1.0]])
LABELS = np.array([1.0, -1.0, -1.0])


def layers(name, *inputs, options=(), **more):
    """A row for each reduction, and each of `options` with the default one."""
    reductions = [{"reduction": r} for r in EVERY]
    return [Layer(name, (), inputs, o, modes=MODES, **more) for o in [*reductions, *options]]


ROWS = [
    *layers("MSELoss", (3, 4), (3, 4)),
    Layer("MSELoss", (), ((1, 5), (1, 5)), modes=MODES),
    Layer("MSELoss", (), ((), ()), modes=MODES),
    *layers("L1Loss", (3, 4), (3, 4)),
    *layers("SmoothL1Loss", (3, 4), (3, 4), options=[{"beta": 0.3}, {"beta": 0.0}]),
    *layers("HuberLoss", (3, 4), (3, 4), options=[{"delta": 0.3}]),
    Function("mse_loss", ((3, 4), (3, 4))),
    Function("mse_loss", ((3, 4), (3, 4), P), {}, lambda f, x, t, w: f(x, t, weight=w), fixed=(2,)),
    Function(
        "mse_loss", ((3, 4), (3, 4), P), {"reduction": "sum"}, lambda f, x, t, w, **o: f(x, t, weight=w, **o), (2,)
    ),
    Function("l1_loss", ((3, 4), (3, 4))),
    Function("l1_loss", ((3, 4), (3, 4), P), {}, lambda f, x, t, w: f(x, t, weight=w), fixed=(2,)),
    Function("smooth_l1_loss", ((3, 4), (3, 4)), {"beta": 0.5}),
    Function("huber_loss", ((3, 4), (3, 4)), {"delta": 0.5}),
    Function("huber_loss", ((3, 4), (3, 4), P), {}, lambda f, x, t, w: f(x, t, weight=w), fixed=(2,)),
    # classes
    *layers(
        *("CrossEntropyLoss", (3, 4), CLASSES),
        options=[
            *({"weight": WEIGHT}, {"ignore_index": 3}, {"label_smoothing": 0.1}),
            *({"weight": WEIGHT, "reduction": r, "ignore_index": 0, "label_smoothing": 0.2} for r in EVERY),
        ],
    ),
    Layer("CrossEntropyLoss", (), ((3, 4), distribution(3, 4)), modes=MODES),
    *(
        Layer("CrossEntropyLoss", (), ((2, 4, 3), uniform(2, 4, 3)), {"reduction": r, **o}, modes=MODES)
        for r in EVERY
        for o in ({}, {"weight": WEIGHT, "label_smoothing": 0.2})
    ),
    Layer("CrossEntropyLoss", (), ((4,), np.array(2)), modes=MODES),
    Layer("CrossEntropyLoss", (), ((4,), np.array(2)), {"weight": WEIGHT, "label_smoothing": 0.1}, modes=MODES),
    Layer("CrossEntropyLoss", (), ((1, 1), np.array([0])), modes=MODES),
    Layer("CrossEntropyLoss", (), ((3, 4), np.array([-100, 2, -100])), modes=MODES),
    *(
        Layer("CrossEntropyLoss", (), ((2, 3, 2, 3), PIXELS), o, modes=MODES)
        for o in ({}, {"ignore_index": 1}, {"weight": WEIGHT[:3], "label_smoothing": 0.1, "reduction": "none"})
    ),
    Function("cross_entropy", ((3, 4), CLASSES)),
    Function("cross_entropy", ((3, 4), CLASSES, WEIGHT), fixed=(2,)),
    *layers("NLLLoss", (3, 4), CLASSES, options=[{"weight": WEIGHT}, {"weight": WEIGHT, "ignore_index": 3}]),
    Layer("NLLLoss", (), ((4,), np.array(2)), modes=MODES),
    Layer("NLLLoss", (), ((2, 3, 2, 3), PIXELS), {"reduction": "none"}, modes=MODES),
    Layer("NLLLoss", (), ((2, 3, 2, 3), PIXELS), {"ignore_index": 1}, modes=MODES),
    Function("nll_loss", ((3, 4), CLASSES, WEIGHT), {"ignore_index": 1}, fixed=(2,)),
    *layers("BCELoss", P, Q, options=[{"weight": WEIGHT}, {"weight": uniform(3, 1), "reduction": "none"}]),
    Layer("BCELoss", (), (P, ZEROS_AND_ONES), fixed=(1,), modes=MODES),
    Function("binary_cross_entropy", (P, Q, WEIGHT), fixed=(2,)),
    *layers(
        *("BCEWithLogitsLoss", (3, 4), Q),
        options=[{"weight": WEIGHT}, {"pos_weight": WEIGHT}, {"weight": FIRST, "pos_weight": WEIGHT}],
    ),
    Layer("BCEWithLogitsLoss", (), ((3, 4), ZEROS_AND_ONES), modes=MODES),
    Layer("BCEWithLogitsLoss", (), ((), np.array(1.0)), modes=MODES),
    Function("binary_cross_entropy_with_logits", ((3, 4), Q)),
    Function(
        *("binary_cross_entropy_with_logits", ((3, 4), Q, WEIGHT), {"reduction": "sum"}),
        *(lambda f, x, t, w, **o: f(x, t, pos_weight=w, **o), (2,)),
    ),
    # distributions ("mean" makes PyTorch warn, see test_losses.py)
    *(
        Layer("KLDivLoss", (), ((3, 4), target), {"reduction": r, "log_target": log}, modes=MODES)
        for r in ("batchmean", "sum", "none")
        for target, log in ((P, False), (LOG_Q, True))
    ),
    Layer("KLDivLoss", (), ((2, 3), SPARSE), {"reduction": "batchmean"}, fixed=(1,), modes=MODES),
    Layer("KLDivLoss", (), ((), np.array(0.5)), {"reduction": "batchmean"}, modes=MODES),
    Function("kl_div", ((3, 4), P), {"reduction": "batchmean"}),
    *layers("PoissonNLLLoss", (2, 3), COUNTS),
    Layer("PoissonNLLLoss", (), ((2, 3), COUNTS + 0.2), {"full": True}, modes=MODES),
    Layer("PoissonNLLLoss", (), (uniform(2, 3), COUNTS + 0.2), {"log_input": False, "full": True}, modes=MODES),
    Layer("PoissonNLLLoss", (), (uniform(2, 3), COUNTS), {"log_input": False, "eps": 0.1}, modes=MODES),
    Function("poisson_nll_loss", ((2, 3), COUNTS.astype(int))),
    *layers("GaussianNLLLoss", (3, 4), (3, 4), FIRST, options=[{"full": True}, {"eps": 0.05, "full": True}]),
    *(Layer("GaussianNLLLoss", (), ((3, 4), (3, 4), uniform(*s)), modes=MODES) for s in ((3, 1), (1, 4), (3,))),
    Layer("GaussianNLLLoss", (), ((3,), (3,), uniform(3)), {"reduction": "sum"}, modes=MODES),
    Function("gaussian_nll_loss", ((3, 4), (3, 4), 0.5)),
    Function("gaussian_nll_loss", ((3, 4), (3, 4), uniform(3, 1)), {"full": True, "reduction": "none"}),
    # distances
    *layers("CosineEmbeddingLoss", (3, 4), (3, 4), LABELS, options=[{"margin": -0.9}], fixed=(2,)),
    Layer("CosineEmbeddingLoss", (), ((4,), (4,), np.array(1.0)), fixed=(2,), modes=MODES),
    Layer("CosineEmbeddingLoss", (), ((4,), (4,), np.array(-1)), {"margin": -0.9}, modes=MODES),
    Function("cosine_embedding_loss", ((3, 4), (3, 4), LABELS), {"margin": -0.9}, fixed=(2,)),
    *layers("MarginRankingLoss", (5,), (5,), signs(5), options=[{"margin": 0.7}], fixed=(2,)),
    Layer("MarginRankingLoss", (), ((2, 3), (2, 3), signs(2, 3)), fixed=(2,), modes=MODES),
    Function("margin_ranking_loss", ((5,), (5,), signs(5)), {"margin": 0.3}, fixed=(2,)),
    *layers("HingeEmbeddingLoss", (3, 4), signs(3, 4), options=[{"margin": 0.4}], fixed=(1,)),
    Function("hinge_embedding_loss", ((3, 4), signs(3, 4)), {"margin": 2.0}, fixed=(1,)),
    *layers(
        *("TripletMarginLoss", (4, 3), (4, 3), (4, 3)),
        options=[
            *({"margin": 3.0}, {"swap": True}, {"p": 1.0}, {"p": 3.0, "eps": 1e-3}, {"p": np.inf}),
            {"margin": 4.0, "p": 1.0, "swap": True, "reduction": "none"},
        ],
    ),
    Layer("TripletMarginLoss", (), ((3,), (3,), (3,)), {"margin": 5.0}, modes=MODES),
    Function("triplet_margin_loss", ((4, 3), (4, 3), (4, 3)), {"margin": 2.0, "swap": True}),
]
