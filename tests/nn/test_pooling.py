from itertools import product
from math import ceil, floor

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd
import nn
from autograd import DtypeError, ShapeError, Tensor
from autograd.testing import gradcheck
from nn import functional as F


def naive_windows(shape, kernel, stride, padding, dilation, ceil_mode):
    """For each output: the places in each window that lie in x, and its size with padding, by the definition."""
    along = []
    for length, k, s, p, d in zip(shape, kernel, stride, padding, dilation):
        starts, at = [], -p
        while at + (k - 1) * d < length + p:
            starts.append(at)
            at += s
        if ceil_mode and at - s + (k - 1) * d + 1 < length + p and at < length:  # something was left
            starts.append(at)
        along.append(
            [
                ([i for i in range(start, start + k * d, d) if 0 <= i < length], min(start + k, length + p) - start)
                for start in starts
            ]
        )
    return along


@st.composite
def pooling(draw, dilated):
    n = draw(st.integers(1, 2))
    kernel, stride, dilation = (tuple(draw(st.integers(1, 4)) for _ in range(n)) for _ in range(3))
    dilation = dilation if dilated else (1,) * n
    padding = tuple(draw(st.integers(0, ((k - 1) * d + 1) // 2)) for k, d in zip(kernel, dilation))
    shape = tuple(draw(st.integers(1, 9)) for _ in range(n))
    lead = draw(st.sampled_from([(), (2,), (2, 1)]))
    seed = draw(st.integers(0, 1000))
    whole = draw(st.booleans())  # few values, hence ties
    rng = np.random.default_rng(seed)
    x = rng.integers(-2, 3, (*lead, *shape)).astype(float) if whole else rng.standard_normal((*lead, *shape))
    return x, kernel, stride, padding, dilation, draw(st.booleans())


def forward(call):
    """The result, or None where no window fits."""
    try:
        return call()
    except ShapeError:
        return None


@given(pooling(dilated=True))
def test_max_pool_is_the_maximum_of_each_window_and_its_first_place_has_the_gradient(case):
    x, kernel, stride, padding, dilation, ceil_mode = case
    n = len(kernel)
    windows = naive_windows(x.shape[-n:], kernel, stride, padding, dilation, ceil_mode)
    leaf = Tensor(x, requires_grad=True)
    result = forward(lambda: autograd.max_pool(leaf, kernel, stride, padding, dilation, ceil_mode, True))
    if result is None:
        assert 0 in [len(w) for w in windows]
        return

    y, places = result

    assert y.shape == (*x.shape[:-n], *map(len, windows))
    g = np.random.default_rng(1).standard_normal(y.shape)
    expected = np.zeros_like(x)
    for lead in np.ndindex(x.shape[:-n]):
        for out in np.ndindex(y.shape[-n:]):
            inside = list(product(*(w[i][0] for w, i in zip(windows, out))))
            if not inside:
                assert y.data[(*lead, *out)] == -np.inf
                continue
            first = max(inside, key=lambda place: x[(*lead, *place)])  # of equal ones the first
            assert y.data[(*lead, *out)] == x[(*lead, *first)]
            assert places.data[(*lead, *out)] == np.ravel_multi_index(first, x.shape[-n:])
            expected[(*lead, *first)] += g[(*lead, *out)]
    np.testing.assert_allclose(autograd.gradients(y, [leaf], g)[0].data, expected, rtol=1e-12, atol=1e-12)


@given(pooling(dilated=False), st.booleans(), st.sampled_from([None, 3]))
def test_avg_pool_is_the_mean_of_each_window(case, count_include_pad, divisor):
    x, kernel, stride, padding, dilation, ceil_mode = case
    n = len(kernel)
    windows = naive_windows(x.shape[-n:], kernel, stride, padding, dilation, ceil_mode)
    y = forward(lambda: autograd.avg_pool(x, kernel, stride, padding, ceil_mode, count_include_pad, divisor))
    if y is None:
        assert 0 in [len(w) for w in windows]
        return

    assert y.shape == (*x.shape[:-n], *map(len, windows))
    for out in np.ndindex(y.shape[-n:]):
        inside = [w[i][0] for w, i in zip(windows, out)]
        size = np.prod([w[i][1] if count_include_pad else len(w[i][0]) for w, i in zip(windows, out)])
        expected = x[(..., *np.ix_(*inside))].sum(axis=tuple(range(-n, 0))) / (divisor or size)
        np.testing.assert_allclose(y[(..., *out)], expected, rtol=1e-12, atol=1e-12)


@given(pooling(dilated=False), st.booleans())
def test_avg_pool_and_its_gradient_are_adjoint(case, count_include_pad):
    x, kernel, stride, padding, _, ceil_mode = case
    leaf = Tensor(x, requires_grad=True)
    y = forward(lambda: autograd.avg_pool(leaf, kernel, stride, padding, ceil_mode, count_include_pad))
    if y is not None:
        g = np.random.default_rng(1).standard_normal(y.shape)
        pulled = autograd.gradients(y, [leaf], g)[0].data

        np.testing.assert_allclose(np.sum(y.data * g), np.sum(x * pulled), rtol=1e-9, atol=1e-9)


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 12), st.integers(1, 12))
def test_adaptive_pools_cover_the_input_as_equally_as_they_can(height, width, rows, columns):
    x = np.random.default_rng(0).standard_normal((2, height, width))

    mean, (largest, places) = F.adaptive_avg_pool2d(x, (rows, columns)), F.adaptive_max_pool2d(x, (rows, columns), True)

    for i, j in np.ndindex(rows, columns):
        cell = x[
            :,
            floor(i * height / rows) : ceil((i + 1) * height / rows),
            floor(j * width / columns) : ceil((j + 1) * width / columns),
        ]
        np.testing.assert_allclose(mean[:, i, j], cell.mean((1, 2)), rtol=1e-12, atol=1e-12)
        np.testing.assert_array_equal(largest[:, i, j], cell.max((1, 2)))
    np.testing.assert_array_equal(
        np.take_along_axis(x.reshape(2, -1), places.reshape(2, -1), 1), largest.reshape(2, -1)
    )


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        ([[1.0, 3.0], [3.0, 0.0]], [[0.0, 1.0], [0.0, 0.0]]),  # reading order: rows first
        ([[2.0, 2.0], [2.0, 2.0]], [[1.0, 0.0], [0.0, 0.0]]),
        ([[0.0, 2.0], [1.0, 2.0]], [[0.0, 1.0], [0.0, 0.0]]),
        ([[-np.inf, -np.inf], [-np.inf, -np.inf]], [[1.0, 0.0], [0.0, 0.0]]),
    ],
)
@pytest.mark.parametrize(
    "pool", [lambda x: F.max_pool2d(x, 2), lambda x: F.max_pool2d(x, 3, 3, 1), lambda x: F.adaptive_max_pool2d(x, 1)]
)
def test_at_a_tie_the_first_maximum_takes_the_gradient(pool, x, expected):
    leaf = Tensor([x], requires_grad=True)
    pool(leaf).sum().backward()

    np.testing.assert_array_equal(leaf.grad.data[0], expected)


def test_padding_is_never_the_maximum():
    x = -np.ones((1, 1, 3, 3))

    np.testing.assert_array_equal(F.max_pool2d(x, 3, 1, 1), -1.0)


def test_nan_and_infinity_stay_in_their_windows():
    x = np.arange(8.0).reshape(1, 8)
    x[0, 0], x[0, 2] = np.nan, np.inf

    np.testing.assert_array_equal(F.max_pool1d(x, 2), [[np.nan, np.inf, 5.0, 7.0]])
    np.testing.assert_array_equal(F.avg_pool1d(x, 2), [[np.nan, np.inf, 4.5, 6.5]])
    leaf = Tensor(np.arange(4.0)[None], requires_grad=True)
    (g,) = autograd.gradients(F.max_pool1d(leaf, 2), [leaf], np.array([[np.inf, 1.0]]))
    np.testing.assert_array_equal(g.data, [[0.0, np.inf, 0.0, 1.0]])


@pytest.mark.parametrize("size", [2, 3, (2, 3), (4, None), 1])  # sizes that divide those of the input, and others
def test_a_nan_or_infinity_stays_in_the_windows_of_adaptive_pools_that_hold_it(size):
    plain = np.arange(24.0).reshape(1, 4, 6)
    for value in (np.nan, np.inf):
        x = plain.copy()
        x[0, 1, 3] = value
        touched = F.adaptive_avg_pool2d((~np.isfinite(x)).astype(float), size) > 0
        leaf = Tensor(x, requires_grad=True)
        y = F.adaptive_avg_pool2d(leaf, size)
        y.sum().backward()

        np.testing.assert_allclose(y.data, np.where(touched, value, F.adaptive_avg_pool2d(plain, size)))
        assert np.isfinite(leaf.grad.data).all()
    x = np.array([[np.inf, 1.0, 2.0, 3.0, -np.inf]])
    np.testing.assert_array_equal(F.adaptive_avg_pool1d(x, 3), [[np.inf, 2.0, -np.inf]])


NAN = np.array([[[1.0, np.nan, 2.0], [np.nan, 3.0, -np.inf], [4.0, 5.0, 9.0]]])


@pytest.mark.parametrize(
    "pool", [lambda x, **o: F.max_pool2d(x, 3, **o), lambda x, **o: F.adaptive_max_pool2d(x, 1, **o)]
)
def test_of_several_nan_in_a_window_the_last_is_the_maximum(pool):
    leaf = Tensor(NAN, requires_grad=True)
    y, place = pool(leaf, return_indices=True)
    y.sum().backward()

    assert np.isnan(y.item())
    assert place.item() == 3
    np.testing.assert_array_equal(leaf.grad.data[0], [[0, 0, 0], [1, 0, 0], [0, 0, 0]])


def test_windows_that_overlap_point_at_their_last_nan():
    x = np.array([[np.nan, 1.0, np.nan, 2.0, 5.0]])
    y, places = F.max_pool1d(x, 3, 1, 1, return_indices=True)

    np.testing.assert_array_equal(y, [[np.nan, np.nan, np.nan, np.nan, 5.0]])
    np.testing.assert_array_equal(places, [[0, 2, 2, 2, 4]])
    np.testing.assert_array_equal(F.max_pool1d(x, 1, return_indices=True)[1], [[0, 1, 2, 3, 4]])


@pytest.mark.parametrize("layer", [nn.AdaptiveAvgPool1d(2), nn.AdaptiveAvgPool2d(2), nn.AdaptiveMaxPool2d(2)])
@pytest.mark.parametrize("dtype", [int, bool, complex, object])
def test_adaptive_pools_take_floats_only(layer, dtype):
    x = np.ones((1, 4, 4), dtype)

    with pytest.raises(DtypeError, match=f"{type(layer).__name__}: input is {x.dtype}; it takes floats, use"):
        layer(x)


def test_large_windows_are_numbered_without_overflow():
    x = np.zeros((1, 1, 20, 20))
    x[..., 19, 19] = 1.0
    leaf = Tensor(x, requires_grad=True)

    y, place = F.max_pool2d(leaf, 20, return_indices=True)
    y.sum().backward()

    assert place.item() == 399
    np.testing.assert_array_equal(leaf.grad.data, x)


@pytest.mark.parametrize("layer", [nn.MaxPool2d(3, 2, 1), nn.AvgPool2d(3, 2, 1), nn.AdaptiveMaxPool2d(2)])
def test_a_third_derivative_through_pooling_is_right(layer):
    x = np.random.default_rng(0).permutation(25).reshape(1, 5, 5) / 5.0

    assert gradcheck(lambda x: layer(x) ** 3, [x], order=3)


def image(*shape):
    return np.ones(shape, np.float32)


@pytest.mark.parametrize(
    ("layer", "x", "text"),
    [
        (nn.MaxPool1d(2), image(5), r"MaxPool1d: input \(5,\) does not fit input \(N, C, L\) or \(C, L\)"),
        (nn.MaxPool1d(2), image(1, 2, 3, 4), "MaxPool1d: input"),
        (nn.MaxPool1d(4), image(1, 2, 3), r"max_pool: a kernel that spans 4 does not fit x \(1, 2, 3\).*axis of 3"),
        (nn.MaxPool2d(2), image(4, 4), r"MaxPool2d: input \(4, 4\) .* \(N, C, H, W\) or \(C, H, W\)"),
        (
            nn.MaxPool2d(3, dilation=2, padding=1),
            image(1, 1, 2, 9),
            "spans 5 does not fit.*axis of 2 is 4 with padding",
        ),
        (nn.MaxPool2d(2), image(1, 1, 4, 0), "does not fit"),
        (nn.AvgPool1d(2), image(5), "AvgPool1d: input"),
        (nn.AvgPool1d(4, padding=1), image(1, 1), "avg_pool: a kernel that spans 4"),
        (nn.AvgPool2d(2), image(1, 2, 3, 4, 5), "AvgPool2d: input"),
        (nn.AvgPool2d((2, 5)), image(1, 1, 4, 4), "spans 5"),
        (nn.AdaptiveAvgPool1d(2), image(5), "AdaptiveAvgPool1d: input"),
        (nn.AdaptiveAvgPool2d(2), image(5, 5), "AdaptiveAvgPool2d: input"),
        (nn.AdaptiveAvgPool2d(2), image(1, 0, 5), "nothing to pool"),
        (nn.AdaptiveMaxPool2d(2), image(5, 5), "AdaptiveMaxPool2d: input"),
    ],
)
def test_a_wrong_input_is_an_error_that_shows_what_is_taken(layer, x, text):
    with pytest.raises(ShapeError, match=text):
        layer(Tensor(x))


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (lambda: nn.MaxPool1d(0), "MaxPool1d: kernel_size=0 is less than 1"),
        (lambda: nn.MaxPool1d((2, 2)), "neither one number nor 1"),
        (lambda: nn.MaxPool2d(2, stride=0), "stride=0"),
        (lambda: nn.MaxPool2d(2, padding=2), "MaxPool2d: padding 2 is more than half of the kernel, which spans 2"),
        (
            lambda: nn.MaxPool2d(3, padding=(1, 3), dilation=2),
            "padding 3 is more than half of the kernel, which spans 5",
        ),
        (lambda: nn.MaxPool2d(3, padding=-1), "padding=-1"),
        (lambda: nn.MaxPool2d((2, 2, 2)), "neither one number nor 2"),
        (lambda: nn.MaxPool2d(2.5), r"MaxPool2d: kernel_size=2\.5 is not an integer"),
        (lambda: nn.MaxPool2d(None), "MaxPool2d: kernel_size=None is not an integer"),
        (lambda: nn.MaxPool2d((2, "2")), r"MaxPool2d: kernel_size\[1\]='2' is not an integer"),
        (lambda: nn.MaxPool2d(True), "MaxPool2d: kernel_size=True is not an integer"),
        (lambda: nn.MaxPool1d(2, stride="a"), "MaxPool1d: stride='a' is not an integer"),
        (lambda: nn.MaxPool1d(2, padding=None), "MaxPool1d: padding=None is not an integer"),
        (lambda: nn.MaxPool2d(2, return_indices=1), "MaxPool2d: return_indices=1 is neither True nor False"),
        (lambda: nn.AvgPool1d(2, ceil_mode="up"), "AvgPool1d: ceil_mode='up' is neither True nor False"),
        (lambda: nn.AvgPool2d(2, count_include_pad=None), "AvgPool2d: count_include_pad=None is neither"),
        (lambda: nn.AvgPool2d(2, divisor_override="a"), "AvgPool2d: divisor_override='a' is not an integer"),
        (lambda: nn.AdaptiveAvgPool1d("a"), "AdaptiveAvgPool1d: output_size='a' is not an integer"),
        (lambda: nn.AdaptiveAvgPool2d(True), "AdaptiveAvgPool2d: output_size=True is not an integer"),
        (lambda: nn.AdaptiveMaxPool2d(2, "yes"), "AdaptiveMaxPool2d: return_indices='yes' is neither"),
        (lambda: F.max_pool1d(image(1, 4), 2, True), "max_pool: stride=True is not an integer"),
        (lambda: nn.MaxPool2d(2, dilation=0), "dilation=0"),
        (lambda: nn.AvgPool1d(3, padding=2), "AvgPool1d: padding 2 is more than half"),
        (lambda: nn.AvgPool2d(2, (1, 2, 3)), "AvgPool2d: stride"),
        (lambda: nn.AvgPool2d(2, divisor_override=0), "divisor_override=0"),
        (lambda: nn.AdaptiveAvgPool1d(0), "AdaptiveAvgPool1d: output_size=0"),
        (lambda: nn.AdaptiveAvgPool2d((1, 2, 3)), "AdaptiveAvgPool2d: output_size"),
        (lambda: nn.AdaptiveMaxPool2d((2, -1)), "AdaptiveMaxPool2d: output_size"),
        (lambda: F.avg_pool2d(image(1, 4, 4), 2, divisor_override=0), "divisor_override=0"),
    ],
)
def test_a_wrong_argument_is_an_error(build, text):
    with pytest.raises((ValueError, TypeError), match=text):
        build()


def test_integers_are_refused():
    with pytest.raises(DtypeError, match=r"max_pool: x is int64; it takes floats, use \.astype"):
        F.max_pool1d(np.arange(8)[None], 2)


def test_the_result_never_shares_memory_with_the_input():
    x = np.ones((1, 2, 4, 4))
    pools = [
        lambda x: F.max_pool2d(x, 1),
        lambda x: F.avg_pool2d(x, 1),
        lambda x: F.adaptive_avg_pool2d(x, None),
        lambda x: F.adaptive_max_pool2d(x, None),
    ]

    assert not any(np.may_share_memory(pool(x), x) for pool in pools)


def test_repr_shows_what_is_not_the_default():
    assert repr(nn.MaxPool2d(3, 2, 1)) == "MaxPool2d(3, stride=2, padding=1)"
    assert repr(nn.AvgPool2d(2, count_include_pad=False)) == "AvgPool2d(2, stride=2, count_include_pad=False)"
    assert repr(nn.AdaptiveAvgPool2d((1, None))) == "AdaptiveAvgPool2d((1, None))"


@pytest.mark.parametrize("two", [(2,), [2]])
def test_one_number_in_a_sequence_serves_all_axes(two):
    x, weight = np.arange(36.0).reshape(1, 1, 6, 6), np.ones((1, 1, 2, 2))

    for f in (
        lambda n: F.max_pool2d(x, n, stride=n),
        lambda n: F.avg_pool2d(x, 3, n),
        lambda n: F.adaptive_avg_pool2d(x, n),
        lambda n: nn.MaxPool2d(n)(Tensor(x)),
        lambda n: F.conv2d(x, weight, stride=n, padding=n, dilation=n),
        lambda n: F.conv_transpose2d(x, weight, stride=n, padding=n, dilation=n),
    ):
        assert np.array_equal(f(two), f(2))


def test_a_norm_of_zeros_has_the_gradient_zero():
    x = Tensor(np.array([[[0.0, 0.0, 3.0, 4.0]]]), requires_grad=True)
    F.lp_pool1d(x, 2, 2).sum().backward()

    np.testing.assert_allclose(x.grad, [[[0.0, 0.0, 0.6, 0.8]]], rtol=1e-6)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: F.lp_pool1d(np.ones((1, 4)), 0, 2), ValueError, "lp_pool1d: norm_type=0 must not be 0"),
        (lambda: nn.LPPool2d(0, 2), ValueError, "LPPool2d: norm_type=0 must not be 0"),
        (lambda: nn.LPPool2d(2, (1, 2, 3)), ValueError, "LPPool2d: kernel_size=.*neither one number nor 2"),
    ],
)
def test_other_norms_are_refused(call, error, words):
    with pytest.raises(error, match=words):
        call()
