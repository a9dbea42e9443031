"""Augmentation does to each image of a batch what a plain program would do to it alone."""

from collections import namedtuple

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy import ndimage, stats

import autograd
import nn
from nn.data.transforms import (
    Compose,
    CutMix,
    GaussianNoise,
    MixUp,
    Normalize,
    RandomCrop,
    RandomErasing,
    RandomHorizontalFlip,
    RandomRotation,
    RandomVerticalFlip,
    Transform,
)

ALL = (
    RandomCrop(5, padding=2), RandomHorizontalFlip(), RandomVerticalFlip(), RandomRotation(30), GaussianNoise(),
    RandomErasing(p=1), RandomErasing(p=1, value="random"), Normalize([0.1, 0.2, 0.3], 0.5),
    Compose([RandomCrop(6), RandomHorizontalFlip()]),
)  # fmt: skip
MIXERS = (MixUp(1.0, num_classes=4), CutMix(1.0, num_classes=4))

batches = st.tuples(st.integers(1, 5), st.integers(1, 3), st.integers(2, 9), st.integers(2, 9))
seeds = st.integers(0, 2**32 - 1)


def name(transform):
    return str(transform).split("(")[0]


def uniform(values, low=0.0, high=1.0):
    """Whether values look drawn from that uniform distribution."""
    return stats.kstest(values, stats.uniform(low, high - low).cdf).pvalue > 0.001


def boxes(inside):
    """Top, left, height and width of the boxes of (N, H, W); a box left out has height 0."""
    rows, columns = inside.any(axis=2), inside.any(axis=1)
    return rows.argmax(axis=1), columns.argmax(axis=1), rows.sum(axis=1), columns.sum(axis=1)


def pictures(shape=(6, 3, 8, 7), seed=0, dtype=np.float64):
    return np.random.default_rng(seed).random(shape).astype(dtype)


def rng(seed=0):
    return np.random.default_rng(seed)


# -- against a plain program, image by image


@given(batches, st.integers(0, 3), st.integers(0, 3), st.floats(-2, 2), seeds)
def test_a_crop_is_a_window_of_the_padded_image(shape, across, down, fill, seed):
    images = pictures(shape, seed)
    height, width = shape[2] + down, shape[3] + across
    crops = RandomCrop((height, width), padding=(across, down), fill=fill)(images, rng(seed))

    assert crops.shape == (*shape[:2], height, width)
    for image, crop in zip(images, crops):
        padded = np.pad(image, ((0, 0), (down, down), (across, across)), constant_values=fill)
        places = [(y, x) for y in range(down + 1) for x in range(across + 1)]
        assert any(np.array_equal(padded[:, y : y + height, x : x + width], crop) for y, x in places)


def test_crops_fall_on_every_place_and_differ_within_a_batch():
    images = np.broadcast_to(np.arange(16.0).reshape(1, 1, 4, 4), (500, 1, 4, 4))
    corners, counts = np.unique(RandomCrop(2)(images, rng())[:, 0, 0, 0], return_counts=True)

    assert corners.tolist() == [0, 1, 2, 4, 5, 6, 8, 9, 10]
    assert counts.min() > 30


def test_padding_of_each_side_is_left_top_right_bottom():
    image = np.ones((1, 1, 1, 1))

    assert RandomCrop((8, 5), padding=(1, 2, 3, 5))(image, rng()).tolist() == [
        [[[float((y, x) == (2, 1)) for x in range(5)] for y in range(8)]]
    ]


@pytest.mark.parametrize(("flip", "axis"), [(RandomHorizontalFlip, 2), (RandomVerticalFlip, 1)])
def test_flips_mirror_that_share_of_the_images(flip, axis):
    images = pictures((400, 2, 3, 4))
    flipped = flip(p=0.25)(images, rng())
    mirrored = [np.array_equal(new, np.flip(old, axis)) for old, new in zip(images, flipped)]
    kept = [np.array_equal(new, old) for old, new in zip(images, flipped)]

    assert all(a != b for a, b in zip(mirrored, kept))
    assert 70 < sum(mirrored) < 130
    assert np.array_equal(flip(p=0)(images), images)


@pytest.mark.parametrize("flip", [RandomHorizontalFlip, RandomVerticalFlip])
def test_each_image_is_flipped_or_not_whatever_its_neighbours_are(flip):
    corners = np.broadcast_to(np.arange(4.0).reshape(1, 1, 2, 2), (4000, 1, 2, 2))
    flipped = (flip()(corners, rng())[:, 0, 0, 0] != 0).astype(float)

    for lag in (1, 2, 3):
        assert abs(np.corrcoef(flipped[lag:], flipped[:-lag])[0, 1]) < 0.05


@given(batches, st.floats(-180, 180), st.floats(-2, 2), seeds)
def test_a_rotation_is_that_of_scipy(shape, degrees, fill, seed):
    images = pictures(shape, seed)
    turned = RandomRotation((degrees, degrees), fill=fill)(images)
    radians = np.radians(degrees)
    matrix = np.array([[np.cos(radians), np.sin(radians)], [-np.sin(radians), np.cos(radians)]])
    centre = (np.array(shape[2:]) - 1) / 2
    for image, new in zip(images.reshape(-1, *shape[2:]), turned.reshape(-1, *shape[2:])):
        expected = ndimage.affine_transform(
            image, matrix, centre - matrix @ centre, order=1, mode="grid-constant", cval=fill
        )
        np.testing.assert_allclose(new, expected, atol=1e-9)


@pytest.mark.parametrize("quarters", [-1, 1, 2, 3])
def test_a_positive_angle_turns_anticlockwise(quarters):
    images = pictures((2, 3, 6, 6))

    np.testing.assert_allclose(
        RandomRotation((90 * quarters, 90 * quarters))(images), np.rot90(images, quarters, (2, 3)), atol=1e-9
    )


def test_a_rotation_in_float32_is_the_one_in_float64():
    images = pictures((20, 1, 28, 28), dtype=np.float32)
    single, double = (RandomRotation(45)(x, rng()) for x in (images, images.astype(np.float64)))

    assert single.dtype == np.float32
    np.testing.assert_allclose(single, double, atol=1e-4)


def test_angles_differ_within_a_batch_and_stay_in_range():
    ramp = np.broadcast_to(np.arange(9.0) - 4, (300, 1, 9, 9))  # its slope tells the angle
    turned = RandomRotation((-20, 40))(ramp, rng())[:, 0]
    angles = np.degrees(np.arctan2(turned[:, 3, 4] - turned[:, 5, 4], 2 * (turned[:, 4, 5] - turned[:, 4, 4])))

    assert uniform(angles, -20, 40)
    assert abs(np.corrcoef(angles[1:], angles[:-1])[0, 1]) < 0.2
    assert -20.001 < angles.min() < -18
    assert 38 < angles.max() < 40.001


def test_normalising_is_per_channel():
    images = pictures((4, 3, 5, 6))
    mean, std = [0.1, 0.2, 0.3], [0.5, 2.0, 3.0]
    expected = np.stack([(images[:, c] - mean[c]) / std[c] for c in range(3)], axis=1)

    np.testing.assert_array_equal(Normalize(mean, std)(images), expected)
    np.testing.assert_array_equal(Normalize(0.5, np.float32(2))(images), (images - 0.5) / 2)


# -- what chance does


def test_an_erased_part_is_one_rectangle_of_the_given_area_and_form():
    images = np.ones((400, 2, 40, 40))
    erased = RandomErasing(p=0.75, scale=(0.1, 0.2), ratio=(0.5, 2.0), value=(5, 7))(images, rng())
    inside = erased[:, 0] == 5
    touched = inside.any(axis=(1, 2))

    assert np.array_equal(np.where(inside, 7.0, 1.0), erased[:, 1])
    assert np.array_equal(np.where(inside, 5.0, 1.0), erased[:, 0])
    assert 270 < touched.sum() < 330
    tall, wide = inside[touched].any(axis=2).sum(axis=1), inside[touched].any(axis=1).sum(axis=1)
    assert np.array_equal(inside[touched].sum(axis=(1, 2)), tall * wide)
    share, ratio = tall * wide / 1600, tall / wide
    assert 0.09 < share.min() < 0.11
    assert 0.19 < share.max() < 0.21
    assert 0.45 < ratio.min() < 0.6
    assert 1.7 < ratio.max() < 2.2
    corners = inside[touched].argmax(axis=1).max(axis=1)
    assert len(np.unique(corners)) > 15


def test_erased_rectangles_fall_on_every_place_alike():
    erased = RandomErasing(p=1, scale=(0.25, 0.25), ratio=(1, 1))(np.ones((6000, 1, 6, 8)), rng())[:, 0]
    top, left, tall, wide = boxes(erased == 0)
    counts = np.bincount(top * 6 + left)  # 3 x 3 in 6 x 8: rows 0 to 3, columns 0 to 5

    assert (set(tall), set(wide), len(counts)) == ({3}, {3}, 24)
    assert stats.chisquare(counts).pvalue > 0.001


def test_the_area_erased_is_uniform_and_the_logarithm_of_its_ratio_too():
    images = np.ones((1500, 1, 120, 120))
    erased = RandomErasing(p=1, scale=(0.05, 0.15), ratio=(0.25, 4.0))(images, rng())[:, 0]
    *_, tall, wide = boxes(erased == 0)

    assert uniform(tall * wide / 120**2, 0.05, 0.15)
    assert uniform(np.log(tall / wide), np.log(0.25), np.log(4.0))


def test_an_image_is_spared_only_where_ten_rectangles_do_not_fit():
    erase = RandomErasing(p=1, scale=(0.5, 0.5), ratio=(0.05, 20.0))
    spared = {}
    for tries in (1, 10):
        ratio = np.exp(rng(1).uniform(np.log(0.05), np.log(20.0), (20000, tries)))
        spared[tries] = (np.maximum(ratio, 1 / ratio) * 0.5 >= 1).all(axis=1)  # the longer side, squared, in images
    share = 1 - (erase(np.ones((20000, 1, 20, 20)), rng()) == 0).any(axis=(1, 2, 3)).mean()

    assert 0.7 < spared[1].mean() < 0.85
    assert abs(share - spared[10].mean()) < 0.02


def test_each_image_is_erased_with_noise_of_its_own():
    erased = RandomErasing(p=1, scale=(0.9, 0.9), ratio=(1, 1), value="random")(np.full((3, 2, 40, 40), 9.0), rng())
    both = (erased[0] != 9) & (erased[1] != 9)

    assert both.sum() > 2000
    assert abs(np.corrcoef(erased[0][both], erased[1][both])[0, 1]) < 0.1
    assert not np.array_equal(erased[0, 0], erased[0, 1])


def test_erasing_with_noise_changes_every_pixel_of_the_rectangle():
    erased = RandomErasing(p=1, scale=(0.25, 0.25), ratio=(1, 1), value="random")(np.full((50, 1, 20, 20), 9.0), rng())

    assert ((erased != 9).sum(axis=(1, 2, 3)) == 100).all()
    assert abs(erased[erased != 9].std() - 1) < 0.05


def test_a_rectangle_that_never_fits_erases_nothing():
    images = pictures((20, 1, 4, 40))

    assert np.array_equal(RandomErasing(p=1, scale=(0.9, 1.0), ratio=(5, 6))(images), images)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_noise_has_its_mean_and_deviation(dtype):
    noise = GaussianNoise(mean=0.5, sigma=0.25)(np.ones((50, 1, 40, 40), dtype), rng()).astype(np.float64) - 1

    assert abs(noise.mean() - 0.5) < 0.005
    assert abs(noise.std() - 0.25) < 0.005
    assert abs(np.corrcoef(noise[0].ravel(), noise[1].ravel())[0, 1]) < 0.1


@given(batches, st.sampled_from([MixUp, CutMix]), st.floats(0.1, 5), seeds)
def test_mixing_is_a_convex_combination_of_two_images_and_of_their_labels(shape, mixer, alpha, seed):
    images, labels = pictures(shape, seed), np.arange(shape[0])
    mixed, soft = mixer(alpha, num_classes=shape[0])((images, labels), rng(seed))

    np.testing.assert_allclose(soft.sum(axis=1), 1)
    for i, (new, probabilities) in enumerate(zip(mixed, soft)):
        share = probabilities[i]
        rest = np.delete(probabilities, i)
        other = images[max(labels, key=lambda label: probabilities[label] * (label != i))]
        assert 0 <= share <= 1
        assert np.count_nonzero(rest) <= 1
        if not rest.any():
            np.testing.assert_allclose(new, images[i])
        elif mixer is MixUp:
            np.testing.assert_allclose(new, share * images[i] + (1 - share) * other)
        else:
            mine = (new == images[i]).all(axis=0)
            assert np.array_equal(new, np.where(mine, images[i], other))
            assert np.isclose(mine.mean(), share)


def test_the_shares_of_mixup_follow_the_beta_distribution():
    images, labels, generator = np.ones((100, 1, 1, 1)), np.arange(100), rng()
    shares = [MixUp(0.2, num_classes=100)((images, labels), generator)[1][labels, labels] for _ in range(40)]
    share = np.concatenate(shares)

    assert abs(share.mean() - 0.5) < 0.03
    assert abs(share.var() - 0.25 / 1.4) < 0.01  # 1 / (4 (2 alpha + 1))


@pytest.mark.parametrize("mixer", [MixUp, CutMix])
def test_no_image_is_mixed_with_itself_and_each_is_used_once(mixer):
    labels = np.arange(9)
    for seed in range(20):
        _, soft = mixer(50.0, num_classes=9)((pictures((9, 1, 16, 16)), labels), rng(seed))
        others = np.argmax(soft * (1 - np.eye(9)), axis=1)

        assert (np.count_nonzero(soft, axis=1) == 2).all()
        assert sorted(others) == list(range(9))


def test_cut_boxes_are_rectangles_of_many_sizes():
    images = np.arange(200.0).reshape(-1, 1, 1, 1) + np.zeros((200, 2, 12, 10))
    mixed, _ = CutMix(num_classes=1)((images, np.zeros(200, int)), rng())
    inside = (mixed != images)[:, 0]
    tall, wide = inside.any(axis=2).sum(axis=1), inside.any(axis=1).sum(axis=1)

    assert np.array_equal(inside.sum(axis=(1, 2)), tall * wide)
    assert len(np.unique(tall)) == 13


def test_the_area_cut_follows_the_beta_distribution_with_the_form_of_the_image():
    images = np.arange(2000.0).reshape(-1, 1, 1, 1) + np.zeros((2000, 1, 60, 90))
    for alpha in (1.0, 3.0):
        mixed, _ = CutMix(alpha, num_classes=1)((images, np.zeros(2000, int)), rng())
        *_, tall, wide = boxes((mixed != images)[:, 0])

        assert np.abs(tall / 60 - wide / 90).max() < 0.015
        assert stats.kstest(tall * wide / 5400, stats.beta(alpha, alpha).cdf).statistic < 0.04


def test_cut_boxes_fall_on_every_place_alike():
    images = np.arange(20000.0).reshape(-1, 1, 1, 1) + np.zeros((20000, 1, 4, 6))
    mixed, _ = CutMix(num_classes=1)((images, np.zeros(20000, int)), rng())
    top, left, tall, wide = boxes((mixed != images)[:, 0])
    for size in ((1, 2), (2, 3), (3, 4)):
        here = (tall == size[0]) & (wide == size[1])
        rows, columns = 5 - size[0], 7 - size[1]
        counts = np.bincount((top * columns + left)[here], minlength=rows * columns)

        assert len(counts) == rows * columns
        assert stats.chisquare(counts).pvalue > 0.001


def test_mixed_labels_train_a_network():
    batch = MixUp(num_classes=4)((pictures(dtype=np.float32), np.arange(6) % 4), rng())
    loss = nn.functional.cross_entropy(nn.Sequential(nn.Flatten(), nn.Linear(168, 4))(batch[0]), batch[1])
    loss.backward()

    assert np.isfinite(loss.item())


def test_probabilities_are_mixed_again():
    images, labels = pictures(), np.arange(6) % 4
    once = MixUp(1.0, num_classes=4)((images, labels), rng())
    twice = CutMix()(once, rng(1))

    assert twice[1].shape == (6, 4)
    np.testing.assert_allclose(twice[1].sum(axis=1), 1)


# -- what all of them keep


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("transform", [*ALL, *MIXERS], ids=name)
def test_dtype_is_kept_and_the_input_not_written_to(transform, dtype):
    images, labels = pictures(dtype=dtype), np.arange(6) % 4
    images.flags.writeable = labels.flags.writeable = False
    before = images.copy()
    new, classes = transform((images, labels), rng())

    assert new.dtype == dtype
    assert new.flags.c_contiguous
    assert not np.shares_memory(new, images)
    assert np.array_equal(images, before)
    if transform in MIXERS:
        assert classes.dtype == dtype
    else:
        assert classes is labels


@pytest.mark.parametrize("transform", [*ALL, *MIXERS], ids=name)
def test_the_generator_alone_decides(transform):
    batch = pictures(), np.arange(6) % 4
    one, other = (transform(batch, rng(3))[0] for _ in range(2))
    drawn = []
    for _ in range(2):
        autograd.seed(3)
        drawn.append(transform(batch)[0])

    assert np.array_equal(one, other)
    assert np.array_equal(*drawn)
    assert isinstance(transform, Normalize) or not np.array_equal(one, transform(batch, rng(4))[0])


@pytest.mark.parametrize("transform", ALL, ids=name)
def test_a_batch_comes_back_in_its_form(transform):
    images, labels = pictures(), np.arange(6)
    Batch = namedtuple("Batch", "images labels")
    alone = transform(images, rng())

    for batch in ((images,), [images, labels, "names"], Batch(images, labels)):
        new = transform(batch, rng())
        assert type(new) is type(batch)
        assert np.array_equal(new[0], alone)
        assert all(a is b for a, b in zip(new[1:], batch[1:], strict=True))
    assert np.array_equal(transform(autograd.Tensor(images), rng()), alone)
    assert transform(images[:0]).shape == (0, *alone.shape[1:])


@pytest.mark.parametrize("transform", MIXERS, ids=name)
def test_images_that_are_not_contiguous_are_mixed_as_their_copy(transform):
    images = pictures((6, 8, 7, 3)).transpose(0, 3, 1, 2)
    batches = [(x, np.arange(6) % 4) for x in (images, images.copy())]

    assert np.array_equal(*(transform(batch, rng())[0] for batch in batches))


def test_composed_transforms_work_one_after_the_other():
    images = pictures()
    both = Compose([RandomCrop(5), lambda batch, rng: -batch])

    assert np.array_equal(both(images, rng()), -RandomCrop(5)(images, rng()))
    assert repr(Compose([Normalize(0.5, 1)])) == "Compose([Normalize(mean=(0.5,), std=(1.0,))])"


@pytest.mark.parametrize("ndim", [2, 3, 5])
def test_only_a_single_image_is_told_to_take_an_axis(ndim):
    with pytest.raises(autograd.ShapeError, match="N, C, H, W") as error:
        RandomHorizontalFlip()(np.zeros((2,) * ndim))
    assert ("images[None] adds an axis" in str(error.value)) == (ndim == 3)


x, MAKE, NONE = pictures(), RandomHorizontalFlip(), lambda batch, rng: None
ERRORS = {
    "an image alone": (lambda: RandomCrop(3)(x[0]), autograd.ShapeError, r"\(N, C, H, W\), not .*3, 8"),
    "a list of numbers": (lambda: RandomCrop(3)([3, 4]), autograd.ShapeError, "not a int"),
    "a dict": (lambda: RandomCrop(3)({"images": x}), autograd.ShapeError, "not a dict"),
    "an empty batch": (lambda: RandomCrop(3)(()), ValueError, "empty tuple"),
    "bytes": (lambda: GaussianNoise()(x.astype(np.uint8)), autograd.DtypeError, "uint8; .images / 255"),
    "a window too large": (lambda: RandomCrop(9, padding=(1, 0))(x), autograd.ShapeError, "8 x 7, .* 8 x 9, .* 9 x 9"),
    "size 0": (lambda: RandomCrop(0), ValueError, "size=0"),
    "three sizes": (lambda: RandomCrop((3, 3, 3)), ValueError, "size=.3, 3, 3."),
    "negative padding": (lambda: RandomCrop(3, padding=-1), ValueError, "padding=-1"),
    "padding of three": (lambda: RandomCrop(3, padding=(1, 1, 1)), ValueError, "padding=.1, 1, 1."),
    "fill": (lambda: RandomRotation(3, fill="white"), TypeError, "fill='white'"),
    "p": (lambda: RandomVerticalFlip(1.5), ValueError, "RandomVerticalFlip: p=1.5"),
    "negative degrees": (lambda: RandomRotation(-10), ValueError, "degrees=-10"),
    "degrees turned round": (lambda: RandomRotation((10, -10)), ValueError, "swap"),
    "three degrees": (lambda: RandomRotation((1, 2, 3)), ValueError, "degrees=.1, 2, 3."),
    "scale beyond 1": (lambda: RandomErasing(scale=(0.5, 1.5)), ValueError, "scale=.* up to 1"),
    "scale a number": (lambda: RandomErasing(scale=0.5), TypeError, "scale=0.5"),
    "ratio 0": (lambda: RandomErasing(ratio=(0, 1)), ValueError, "ratio.0.=0"),
    "value": (lambda: RandomErasing(value="noise"), TypeError, "value='noise'"),
    "channels of value": (lambda: RandomErasing(1, value=(1, 2))(x), autograd.ShapeError, "2 channels, .* have 3"),
    "negative sigma": (lambda: GaussianNoise(sigma=-1), ValueError, "sigma=-1"),
    "std 0": (lambda: Normalize(0, [1, 0]), ValueError, "std=0"),
    "channels": (lambda: Normalize([0, 0], 1)(x), autograd.ShapeError, "2 channels, the images have 3"),
    "no numbers": (lambda: Normalize([], 1), ValueError, "mean="),
    "alpha": (lambda: MixUp(0), ValueError, "MixUp: alpha=0"),
    "no classes": (lambda: CutMix(num_classes=0), ValueError, "CutMix: num_classes=0"),
    "images alone": (lambda: MixUp(num_classes=4)(x), ValueError, "not a batch of 1"),
    "classes without their number": (lambda: MixUp()((x, np.arange(6))), ValueError, "num_classes given"),
    "classes beyond": (lambda: MixUp(num_classes=5)((x, np.arange(6))), ValueError, "from 0 to 5 .* below 5"),
    "too few labels": (lambda: MixUp(num_classes=6)((x, np.arange(5))), ValueError, r"shape \(5,\)"),
    "infinite alpha": (lambda: MixUp(np.inf), ValueError, "MixUp: alpha=inf is not finite"),
    "infinite ratio": (lambda: RandomErasing(ratio=(1, np.inf)), ValueError, r"ratio\[1\]=inf is not finite"),
    "infinite degrees": (lambda: RandomRotation(np.inf), ValueError, "degrees=inf is not finite"),
    "an infinite end": (lambda: RandomRotation((-np.inf, 3)), ValueError, r"degrees\[0\]=-inf is not finite"),
    "infinite std": (lambda: Normalize(0, np.inf), ValueError, "std=inf"),
    "infinite mean": (lambda: Normalize(-np.inf, 1), ValueError, "mean=-inf"),
    "infinite sigma": (lambda: GaussianNoise(sigma=np.inf), ValueError, "sigma=inf"),
    "a std lost in float16": (lambda: Normalize(0, [1, 1e-9, 1])(x.astype("e")), ValueError, "std is 0 in float16"),
    "negative probabilities": (lambda: CutMix()((x, np.full((6, 2), [-1.0, 2]))), ValueError, "the least is -1"),
    "a row of another sum": (lambda: MixUp()((x, np.ones((6, 2)))), ValueError, "sum to 2 to 2, not to 1"),
    "nan for probabilities": (lambda: MixUp()((x, np.full((6, 2), np.nan))), ValueError, "no probabilities"),
    "a seed as generator": (lambda: RandomCrop(3)(x, 0), TypeError, "RandomCrop: rng=0 .*default_rng"),
    "a seed as generator of several": (lambda: Compose([])(x, 0), TypeError, "Compose: rng=0 .*default_rng"),
    "composing one": (lambda: Compose(RandomCrop(3)), TypeError, r"list of transforms, not RandomCrop\("),
    "composing a class": (lambda: Compose([RandomCrop]), TypeError, r"transforms\[0\] is the class RandomCrop"),
    "composing f(batch)": (lambda: Compose([lambda b: b]), TypeError, r"\[0\]=.* takes \(b\); .* f\(batch, rng\)"),
    "one that returns None": (lambda: Compose([MAKE, NONE])(x), TypeError, r"transforms\[1\]=.* returned None"),
    "composing no function": (lambda: Compose([RandomCrop(3), "flip"]), TypeError, r"transforms\[1\]='flip'"),
    "no apply": (lambda: Transform()(x), NotImplementedError, "defines no apply"),
}  # fmt: skip


@pytest.mark.parametrize("case", ERRORS)
def test_wrong_use_says_what_to_do(case):
    wrong, error, words = ERRORS[case]

    with pytest.raises(error, match=words):
        wrong()
