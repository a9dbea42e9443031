import numpy as np
import pytest

import autograd
import nn
from autograd import DtypeError, ShapeError, Tensor
from autograd.ops import normalize
from nn import functional as F


def numbers(*shape, dtype=np.float32, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def image(*shape):
    return np.ones(shape, np.float32)


WRONG_INPUTS = [
    (nn.BatchNorm1d(3), image(4, 2), r"BatchNorm1d: input \(4, 2\) .* \(N, C=3, L\) or \(N, C=3\): C is 2"),
    (nn.BatchNorm1d(3), image(3), r"BatchNorm1d.*\(3,\)"),
    (nn.BatchNorm1d(3), image(2, 3, 4, 5), "BatchNorm1d.*input has 4 axes"),
    (nn.BatchNorm1d(3), image(1, 3), r"batch_norm: x \(1, 3\) has no more than one value per channel.*eval"),
    (nn.BatchNorm1d(3), image(0, 3), "no more than one value per channel"),
    (nn.BatchNorm2d(3), image(3, 4, 4), r"BatchNorm2d.*\(N, C=3, H, W\): input has 3 axes"),
    (nn.BatchNorm2d(3), image(2, 4, 4, 3), r"BatchNorm2d.*C=3.*C is 4"),
    (nn.BatchNorm2d(3), image(1, 3, 1, 1), "no more than one value per channel"),
    (nn.InstanceNorm2d(3), image(2, 4, 5, 5), r"InstanceNorm2d.*\(N, C=3, H, W\) or \(C=3, H, W\)"),
    (nn.InstanceNorm2d(3), image(5, 5), "InstanceNorm2d.*has 2 axes"),
    (nn.InstanceNorm2d(3), image(2, 3, 1, 1), "instance_norm.*no more than one value per channel of a sample"),
    (nn.GroupNorm(2, 4), image(2, 6), r"GroupNorm.*\(2, 6\) does not fit input \(N, C=4, ...\)"),
    (nn.GroupNorm(2, 4), image(4), "GroupNorm.*has 1 axis"),
    (nn.GroupNorm(4, 4), image(1, 4), "group_norm.*no more than one value in each of 4 groups"),
    (nn.LayerNorm((3, 4)), image(2, 4, 3), r"layer_norm: normalized_shape \(3, 4\).*\(2, 4, 3\) differ"),
    (nn.LayerNorm(4), np.float32(1.0), "layer_norm.*differ"),
    (nn.RMSNorm(4), image(4, 3), r"rms_norm: normalized_shape \(4,\).*differ"),
]


@pytest.mark.parametrize(
    ("layer", "x", "text"), WRONG_INPUTS, ids=lambda part: str(part) if isinstance(part, str) else ""
)
def test_a_wrong_input_is_an_error_that_shows_what_is_taken(layer, x, text):
    with pytest.raises(ShapeError, match=text):
        layer(Tensor(x))


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (lambda: nn.BatchNorm1d(0), "BatchNorm1d: num_features=0 is less than 1"),
        (lambda: nn.BatchNorm2d(2.5), r"num_features=2\.5"),
        (lambda: nn.InstanceNorm2d(-1), "InstanceNorm2d: num_features=-1"),
        (lambda: nn.InstanceNorm2d(3, momentum=None), "momentum=None"),
        (lambda: nn.GroupNorm(3, 4), "GroupNorm: 4 channels make no 3 equal groups"),
        (lambda: nn.GroupNorm(0, 4), "num_groups=0"),
        (lambda: nn.LayerNorm(()), "LayerNorm: normalized_shape is empty"),
        (lambda: nn.LayerNorm((3, 0)), r"normalized_shape\[1\]=0"),
        (lambda: nn.RMSNorm("4"), "RMSNorm: normalized_shape='4' is not an integer"),
        (lambda: nn.LayerNorm(None), "LayerNorm: normalized_shape=None is not an integer"),
        (lambda: nn.LayerNorm((3, 2.5)), r"LayerNorm: normalized_shape\[1\]=2\.5 is not an integer"),
        (lambda: nn.BatchNorm1d("3"), "BatchNorm1d: num_features='3' is not an integer"),
        (lambda: nn.BatchNorm1d(True), "BatchNorm1d: num_features=True is not an integer"),
        (lambda: nn.GroupNorm(2, None), "GroupNorm: num_channels=None is not an integer"),
        (lambda: nn.BatchNorm1d(3, momentum="a"), "BatchNorm1d: momentum='a' is not a real number"),
        (lambda: nn.BatchNorm2d(3, momentum=1.5), "BatchNorm2d: momentum=1.5 is not between 0 and 1"),
        (lambda: nn.BatchNorm2d(3, affine="yes"), "BatchNorm2d: affine='yes' is neither True nor False"),
        (lambda: nn.BatchNorm2d(3, bias=1), "BatchNorm2d: bias=1 is neither True nor False"),
        (lambda: nn.InstanceNorm2d(3, track_running_stats=None), "track_running_stats=None is neither True nor False"),
        (lambda: nn.LayerNorm(3, bias=None), "LayerNorm: bias=None is neither True nor False"),
        (lambda: nn.RMSNorm(3, elementwise_affine="a"), "RMSNorm: elementwise_affine='a' is neither True nor False"),
    ],
)
def test_a_wrong_argument_is_an_error_at_construction(build, text):
    with pytest.raises((TypeError, ValueError), match=text):
        build()


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("BatchNorm1d", [3]),
        ("BatchNorm2d", [3]),
        ("InstanceNorm2d", [3]),
        ("GroupNorm", [1, 3]),
        ("LayerNorm", [3]),
        ("RMSNorm", [3]),
    ],
)
def test_eps_is_a_number_that_is_not_negative(name, sizes):
    layer = getattr(nn, name)

    with pytest.raises(ValueError, match=f"{name}: eps=-1 is less than 0"):
        layer(*sizes, eps=-1)
    with pytest.raises(ValueError, match=f"{name}: eps=nan is not a number"):
        layer(*sizes, eps=np.nan)
    with pytest.raises(TypeError, match=f"{name}: eps='a' is not a real number"):
        layer(*sizes, eps="a")


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (nn.BatchNorm2d(3, bias=False), "BatchNorm2d(3, bias=False)"),
        (nn.BatchNorm2d(3, affine=False), "BatchNorm2d(3, affine=False)"),
        (nn.InstanceNorm2d(3), "InstanceNorm2d(3)"),
        (nn.InstanceNorm2d(3, affine=True, bias=False), "InstanceNorm2d(3, affine=True, bias=False)"),
        (nn.GroupNorm(1, 3, bias=False), "GroupNorm(1, 3, bias=False)"),
        (nn.LayerNorm(3, elementwise_affine=False), "LayerNorm((3,), elementwise_affine=False)"),
    ],
)
def test_a_layer_without_a_bias_says_so(layer, text):
    assert layer.bias is None
    assert repr(layer) == text


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda x: F.batch_norm(x, None, None), ValueError, "batch_norm: running_mean and running_var are both needed"),
        (lambda x: F.batch_norm(x, np.zeros(4), None, training=True), ValueError, "or neither"),
        (
            lambda x: F.batch_norm(x, np.zeros(3), np.ones(3)),
            ShapeError,
            r"batch_norm: .*C is 4 in input, 3 in running_mean",
        ),
        (lambda x: F.batch_norm(x, None, None, np.ones(3), training=True), ShapeError, r"weight \(3,\)"),
        (
            lambda x: F.batch_norm(x[0, :, 0], None, None, training=True),
            ShapeError,
            "batch_norm: input .* input has 1 axis",
        ),
        (lambda x: F.instance_norm(x, use_input_stats=False), ValueError, "instance_norm: running_mean"),
        (
            lambda x: F.instance_norm(x, weight=np.ones((4, 1))),
            ShapeError,
            r"instance_norm: .*weight \(4, 1\).* weight has 2 axes",
        ),
        (lambda x: F.group_norm(x, 3), ShapeError, "group_norm: 4 channels.*no 3 equal groups"),
        (lambda x: F.group_norm(x, 2, bias=np.ones(2)), ShapeError, r"group_norm: bias \(2,\)"),
        (lambda x: F.layer_norm(x, (4, 5), np.ones(5)), ShapeError, r"layer_norm: weight \(5,\)"),
        (lambda x: F.layer_norm(x, ()), ShapeError, "normalized_shape is empty"),
        (lambda x: F.rms_norm(x, 5, np.ones((1, 5))), ShapeError, r"rms_norm: weight \(1, 5\)"),
        (lambda x: F.layer_norm(x.astype(int), 5), DtypeError, "layer_norm: x is int64.*astype"),
        (lambda x: F.batch_norm(x.astype(int), np.zeros(4), np.ones(4)), DtypeError, "batch_norm: input is int64"),
    ],
)
def test_a_wrong_argument_of_a_function_is_an_error(call, error, text):
    with pytest.raises(error, match=text):
        call(image(2, 4, 5))


def test_running_statistics_follow_the_batches_by_momentum_with_the_unbiased_variance():
    layer = nn.BatchNorm1d(2, momentum=0.25)
    mean, var = np.zeros(2), np.ones(2)

    for step in range(4):
        x = numbers(5, 2, 3, seed=step) * (step + 1) + step
        layer(x)
        mean = 0.75 * mean + 0.25 * x.mean(axis=(0, 2))
        var = 0.75 * var + 0.25 * x.var(axis=(0, 2), ddof=1)

    np.testing.assert_allclose(layer.running_mean.data, mean, rtol=1e-6)
    np.testing.assert_allclose(layer.running_var.data, var, rtol=1e-6)
    assert layer.num_batches_tracked.item() == 4
    assert layer.num_batches_tracked.dtype == np.int64


def test_without_momentum_running_statistics_are_the_average_of_all_batches():
    layer = nn.BatchNorm2d(2, momentum=None)
    batches = [numbers(3, 2, 2, 2, seed=i) + i for i in range(5)]

    for x in batches:
        layer(x)

    np.testing.assert_allclose(layer.running_mean.data, np.mean([x.mean((0, 2, 3)) for x in batches], 0), rtol=1e-5)
    np.testing.assert_allclose(
        layer.running_var.data, np.mean([x.var((0, 2, 3), ddof=1) for x in batches], 0), rtol=1e-5
    )


def test_eval_mode_uses_the_running_statistics_and_leaves_them():
    layer = nn.BatchNorm1d(2)
    layer(numbers(6, 2) * 3 + 1)
    before = layer.state_dict()
    layer.eval()
    x = numbers(1, 2)

    y = layer(x)

    expected = (x - before["running_mean"]) / np.sqrt(before["running_var"] + 1e-5)
    np.testing.assert_allclose(y.data, expected, rtol=1e-5)
    for name, value in layer.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


def test_a_batch_that_is_refused_changes_no_statistics():
    layer = nn.BatchNorm1d(2)
    before = layer.state_dict()

    with pytest.raises(ShapeError):
        layer(numbers(1, 2))

    for name, value in layer.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


def test_running_statistics_are_not_recorded_and_are_updated_under_no_grad_too():
    layer = nn.BatchNorm1d(2)
    layer(Tensor(numbers(4, 2), requires_grad=True))
    assert not layer.running_mean.requires_grad

    once = layer.running_mean.data
    with autograd.no_grad():
        layer(numbers(4, 2))
    assert (layer.running_mean.data != once).all()


def test_plain_arrays_as_running_statistics_are_updated_in_place():
    mean, var = np.zeros(2, np.float32), np.ones(2, np.float32)
    x = numbers(5, 2)

    F.batch_norm(x, mean, var, training=True, momentum=1.0)

    np.testing.assert_allclose(mean, x.mean(0), rtol=1e-6)
    np.testing.assert_allclose(var, x.var(0, ddof=1), rtol=1e-6)


def test_without_tracking_eval_mode_uses_the_batch():
    layer = nn.BatchNorm1d(2, track_running_stats=False).eval()

    np.testing.assert_allclose(layer(numbers(8, 2) + 5).data.mean(0), 0, atol=1e-6)
    assert list(layer.buffers()) == []


def test_state_has_the_names_that_pytorch_gives_it():
    assert list(nn.BatchNorm2d(3).state_dict()) == [
        *("weight", "bias", "running_mean", "running_var", "num_batches_tracked"),
    ]
    assert list(nn.InstanceNorm2d(3).state_dict()) == []
    assert list(nn.LayerNorm(3).state_dict()) == ["weight", "bias"]
    assert list(nn.RMSNorm(3).state_dict()) == ["weight"]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("normalize_it", "axes"),
    [
        (lambda x: autograd.batch_norm(x, eps=0.0), (0, 2, 3)),
        (lambda x: autograd.group_norm(x, 2, eps=0.0), None),
        (lambda x: autograd.layer_norm(x, (32, 32), eps=0.0), (2, 3)),
    ],
    ids=["batch", "group", "layer"],
)
def test_a_mean_of_ten_thousand_costs_no_digits(normalize_it, axes, dtype):
    x = (numbers(4, 4, 32, 32, dtype=np.float64) + 1e4).astype(dtype)
    g = numbers(4, 4, 32, 32, dtype=np.float64, seed=1).astype(dtype)
    exact = x.astype(np.longdouble)  # of the numbers as rounded
    leaf = Tensor(x, requires_grad=True)

    if axes is None:
        exact, over = exact.reshape(4, 2, -1), 2
    else:
        over = axes
    d = exact - exact.mean(over, keepdims=True)
    expected = (d / np.sqrt(np.mean(d * d, over, keepdims=True))).reshape(x.shape)
    y = normalize_it(leaf)
    (slope,) = autograd.gradients(y, [leaf], g)
    centered = Tensor(np.asarray(d.reshape(x.shape), np.float64), requires_grad=True)
    (true_slope,) = autograd.gradients(normalize_it(centered), [centered], g.astype(np.float64))

    # by channel, y is x scale + shift, so it keeps a unit of x in its last place; variance and slope lose nothing
    np.testing.assert_allclose(y.data, expected, atol=(10 if over == (2, 3) else 2e4) * np.finfo(dtype).eps)
    np.testing.assert_allclose(np.std(y.data.astype(float)), 1.0, rtol=5e-6 if dtype == np.float32 else 1e-11)
    np.testing.assert_allclose(slope.data, true_slope.data, atol=2e-5 if dtype == np.float32 else 1e-11)


@pytest.mark.parametrize("shape", [(3, 8, 50, 50), (5, 6, 7), (300, 700), (2, 4, 300, 300)])
def test_many_blocks_are_as_one(shape, monkeypatch):
    x, g = numbers(*shape, dtype=np.float64), numbers(*shape, dtype=np.float64, seed=1)
    c = shape[1]
    w, b = numbers(c, seed=2, dtype=np.float64), numbers(c, seed=3, dtype=np.float64)

    def run():
        found = []
        for f in (
            lambda x, w, b: autograd.batch_norm(x, w, b),
            lambda x, w, b: autograd.group_norm(x, 2, w, b),
            lambda x, w, b: autograd.layer_norm(np.swapaxes(x, 1, -1), (c,), w, b),
        ):
            leaves = [Tensor(a, requires_grad=True) for a in (x, w, b)]
            y = f(*leaves)
            found += [y, *autograd.gradients(y, leaves, g.reshape(y.shape))]
        return [np.array(f.data) for f in found]

    monkeypatch.setattr(normalize, "BLOCK", 100)
    small = run()
    monkeypatch.setattr(normalize, "BLOCK", 1 << 30)
    for a, b_ in zip(small, run()):
        np.testing.assert_allclose(a, b_, rtol=1e-9, atol=1e-9)


def test_half_precision_sums_do_not_overflow():
    x = Tensor(numbers(4, 2, 64, 64).astype(np.float16) * 100 + 100, requires_grad=True)

    for y in (autograd.batch_norm(x), autograd.layer_norm(x, (64, 64)), autograd.rms_norm(x, 64)):
        assert y.dtype == np.float16
        assert np.isfinite(y.data).all()
        (g,) = autograd.gradients(y.sum(), [x])
        assert g.dtype == np.float16
        assert np.isfinite(g.data).all()


def test_plain_arrays_give_plain_arrays():
    x = numbers(4, 4)
    for y in (F.batch_norm(x, None, None, training=True), F.group_norm(x, 2), F.layer_norm(x, 4), F.rms_norm(x, 4)):
        assert type(y) is np.ndarray
        assert y.dtype == np.float32


def test_only_the_gradients_asked_for_are_computed():
    x, w, b = numbers(4, 3), Tensor(numbers(3), requires_grad=True), Tensor(numbers(3), requires_grad=True)
    y = autograd.batch_norm(x, w, b)

    dw, db = autograd.gradients(y, [w, b], np.ones((4, 3), np.float32))

    np.testing.assert_allclose(db.data, 4.0)
    np.testing.assert_allclose(dw.data, 0.0, atol=1e-5)


def test_repr_shows_what_is_not_the_default():
    assert repr(nn.BatchNorm1d(3)) == "BatchNorm1d(3)"
    assert repr(nn.BatchNorm2d(3, momentum=None)) == "BatchNorm2d(3, momentum=None)"
    assert repr(nn.GroupNorm(2, 4, affine=False)) == "GroupNorm(2, 4, affine=False)"
    assert repr(nn.LayerNorm(4, bias=False)) == "LayerNorm((4,), bias=False)"
    assert repr(nn.RMSNorm((4, 2), eps=0.1)) == "RMSNorm((4, 2), eps=0.1)"


@pytest.mark.parametrize("mean", [1e3, 1e4, 1e6])
def test_outputs_keep_their_digits_beside_a_large_mean(mean):
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(8, 4, 20, 20)) + mean).astype(np.float32)
    exact = x.astype(float)
    center, deviation = exact.mean((0, 2, 3), keepdims=True), np.sqrt(exact.var((0, 2, 3), keepdims=True) + 1e-5)

    np.testing.assert_allclose(nn.BatchNorm2d(4)(x).data, (exact - center) / deviation, atol=2e-5)
