import inspect

import numpy as np
import pytest
import scipy.special as sp

import autograd
import nn
from autograd import DtypeError, ShapeError, Tensor, gradients
from nn import functional as f

INF = float("inf")


def leaf(values, dtype=np.float64):
    return Tensor(np.array(values, dtype), requires_grad=True)


def shape(*lengths):
    return np.full(lengths, 0.5)


# -- wrong input ---------------------------------------------------------------------------------------

COLUMN, ROW = shape(3, 1), shape(3)
SAME_SHAPE = {
    "mse_loss": nn.MSELoss(),
    "l1_loss": nn.L1Loss(),
    "smooth_l1_loss": nn.SmoothL1Loss(),
    "huber_loss": nn.HuberLoss(),
    "binary_cross_entropy": nn.BCELoss(),
    "binary_cross_entropy_with_logits": nn.BCEWithLogitsLoss(),
    "kl_div": nn.KLDivLoss(),
    "hinge_embedding_loss": nn.HingeEmbeddingLoss(),
    "poisson_nll_loss": nn.PoissonNLLLoss(),
    "gaussian_nll_loss": lambda x, t: nn.GaussianNLLLoss()(x, t, COLUMN),
    "margin_ranking_loss": lambda x, t: nn.MarginRankingLoss()(x, t, ROW),
    "triplet_margin_loss": lambda x, t: nn.TripletMarginLoss()(x, t, x),
    "cosine_embedding_loss": lambda x, t: nn.CosineEmbeddingLoss()(x, t, ROW),
}


@pytest.mark.parametrize("name", SAME_SHAPE)
def test_shapes_that_would_broadcast_are_an_error_with_both_and_the_mend(name):
    with pytest.raises(ShapeError, match=rf"{name}: .*\(3, 1\).*\(3,\).*reshape one"):
        SAME_SHAPE[name](COLUMN, ROW)


def test_a_target_of_a_normal_density_may_broadcast_to_the_input():
    x, var = np.random.default_rng(0).standard_normal((3, 4)), np.full((3, 4), 2.0)

    for target in (x[:, :1], x[:1], x[1, 2]):
        full = np.broadcast_to(target, x.shape)
        assert f.gaussian_nll_loss(x, np.asarray(target), var) == f.gaussian_nll_loss(x, full, var)
    with pytest.warns(autograd.MistakeWarning, match=r"target \(4,\) is compared with every row of input \(3, 4\)"):
        assert f.gaussian_nll_loss(x, x[0], var) == f.gaussian_nll_loss(x, np.broadcast_to(x[0], x.shape), var)


@pytest.mark.parametrize("name", SAME_SHAPE)
def test_lists_and_integers_as_predictions_are_errors_that_say_what_to_do(name):
    with pytest.raises(TypeError, match=rf"{name}: .*list.*autograd.tensor"):
        SAME_SHAPE[name]([0.5], shape(1))
    with pytest.raises(DtypeError, match=rf"{name}: .*int64.*astype"):
        SAME_SHAPE[name](np.ones((3, 1), np.int64), COLUMN)


@pytest.mark.parametrize("dtype", [complex, object])
@pytest.mark.parametrize("name", [name for name in SAME_SHAPE if name != "l1_loss"])
def test_targets_that_hold_no_real_numbers_are_an_error(name, dtype):
    with pytest.raises(DtypeError, match=rf"{name}: .* has dtype {np.dtype(dtype)}"):
        SAME_SHAPE[name](COLUMN, COLUMN.astype(dtype))


def test_of_complex_numbers_there_is_the_absolute_error_and_others_name_it():
    z = Tensor(COLUMN + 1j, requires_grad=True)
    f.l1_loss(z, COLUMN, "sum").backward()

    np.testing.assert_array_equal(z.grad.data, np.full(COLUMN.shape, 1j))
    with pytest.raises(DtypeError, match=r"mse_loss: input has dtype complex128.*abs\(z\).*l1_loss"):
        f.mse_loss(z, COLUMN)


LOGITS, CLASSES = shape(3, 4), np.array([0, 3, 1])
WRONG = {
    "triplet, the negative": (
        lambda: nn.TripletMarginLoss()(COLUMN, COLUMN, ROW),
        *(ShapeError, r"triplet_margin_loss: anchor \(3, 1\) and negative \(3,\)"),
    ),
    "ranking, the target": (
        lambda: nn.MarginRankingLoss()(COLUMN, COLUMN, ROW),
        *(ShapeError, r"margin_ranking_loss: input1 \(3, 1\) and target \(3,\)"),
    ),
    "cosine, the target": (
        lambda: nn.CosineEmbeddingLoss()(LOGITS, LOGITS, COLUMN),
        *(ShapeError, r"input1 \(3, 4\), target \(3, 1\) do not fit"),
    ),
    "a number as triplet": (
        lambda: nn.TripletMarginLoss()(shape(), shape(), shape()),
        *(ShapeError, r"triplet_margin_loss: anchor \(\)"),
    ),
    "labels 0 and 1": (
        lambda: nn.HingeEmbeddingLoss()(ROW, np.array([0, 1, 1])),
        *(ValueError, r"hinge_embedding_loss: target holds 0.*2 \* target - 1"),
    ),
    "cosine labels": (
        lambda: nn.CosineEmbeddingLoss()(LOGITS, LOGITS, np.array([0, 1, 1])),
        *(ValueError, r"cosine_embedding_loss: target holds 0"),
    ),
    "ranking labels": (
        lambda: nn.MarginRankingLoss()(ROW, ROW, Tensor([1.0, 0.5, 1.0])),
        *(ValueError, r"margin_ranking_loss: target holds 0\.5"),
    ),
    "margin of several": (
        lambda: f.hinge_embedding_loss(ROW, np.ones(3), margin=ROW),
        *(TypeError, r"hinge_embedding_loss: margin=\(ndarray of shape \(3,\)\) is not a real number"),
    ),
    "ignore_index of a letter": (
        lambda: f.cross_entropy(LOGITS, CLASSES, ignore_index="a"),
        *(TypeError, "cross_entropy: ignore_index='a' is not an integer"),
    ),
    "nll ignore_index": (lambda: f.nll_loss(LOGITS, CLASSES, ignore_index=None), TypeError, "nll: ignore_index"),
    "integer positives": (
        lambda: nn.TripletMarginLoss()(LOGITS, LOGITS.astype(int), LOGITS),
        *(DtypeError, r"triplet_margin_loss: positive has dtype int64, not floats"),
    ),
    "integer negatives": (
        lambda: nn.TripletMarginLoss()(LOGITS, LOGITS, LOGITS.astype(int)),
        *(DtypeError, r"triplet_margin_loss: negative has dtype int64, not floats"),
    ),
    "an integer distribution": (
        lambda: nn.KLDivLoss()(LOGITS, LOGITS.astype(int)),
        *(DtypeError, r"kl_div: target has dtype int64, not floats"),
    ),
    "cosine labels in a list": (
        lambda: nn.CosineEmbeddingLoss()(LOGITS, LOGITS, [1, 1, 1]),
        *(TypeError, r"cosine_embedding_loss: target is a list"),
    ),
    "complex cosine labels": (
        lambda: nn.CosineEmbeddingLoss()(LOGITS, LOGITS, ROW * 2j),
        *(DtypeError, r"cosine_embedding_loss: target has dtype complex128"),
    ),
    "a list of weights": (
        lambda: f.binary_cross_entropy(ROW, ROW, [1.0]),
        *(TypeError, r"binary_cross_entropy: weight is a list"),
    ),
    "a var of letters": (lambda: nn.GaussianNLLLoss()(ROW, ROW, "a"), TypeError, "gaussian_nll_loss: var='a'"),
    "a var in a list": (lambda: nn.GaussianNLLLoss()(ROW, ROW, [1.0]), TypeError, "gaussian_nll_loss: var is a list"),
    "a bad reduction": (lambda: f.l1_loss(ROW, ROW, "avg"), ValueError, "l1_loss: reduction='avg'.*'mean'"),
    "batchmean elsewhere": (lambda: f.cross_entropy(LOGITS, CLASSES, reduction="batchmean"), ValueError, "reduction"),
    "weights of another count": (
        lambda: f.cross_entropy(LOGITS, CLASSES, shape(3)),
        *(ShapeError, r"cross_entropy: weight \(3,\) for \(3, 4\); give one per class, \(4,\)"),
    ),
    "one weight for all": (
        lambda: nn.NLLLoss(weight=shape(1))(LOGITS, CLASSES),
        *(ShapeError, r"nll: weight \(1,\) for \(3, 4\)"),
    ),
    "a class outside": (
        lambda: nn.CrossEntropyLoss()(LOGITS, np.array([0, 4, 1])),
        *(IndexError, "cross_entropy: a target is class 4, but the 4 classes are numbered 0 to 3"),
    ),
    "a negative class": (lambda: nn.NLLLoss()(LOGITS, np.array([0, -1, 1])), IndexError, "nll: a target is class -1"),
    "-100 while another is ignored": (
        lambda: nn.CrossEntropyLoss(ignore_index=0)(LOGITS, np.array([0, -100, 1])),
        *(IndexError, "class -100"),
    ),
    "classes as floats": (
        lambda: nn.CrossEntropyLoss()(LOGITS, CLASSES.astype(float)),
        *(DtypeError, r"cross_entropy: .*float64.*astype\(np.int64\).*probabilities"),
    ),
    "nll classes as floats": (lambda: nn.NLLLoss()(LOGITS, CLASSES * 1.0), DtypeError, r"nll: .*astype\(np.int64\)"),
    "classes as booleans": (lambda: nn.CrossEntropyLoss()(LOGITS, CLASSES > 0), DtypeError, "bool"),
    "probabilities for nll": (lambda: nn.NLLLoss()(LOGITS, LOGITS), ShapeError, r"nll: .*integer targets \(3,\)"),
    "a target of another shape": (
        lambda: nn.CrossEntropyLoss()(LOGITS, CLASSES[:, None]),
        *(ShapeError, r"integer targets \(3,\) or probabilities \(3, 4\), not int64 \(3, 1\)"),
    ),
    "logits without classes": (lambda: nn.CrossEntropyLoss()(shape(), np.array(0)), ShapeError, "class axis"),
    "lists for logits": (lambda: nn.CrossEntropyLoss()([[0.5]], [0]), TypeError, r"floats.*not \[\[0.5\]\]"),
    "integer logits": (lambda: nn.CrossEntropyLoss()(np.ones((3, 4), int), CLASSES), DtypeError, "floats.*int64"),
    "an ignored class among probabilities": (
        lambda: nn.CrossEntropyLoss(ignore_index=1)(LOGITS, LOGITS),
        *(ValueError, "cross_entropy: the targets are probabilities"),
    ),
    "logits for BCELoss": (
        lambda: nn.BCELoss()(np.array([-2.0, 3.0]), shape(2)),
        *(ValueError, r"prediction reaches from -2 to 3.*BCEWithLogitsLoss"),
    ),
    "signs for BCELoss": (
        lambda: nn.BCELoss()(shape(2), np.array([-1.0, 1.0])),
        *(ValueError, "target reaches from -1 to 1"),
    ),
    "a weight that enlarges": (
        lambda: nn.BCELoss(weight=ROW)(COLUMN, COLUMN),
        *(ShapeError, r"binary_cross_entropy: weight \(3,\) for input \(3, 1\)"),
    ),
    "a pos_weight that enlarges": (
        lambda: nn.BCEWithLogitsLoss(pos_weight=shape(3, 1))(ROW, ROW),
        *(ShapeError, r"binary_cross_entropy_with_logits: pos_weight \(3, 1\) for input \(3,\)"),
    ),
    "a pos_weight of other classes": (
        lambda: nn.BCEWithLogitsLoss(pos_weight=shape(3))(LOGITS, LOGITS),
        *(ShapeError, r"pos_weight \(3,\) for input \(3, 4\)"),
    ),
    "weights of elements": (
        lambda: f.mse_loss(COLUMN, COLUMN, weight=ROW),
        *(ShapeError, r"mse_loss: input \(3, 1\) and weight \(3,\)"),
    ),
    "huber weights": (lambda: f.huber_loss(COLUMN, COLUMN, weight=ROW), ShapeError, "huber_loss: .*weight"),
    "a var of another shape": (
        lambda: nn.GaussianNLLLoss()(LOGITS, LOGITS, shape(4)),
        *(ShapeError, r"gaussian_nll_loss: var \(4,\) for input \(3, 4\)"),
    ),
    "a var of two short axes": (lambda: nn.GaussianNLLLoss()(LOGITS, LOGITS, shape(1, 1)), ShapeError, r"var \(1, 1\)"),
    "a negative var": (lambda: nn.GaussianNLLLoss()(ROW, ROW, -ROW), ValueError, "var holds -0.5"),
    "a negative rate": (lambda: nn.PoissonNLLLoss(log_input=False)(-ROW, ROW), ValueError, "a rate of -0.5.*softplus"),
    "delta of 0": (lambda: f.huber_loss(ROW, ROW, delta=0.0), ValueError, "huber_loss: delta=0.0 is not above 0"),
    "beta below 0": (lambda: f.smooth_l1_loss(ROW, ROW, beta=-1.0), ValueError, "smooth_l1_loss: beta=-1.0"),
    "smoothing above 1": (lambda: f.cross_entropy(LOGITS, CLASSES, label_smoothing=1.5), ValueError, "label_smoothing"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_is_an_error_that_names_the_mend(case):
    call, error, text = WRONG[case]
    with pytest.raises(error, match=text):
        call()


BAD_ARGUMENTS = [
    *((name, {"reduction": "avg"}, ValueError) for name in [*nn.losses.__all__, *nn.embedding_losses.__all__]),
    ("SmoothL1Loss", {"beta": -1.0}, ValueError),
    ("HuberLoss", {"delta": 0.0}, ValueError),
    ("CrossEntropyLoss", {"label_smoothing": 2.0}, ValueError),
    ("PoissonNLLLoss", {"eps": -1.0}, ValueError),
    ("GaussianNLLLoss", {"eps": 0.0}, ValueError),
    ("TripletMarginLoss", {"margin": 0.0}, ValueError),
    ("TripletMarginLoss", {"p": 0.0}, ValueError),
    ("TripletMarginLoss", {"eps": -1.0}, ValueError),
    *((name, {"margin": bad}, TypeError) for name in nn.embedding_losses.__all__ for bad in (np.ones(2), "a", None)),
    *((name, {"margin": np.nan}, ValueError) for name in nn.embedding_losses.__all__),
    *((name, {"reduction": None}, TypeError) for name in [*nn.losses.__all__, *nn.embedding_losses.__all__]),
    ("SmoothL1Loss", {"beta": "a"}, TypeError),
    ("HuberLoss", {"delta": "a"}, TypeError),
    ("HuberLoss", {"delta": True}, TypeError),
    ("CrossEntropyLoss", {"label_smoothing": "a"}, TypeError),
    ("CrossEntropyLoss", {"weight": "a"}, TypeError),
    ("CrossEntropyLoss", {"weight": np.ones((2, 2))}, ShapeError),
    ("NLLLoss", {"weight": 1.0}, ShapeError),
    ("NLLLoss", {"weight": np.array([1j])}, TypeError),
    ("BCELoss", {"weight": "a"}, TypeError),
    ("BCEWithLogitsLoss", {"pos_weight": {1: 2}}, TypeError),
    *((name, {"ignore_index": bad}, TypeError) for name in ("CrossEntropyLoss", "NLLLoss") for bad in ("a", None, 1.0)),
    ("KLDivLoss", {"log_target": "a"}, TypeError),
    ("PoissonNLLLoss", {"log_input": 0}, TypeError),
    ("PoissonNLLLoss", {"full": None}, TypeError),
    ("PoissonNLLLoss", {"eps": "a"}, TypeError),
    ("GaussianNLLLoss", {"full": "a"}, TypeError),
    ("GaussianNLLLoss", {"eps": None}, TypeError),
    ("TripletMarginLoss", {"p": "a"}, TypeError),
    ("TripletMarginLoss", {"eps": "a"}, TypeError),
    ("TripletMarginLoss", {"swap": 1}, TypeError),
]


@pytest.mark.parametrize(("name", "options", "error"), BAD_ARGUMENTS, ids=str)
def test_bad_arguments_are_errors_at_construction(name, options, error):
    (argument,) = options
    with pytest.raises(error, match=f"{name}: {argument}"):
        getattr(nn, name)(**options)


def test_an_error_names_the_layer():
    with pytest.raises(ShapeError) as caught:
        nn.HuberLoss(delta=2.0)(COLUMN, ROW)

    assert "in HuberLoss(delta=2.0), given float64 (3, 1), float64 (3,)" in caught.value.__notes__


# -- numbers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["CrossEntropyLoss", "NLLLoss", "BCELoss", "BCEWithLogitsLoss"])
def test_weights_are_buffers_and_absent_where_none_is_given(name):
    layer = getattr(nn, name)
    names = [n for n in inspect.signature(layer).parameters if "weight" in n]

    assert list(layer(**dict.fromkeys(names, np.ones(4))).state_dict()) == names
    assert list(layer().state_dict()) == []
    assert list(layer(**dict.fromkeys(names, np.ones(4))).parameters()) == []


@pytest.mark.parametrize(
    "run",
    [
        lambda x, w: f.cross_entropy(x, CLASSES, w),
        lambda x, w: f.cross_entropy(x, CLASSES, w, label_smoothing=0.1),
        lambda x, w: f.nll_loss(x, CLASSES, w),
        lambda x, w: f.binary_cross_entropy(x, np.ones((3, 4), int), w),
        lambda x, w: f.binary_cross_entropy_with_logits(x, np.ones((3, 4), bool), w, pos_weight=w),
        lambda x, w: f.mse_loss(x, np.ones((3, 4), int)),
        lambda x, w: f.poisson_nll_loss(x, np.ones((3, 4), int), full=True),
        lambda x, w: f.gaussian_nll_loss(x, np.ones((3, 4), int), 0.5),
        lambda x, w: f.hinge_embedding_loss(x, np.ones((3, 4), int)),
        lambda x, w: f.margin_ranking_loss(x, x, np.ones((3, 4), int)),
        lambda x, w: f.cosine_embedding_loss(x, x, np.ones(3, int)),
        lambda x, w: f.triplet_margin_loss(x, x, x),
        lambda x, w: f.smooth_l1_loss(x, np.zeros((3, 4), int), beta=0.2),
    ],
)
def test_float32_stays_float32_beside_integer_targets_and_double_weights(run):
    x = leaf(LOGITS, np.float32)
    loss = run(x, shape(4))

    assert loss.dtype == gradients(loss, x).dtype == np.float32


def test_a_mean_over_ignored_rows_only_is_nan_as_in_pytorch_with_gradient_0():
    for function in (f.cross_entropy, f.nll_loss):
        x = leaf(LOGITS)
        loss = function(x, np.array([-100, -100, -100]))

        assert np.isnan(loss.item())
        assert not gradients(loss, x).data.any()
        assert function(x, np.array([-100, -100, -100]), reduction="sum").item() == 0.0


def test_ignored_rows_and_classes_of_weight_0_cost_nothing_even_at_infinity():
    x = leaf([[-INF, 0.0], [0.0, 0.0]])
    for options in ({"ignore_index": 0}, {"weight": np.array([0.0, 1.0])}):
        for function in (f.cross_entropy, f.nll_loss):
            loss = function(x, np.array([0, 1]), **options)
            assert np.isfinite(loss.item())
            assert np.isfinite(gradients(loss, x).data).all()


def test_cross_entropy_of_a_row_of_only_minus_infinity_is_infinite_with_a_finite_gradient():
    x = leaf([[-INF, -INF], [0.0, 0.0]])
    losses = f.cross_entropy(x, np.array([0, 1]), reduction="none")

    assert losses.tolist() == [INF, np.log(2.0)]
    assert gradients(losses, x, np.ones(2)).tolist() == [[-1.0, 0.0], [0.5, -0.5]]


def test_a_probability_of_0_costs_nothing_at_a_logit_of_minus_infinity():
    x = leaf([[0.0, -INF]])
    loss = f.cross_entropy(x, np.array([[1.0, 0.0]]))

    assert loss.item() == 0.0
    assert gradients(loss, x).tolist() == [[0.0, 0.0]]


def test_cross_entropy_is_nll_after_log_softmax_and_one_hot_probabilities():
    rng = np.random.default_rng(0)
    x, target = rng.normal(size=(2, 3, 4)), rng.integers(0, 3, (2, 4))
    direct = f.cross_entropy(x, target, reduction="none")

    np.testing.assert_allclose(direct, f.nll_loss(sp.log_softmax(x, 1), target, reduction="none"))
    np.testing.assert_allclose(direct, f.cross_entropy(x, np.moveaxis(np.eye(3)[target], 2, 1), reduction="none"))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_binary_cross_entropy_with_logits_is_stable(dtype):
    x = leaf([1e4, -1e4, 1e4, -1e4], dtype)
    target = np.array([1, 0, 0, 1])
    for weight, slopes in ((None, [0, 0, 1, -1]), (np.float64(3.0), [0, 0, 1, -3])):
        losses = f.binary_cross_entropy_with_logits(x, target, reduction="none", pos_weight=weight)
        np.testing.assert_array_equal(losses.data, 1e4 * np.abs(slopes))
        np.testing.assert_array_equal(gradients(losses, x, np.ones(4)).data, slopes)


def test_bce_limits_the_logarithm_at_minus_100_and_the_slope_as_pytorch_does():
    p = leaf([0.0, 1.0, 0.0, 1.0])
    losses = f.binary_cross_entropy(p, np.array([0.0, 0.0, 1.0, 1.0]), reduction="none")

    assert losses.tolist() == [0.0, 100.0, 100.0, 0.0]
    np.testing.assert_allclose(gradients(losses, p, np.ones(4)).data, [0.0, 1e12, -1e12, 0.0])


def test_where_the_target_of_kl_div_is_0_it_is_0_even_at_minus_infinity():
    x = leaf([[-INF, 0.0]])
    for target, log in ((np.array([[0.0, 1.0]]), False), (np.array([[-INF, 0.0]]), True)):
        loss = f.kl_div(x, target, "sum", log)
        assert loss.item() == 0.0
        assert gradients(loss, x).tolist() == [[0.0, -1.0]]


def test_kl_div_averages_over_elements_or_rows():
    rng = np.random.default_rng(0)
    p, q = (sp.softmax(rng.normal(size=(2, 3)), 1) for _ in range(2))
    expected = sp.rel_entr(q, p).sum()

    np.testing.assert_allclose(nn.KLDivLoss("batchmean")(np.log(p), q), expected / 2)
    np.testing.assert_allclose(nn.KLDivLoss()(np.log(p), q), expected / 6)


def test_absolute_differences_have_gradient_0_where_there_is_none():
    x = leaf([1.0, 1.0])
    for loss in (nn.L1Loss("sum"), nn.SmoothL1Loss("sum", beta=0.0), nn.SmoothL1Loss("sum"), nn.HuberLoss("sum")):
        assert gradients(loss(x, np.array([1.0, 1.0])), x).tolist() == [0.0, 0.0]


def test_smooth_l1_and_huber_are_continuous_at_their_kink_and_agree():
    for size in (0.5, 0.5 - 1e-9, 0.5 + 1e-9):
        x = leaf(size)
        smooth, huber = f.smooth_l1_loss(x, np.array(0.0), beta=0.5), f.huber_loss(x, np.array(0.0), delta=0.5)
        assert smooth.item() == pytest.approx(0.25)
        assert huber.item() == pytest.approx(0.125)
        assert gradients(smooth, x).item() == pytest.approx(1.0)


def test_two_equal_scores_are_moved_apart():
    a, b = leaf([1.0]), leaf([1.0])
    loss = nn.MarginRankingLoss()(a, b, np.array([1]))

    assert [g.item() for g in gradients(loss, [a, b])] == [-1.0, 1.0]


def test_a_variance_below_eps_counts_as_eps_and_its_gradient_still_pushes_it():
    var = leaf([0.0, 1e-9, 1.0])
    loss = f.gaussian_nll_loss(np.zeros(3), np.ones(3), var, reduction="none")
    found = gradients(loss, var, np.ones(3))

    np.testing.assert_allclose(loss.data[:2], 0.5 * (np.log(1e-6) + 1e6))
    np.testing.assert_allclose(found.data, 0.5 * (1 / np.array([1e-6, 1e-6, 1.0]) - np.array([1e12, 1e12, 1.0])))
    np.testing.assert_allclose(f.gaussian_nll_loss(np.zeros(3), np.ones(3), var.data, reduction="none"), loss.data)


def test_cosine_embedding_of_zeros_is_1_and_has_a_finite_gradient():
    x = leaf(np.zeros(3))
    loss = f.cosine_embedding_loss(x, np.ones(3), np.array(1))

    assert loss.item() == 1.0
    assert np.isfinite(gradients(loss, x).data).all()


def test_arrays_in_give_an_array_and_tensors_in_a_tensor():
    assert not isinstance(nn.GaussianNLLLoss()(ROW, ROW, ROW), Tensor)
    assert isinstance(nn.CrossEntropyLoss()(Tensor(LOGITS), CLASSES), Tensor)
    assert not isinstance(nn.CrossEntropyLoss()(LOGITS, CLASSES), Tensor)


def test_repr_shows_what_is_not_the_default():
    assert repr(nn.MSELoss()) == "MSELoss()"
    assert repr(nn.L1Loss("sum")) == "L1Loss(reduction='sum')"
    assert repr(nn.CrossEntropyLoss(np.ones(3), 0)) == "CrossEntropyLoss(weight=(3,), ignore_index=0)"
    assert repr(nn.GaussianNLLLoss(full=True)) == "GaussianNLLLoss(full=True)"


def test_a_model_is_trained_by_every_loss_on_classes():
    autograd.seed(0)
    x = np.random.default_rng(0).normal(size=(30, 2)).astype(np.float32)
    target = (x[:, 0] > x[:, 1]).astype(int)
    for loss in (nn.CrossEntropyLoss(np.array([1.0, 2.0]), label_smoothing=0.01), nn.CrossEntropyLoss()):
        layer = nn.Linear(2, 2)
        for _ in range(60):
            layer.zero_grad()
            loss(layer(x), target).backward()
            for p in layer.parameters():
                p.data = p.data - 0.5 * p.grad.data
        assert (layer(x).data.argmax(1) == target).mean() > 0.95


def test_a_loss_layer_called_like_a_function_says_so():
    logits, target = autograd.Tensor([[1.0, 2.0]], requires_grad=True) * 2, np.array([1])
    for call in (lambda: nn.CrossEntropyLoss(logits, target), lambda: nn.MSELoss(logits)):
        with pytest.raises(TypeError, match="made first and then called"):
            call()


def test_targets_of_another_shape_get_advice():
    with pytest.raises(autograd.ShapeError, match=r"classes stand on axis 1.*\(-1, C\)"):
        f.cross_entropy(np.zeros((2, 3, 5)), np.zeros((2, 3), int))
    with pytest.raises(autograd.ShapeError, match=r"one-hot targets need .astype"):
        f.cross_entropy(np.zeros((2, 3)), np.zeros((2, 3), int))
