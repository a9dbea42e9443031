import numpy as np
import pytest
from hypothesis import given, strategies as st

import nn
from autograd import DtypeError, ShapeError, Tensor
from nn import functional as F


def naive_linear(x, new, ratio, align_corners):
    """Each output along the last axis between its two neighbours, by the definition."""
    length = len(x)
    out = []
    for i in range(new):
        if new == length:  # then the axis stays as it is
            return x
        place = i * (length - 1) / max(new - 1, 1) if align_corners else max((i + 0.5) * ratio - 0.5, 0.0)
        left = min(int(place), length - 1)
        right = min(left + 1, length - 1)
        out.append(x[left] + (x[right] - x[left]) * min(place - left, 1.0))
    return np.array(out)


sizes = st.integers(1, 12)


@given(sizes, sizes, st.booleans())
def test_linear_lies_between_the_two_neighbours(length, new, align_corners):
    x = np.random.default_rng(length).standard_normal(length)

    y = F.interpolate(x[None, None], new, mode="linear", align_corners=align_corners)[0, 0]

    np.testing.assert_allclose(y, naive_linear(x, new, length / new, align_corners), rtol=1e-12, atol=1e-12)


@given(sizes, st.floats(0.3, 4.0), st.booleans())
def test_a_given_scale_places_the_outputs_even_where_the_size_is_rounded(length, scale, align_corners):
    new = int(length * scale)
    if new:
        x = np.random.default_rng(length).standard_normal(length)
        options = {"scale_factor": scale, "mode": "linear", "align_corners": align_corners}

        y = F.interpolate(x[None, None], **options)[0, 0]

        np.testing.assert_allclose(y, naive_linear(x, new, 1 / scale, align_corners), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("mode", ["nearest", "nearest-exact", "area", "linear", "bicubic"])
def test_every_size_and_scale_equals_pytorch(mode, dtype):
    torch = pytest.importorskip("torch")
    tolerance = 1e-5 if dtype == "float32" else 1e-10
    for length in (1, 2, 3, 5, 7, 10, 13):
        shape = (1, 2, length, length) if mode == "bicubic" else (1, 2, length)
        x = np.random.default_rng(length).standard_normal(shape).astype(dtype)
        choices = [{"size": n} for n in (1, 2, 3, 4, 6, 9, 11, 20, 49)]
        choices += [{"scale_factor": s} for s in (0.3, 0.5, 1 / 3, 0.77, 1, 1.1, 1.5, 2, 2.3, 3, 10 / 3)]
        for options in choices:
            if int(length * options.get("scale_factor", 1)) == 0:
                continue
            for align in (None, False, True) if mode in ("linear", "bicubic") else (None,):
                ours = F.interpolate(x, **options, mode=mode, align_corners=align)
                theirs = torch.nn.functional.interpolate(torch.tensor(x), **options, mode=mode, align_corners=align)
                assert ours.shape == tuple(theirs.shape)
                np.testing.assert_allclose(ours, theirs.numpy(), rtol=0, atol=tolerance, err_msg=f"{length} {options}")


def test_bilinear_is_linear_along_both_axes():
    x = np.random.default_rng(0).standard_normal((1, 1, 3, 4))
    columns = np.stack([naive_linear(column, 7, 3 / 7, False) for column in x[0, 0].T], axis=1)
    both = np.stack([naive_linear(row, 5, 4 / 5, False) for row in columns])

    np.testing.assert_allclose(F.interpolate(x, (7, 5), mode="bilinear")[0, 0], both, rtol=1e-12, atol=1e-12)


def test_trilinear_is_linear_along_three_axes():
    x = np.random.default_rng(0).standard_normal((1, 1, 3, 4, 2))
    planes = np.stack([F.interpolate(plane[None, None], (5, 6), mode="bilinear")[0, 0] for plane in x[0, 0]])
    expected = np.stack([[naive_linear(line, 7, 3 / 7, False) for line in sheet] for sheet in planes.T]).T

    np.testing.assert_allclose(F.interpolate(x, (7, 5, 6), mode="trilinear")[0, 0], expected, rtol=1e-12, atol=1e-12)


def test_bicubic_passes_through_what_it_is_given_and_keeps_a_constant():
    x = np.random.default_rng(0).standard_normal((1, 1, 5, 4))

    y = F.interpolate(x, (9, 7), mode="bicubic", align_corners=True)

    np.testing.assert_allclose(y[..., ::2, ::2], x, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(y[0, 0, 2, 1], x[0, 0, 1] @ [0.59375, 0.59375, -0.09375, 0] - 0.09375 * x[0, 0, 1, 0])
    np.testing.assert_allclose(F.interpolate(np.ones((1, 1, 5, 4)), (8, 3), mode="bicubic"), 1.0, rtol=1e-12)


@pytest.mark.parametrize("shape", [(7,), (7, 4), (3, 7, 4)])
def test_area_is_the_mean_of_what_each_cell_covers(shape):
    x = np.random.default_rng(0).standard_normal((2, 3, *shape))

    y = F.interpolate(x, 2, mode="area")

    assert y.shape == (2, 3, *(2,) * len(shape))
    first = x[(..., *(slice((n + 1) // 2) for n in shape))]
    np.testing.assert_allclose(y[(..., *(0,) * len(shape))], first.mean(axis=tuple(range(2, x.ndim))))


def test_nearest_passes_each_gradient_to_what_it_showed():
    x = Tensor(np.arange(3.0)[None, None], requires_grad=True)

    (F.interpolate(x, 7) * np.arange(7.0)).sum().backward()

    np.testing.assert_array_equal(x.grad.data[0, 0], [0 + 1 + 2, 3 + 4, 5 + 6])


@pytest.mark.parametrize(
    ("layer", "x", "error", "text"),
    [
        (nn.Upsample(4), np.ones((3, 4)), ShapeError, r"interpolate: input \(3, 4\); mode='nearest' takes"),
        (nn.Upsample(4, mode="linear"), np.ones((1, 1, 3, 4)), ShapeError, r"takes \(N, C, L\)"),
        (nn.Upsample(4, mode="bilinear"), np.ones((1, 1, 3)), ShapeError, r"takes \(N, C, H, W\)"),
        (nn.Upsample((4, 4, 4)), np.ones((1, 1, 3, 3)), ValueError, "neither one number nor 2"),
        (nn.Upsample(scale_factor=0.2), np.ones((1, 1, 3)), ShapeError, "would be empty"),
        (nn.Upsample(2), np.ones((1, 1, 0)), ShapeError, "would be empty"),
        (nn.Upsample(2), np.ones((1, 1, 3), int), DtypeError, r"int64; it takes floats, use \.astype"),
    ],
)
def test_a_wrong_input_is_an_error_that_shows_what_is_taken(layer, x, error, text):
    with pytest.raises(error, match=text):
        layer(x)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "Upsample: give either size or scale_factor, not neither"),
        ({"size": 3, "scale_factor": 2}, "not both"),
        ({"size": 3, "mode": "cubic"}, "mode='cubic' is not one of 'nearest', 'nearest-exact', 'area', 'linear'"),
        (
            {"size": 3, "align_corners": True},
            "align_corners=True has a meaning for linear, bilinear, trilinear, bicubic only",
        ),
        ({"size": 0}, "Upsample: size=0 is less than 1"),
        ({"size": 2.5}, r"Upsample: size=2\.5 is not an integer"),
        ({"scale_factor": -1.0}, "Upsample: scale_factor=-1.0 is not above 0"),
        ({"scale_factor": "2"}, "Upsample: scale_factor='2' is not a real number"),
        ({"scale_factor": np.inf}, "scale_factor=inf is not finite"),
        ({"scale_factor": np.nan}, "scale_factor=nan is not a number"),
        ({"scale_factor": True}, "scale_factor=True is not a real number"),
        ({"scale_factor": (2, None)}, r"scale_factor\[1\]=None is not a real number"),
        ({"size": (4, "a")}, r"size\[1\]='a' is not an integer"),
        ({"size": ((4, 4), 4)}, r"size\[0\]=\(4, 4\) is not an integer"),
        ({"size": True}, "size=True is not an integer"),
        ({"size": ()}, r"size=\(\); give one to three"),
        ({"size": 3, "mode": None}, "mode=None is not one of"),
        ({"size": 3, "mode": "linear", "align_corners": "yes"}, "align_corners='yes' is neither True nor False"),
        ({"scale_factor": 2, "recompute_scale_factor": 2}, "recompute_scale_factor=2 is neither True nor False"),
        ({"size": 2, "recompute_scale_factor": True}, "recompute_scale_factor=True has a meaning for scale_factor"),
    ],
)
def test_a_wrong_argument_is_an_error_at_construction(options, text):
    with pytest.raises((TypeError, ValueError), match=text):
        nn.Upsample(**options)


def test_the_result_never_shares_memory_with_the_input():
    x = np.ones((1, 1, 3))

    assert not np.may_share_memory(F.interpolate(x, 3), x)
    assert not np.may_share_memory(F.interpolate(x, 3, mode="linear"), x)


def test_repr_shows_what_is_not_the_default():
    assert repr(nn.Upsample(scale_factor=2, mode="bilinear")) == "Upsample(scale_factor=2, mode='bilinear')"
