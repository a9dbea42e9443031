"""Augmentation: random changes to batches of images that leave their meaning as it is.

Each takes a batch and a generator, `transform(batch, rng)`, and returns a new batch: of an array (N, C, H, W) of floats
an array, of a tuple (images, labels, ...) a tuple whose images are changed. Every image has its own draw. The input is
never written to, and its dtype is kept. `DataLoader(..., transform=Compose([...]))` hands over the generator; without
one, the generator that `autograd.seed` sets is used. Names and arguments are those of torchvision.
"""

import inspect
from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, Any, cast

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from autograd import DtypeError, ShapeError, Tensor
from autograd.engine.types import Array, Value
from autograd.ops.random import given_or_current
from autograd.support.bits.array import refuse
from autograd.support.checks import sizes
from autograd.support.settings import Finite, FiniteNotNegative, Settings, Share, Size, finite, finite_positive

__all__ = [
    "Compose", "CutMix", "GaussianNoise", "MixUp", "Normalize", "RandomCrop", "RandomErasing", "RandomHorizontalFlip",
    "RandomRotation", "RandomVerticalFlip", "Transform",
]  # fmt: skip


class Transform(Settings):
    """A change to images; a subclass writes `apply`.

    Raises ShapeError for images that are not (N, C, H, W), DtypeError for ones that are not floats.

    >>> class Invert(Transform):
    ...     def apply(self, images, rng):
    ...         return 1 - images
    >>> images, labels = Invert()((np.ones((2, 1, 8, 8)), np.array([3, 7])))
    >>> images.max(), labels
    (np.float64(0.0), array([3, 7]))
    """

    def __call__(self, batch: Any, rng: np.random.Generator | None = None) -> Any:
        """The changed batch, in the form of the given one."""
        rng = given_or_current(f"{self._name}: rng", rng)
        if not isinstance(batch, (tuple, list)):
            return self.change([self._images(batch)], rng)[0]
        if not batch:
            raise ValueError(f"{self._name} got an empty {type(batch).__name__}; a batch is images or (images, ...)")
        changed = self.change([self._images(batch[0]), *batch[1:]], rng)
        if hasattr(batch, "_fields"):
            return type(batch)(*changed)
        return changed if isinstance(batch, list) else tuple(changed)

    def apply(self, images: Array, rng: np.random.Generator) -> Array:
        """New images from `images` (N, C, H, W), which are not to be written to."""
        raise NotImplementedError(f"{self._name} defines no apply(self, images, rng)")

    def change(self, batch: list[Any], rng: np.random.Generator) -> list[Any]:
        """A new batch; of a batch with more than images, this changes the images alone."""
        return [self.apply(batch[0], rng), *batch[1:]]

    def _images(self, images: Any) -> Array:
        images = images.data if isinstance(images, Tensor) else images
        if not isinstance(images, np.ndarray) or images.ndim != 4:
            what = f"shape {images.shape}" if isinstance(images, np.ndarray) else f"a {type(images).__name__}"
            hint = "; images[None] adds an axis" if getattr(images, "ndim", 0) == 3 else ""
            raise ShapeError(f"{self._name} takes images of shape (N, C, H, W), not {what}{hint}")
        if images.dtype.kind != "f":
            raise DtypeError(f"{self._name} takes floats, not {images.dtype}; (images / 255).astype(np.float32)")
        return images

    def __repr__(self) -> str:
        return f"{self._name}({', '.join(f'{k}={v!r}' for k, v in vars(self).items() if k[0] != '_')})"


class Compose:
    """Several transforms, one after the other; any `f(batch, rng)` that returns a batch may be among them.

    >>> Compose([RandomHorizontalFlip(), Normalize(0.5, 0.5)])(np.ones((2, 1, 8, 8), np.float32)).max()
    np.float32(1.0)
    """

    def __init__(self, transforms: Sequence[Callable[[Any, Any], Any]]) -> None:
        if not isinstance(transforms, (tuple, list)):
            raise TypeError(f"Compose takes a list of transforms, not {transforms!r}; Compose([...])")
        self.transforms = [checked(f"Compose: transforms[{i}]", t) for i, t in enumerate(transforms)]

    def __call__(self, batch: Any, rng: np.random.Generator | None = None) -> Any:
        """The changed batch, in the form of the given one."""
        rng = given_or_current("Compose: rng", rng)
        for i, transform in enumerate(self.transforms):
            batch = transform(batch, rng)
            if batch is None:
                raise TypeError(f"Compose: transforms[{i}]={transform!r} returned None; it returns the changed batch")
        return batch

    def __repr__(self) -> str:
        return f"Compose([{', '.join(map(repr, self.transforms))}])"


def checked(what: str, transform: Any) -> Any:
    """`transform`, if it can be called as f(batch, rng); else TypeError."""
    if isinstance(transform, type):
        raise TypeError(f"{what} is the class {transform.__name__}; make one of it: {transform.__name__}(...)")
    if not callable(transform):
        raise TypeError(f"{what}={transform!r} is not callable")
    try:
        signature = inspect.signature(transform)
    except (TypeError, ValueError):  # some functions written in C do not tell
        return transform
    try:
        signature.bind(None, None)
    except TypeError as error:
        raise TypeError(f"{what}={transform!r} takes {signature}; a transform is called as f(batch, rng)") from error
    return transform


Positive = Annotated[float, finite_positive]

# -- where the pixels are ------------------------------------------------------------------------------


def _pad(images: Array, padding: Sequence[int], fill: float) -> Array:
    """As np.pad, which takes longer than the whole rest on small images."""
    left, top, right, bottom = padding
    n, c, height, width = images.shape
    padded = np.full((n, c, top + height + bottom, left + width + right), fill, images.dtype)
    padded[:, :, top : top + height, left : left + width] = images
    return padded


def _frame(what: str, padding: int | Sequence[int]) -> tuple[int, ...]:
    """Left, top, right and bottom, from these, from one for both sides of each axis, or from one for all."""
    sides = len(padding) if isinstance(padding, (tuple, list)) and len(padding) in (2, 4) else 4
    given = sizes(what, padding, sides, 0)
    return given * 2 if sides == 2 else given


class RandomCrop(Transform):
    """A window of `size`, at a random place of each image, which is first padded with `fill`.

    `size` is (height, width) or one number for both, `padding` one number, (left and right, top and bottom), or (left,
    top, right, bottom). Raises ShapeError for images that are smaller than the window.
    (Krizhevsky et al. 2012; with padding, He et al. 2016)

    >>> RandomCrop(28, padding=2)(np.zeros((64, 1, 28, 28))).shape
    (64, 1, 28, 28)
    """

    size: Annotated[int | Sequence[int], partial(sizes, axes=2)]
    padding: Annotated[int | Sequence[int], _frame] = 0
    fill: Finite = 0

    def apply(self, images: Array, rng: np.random.Generator) -> Array:
        """Crop each image."""
        size, padding = cast(tuple[int, int], self.size), cast(Sequence[int], self.padding)
        padded = _pad(images, padding, self.fill) if any(padding) else images
        count, rows, columns = len(images), padded.shape[2] - size[0], padded.shape[3] - size[1]
        if min(rows, columns) < 0:
            raise ShapeError(
                f"RandomCrop: images of {images.shape[2]} x {images.shape[3]}, with padding {padded.shape[2]} x "
                f"{padded.shape[3]}, have no window of {size[0]} x {size[1]}; choose a larger padding"
            )
        windows = sliding_window_view(padded, size, axis=(2, 3))
        tops, lefts = rng.integers(0, rows + 1, count), rng.integers(0, columns + 1, count)
        return np.ascontiguousarray(windows[np.arange(count), :, tops, lefts])


class RandomHorizontalFlip(Transform):
    """Each image mirrored, left to right, with probability p.

    (Krizhevsky et al. 2012)

    >>> RandomHorizontalFlip(p=1)(np.array([[[[1.0, 2.0, 3.0]]]]))
    array([[[[3., 2., 1.]]]])
    """

    p: Share = 0.5

    _axis = -1

    def apply(self, images: Array, rng: np.random.Generator) -> Array:
        """Flip those that are chosen."""
        chosen = rng.random(len(images)) < self.p
        flipped = images.copy()
        flipped[chosen] = np.flip(images, self._axis)[chosen]
        return flipped


class RandomVerticalFlip(RandomHorizontalFlip):
    """Each image upside down with probability p.

    >>> RandomVerticalFlip(p=1)(np.array([[[[1.0], [2.0]]]])).tolist()
    [[[[2.0], [1.0]]]]
    """

    _axis = -2


def _degrees(what: str, degrees: Any) -> tuple[float, float]:
    if not isinstance(degrees, (tuple, list)):
        high = finite(what, degrees, 0.0)
        return -high, high
    if len(degrees) != 2:
        raise ValueError(f"{what}={degrees!r} is neither one number nor (lowest, highest)")
    low, high = (finite(f"{what}[{i}]", d) for i, d in enumerate(degrees))
    if low > high:
        raise ValueError(f"{what}={degrees!r} begins above its end; swap them")
    return low, high


class RandomRotation(Transform):
    """Each image turned about its centre by a random angle, anticlockwise where it is positive.

    `degrees` is (lowest, highest), or one number d for (-d, d). Between pixels the values are interpolated linearly;
    what was outside is `fill`.

    >>> RandomRotation((90, 90))(np.arange(4.0).reshape(1, 1, 2, 2)).round().tolist()
    [[[[1.0, 3.0], [0.0, 2.0]]]]
    """

    degrees: Annotated[float | Sequence[float], _degrees]
    fill: Finite = 0

    def apply(self, images: Array, rng: np.random.Generator) -> Array:
        """Turn each image."""
        refuse("RandomRotation")
        n, channels, height, width = images.shape
        # an index into an image is computed in floats, which float32 does exactly up to 2**24
        dtype = np.result_type(images.dtype, np.float32 if height * width < 2**23 else np.float64)
        low, high = cast(tuple[float, float], self.degrees)
        angle = np.radians(rng.uniform(low, high, n))
        sin, cos, one = np.sin(angle), np.cos(angle), np.ones(n)
        # where each pixel comes from, in the image with a frame of one pixel, beyond which all is fill
        turn = np.array([[cos, sin, one * (height + 1) / 2], [-sin, cos, one * (width + 1) / 2]], dtype)
        y, x = np.indices((height, width), dtype).reshape(2, -1)
        place = turn.swapaxes(1, 2) @ np.stack([y - (height - 1) / 2, x - (width - 1) / 2, np.ones_like(x)])
        for i, length in enumerate((height, width)):
            np.clip(place[i], 0, length + 1, out=place[i])
        corner = np.floor(place)
        down, right = (place - corner)[:, :, None]
        framed = _pad(images.astype(dtype, copy=False), (1, 1, 1, 1), self.fill).ravel()
        start = np.arange(n * channels).reshape(n, channels, 1) * ((height + 2) * (width + 2))
        index = start + (corner[0] * (width + 2) + corner[1]).astype(np.intp)[:, None]
        upper, lower = _between(framed, index, right), _between(framed[width + 2 :], index, right)
        lower -= upper
        lower *= down
        upper += lower
        return upper.astype(images.dtype, copy=False).reshape(images.shape)


def _between(values: Array, index: Array, part: Array) -> Array:
    """Between the values at index and its successor, which past a frame is in the next one, of the same fill."""
    low, high = values.take(index, mode="clip"), values[1:].take(index, mode="clip")
    high -= low
    high *= part
    low += high
    return low


# -- what the pixels are -------------------------------------------------------------------------------


def _range(what: str, value: Any, most: float = np.inf) -> tuple[float, float]:
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise TypeError(f"{what}={value!r} is not (lowest, highest)")
    low, high = (finite_positive(f"{what}[{i}]", v) for i, v in enumerate(value))
    if not low <= high <= most:
        raise ValueError(f"{what}={value!r} is not a range{f' up to {most:g}' if most < np.inf else ''}")
    return low, high


def _channels(what: str, value: Value) -> tuple[float, ...]:
    """One number for all channels, or one for each."""
    values = np.asarray(value).tolist() if isinstance(value, (tuple, list, np.ndarray, Tensor)) else [value]
    if not isinstance(values, list) or not values:
        raise ValueError(f"{what}={value!r} is neither a number nor one for each channel")
    return tuple(finite(what, v) for v in values)


def _fill(what: str, value: str | Value) -> str | tuple[float, ...]:
    return value if isinstance(value, str) and value == "random" else _channels(what, value)


Channels = Annotated[Any, _channels]  # kept as a tuple


class RandomErasing(Transform):
    """With probability p, a random rectangle of an image is replaced by `value`.

    `scale` is the range of its share of the image's area, `ratio` that of height to width. `value` is a number, one
    for each channel, or "random" for normal noise. Where ten rectangles drawn do not fit, the image stays as it is.
    (Zhong et al. 2020)

    >>> erased = RandomErasing(p=1, scale=(0.25, 0.25), ratio=(1, 1))(np.ones((1, 1, 8, 8)))
    >>> int((erased == 0).sum())
    16
    """

    p: Share = 0.5
    scale: Annotated[Sequence[float], partial(_range, most=1.0)] = (0.02, 0.33)
    ratio: Annotated[Sequence[float], _range] = (0.3, 3.3)
    value: Annotated[Any, _fill] = 0

    def apply(self, images: Array, rng: np.random.Generator) -> Array:
        """Erase a part of those that are chosen."""
        n, _, height, width = images.shape
        area = rng.uniform(self.scale[0], self.scale[1], (10, n)) * (height * width)
        ratio = np.exp(rng.uniform(np.log(self.ratio[0]), np.log(self.ratio[1]), (10, n)))
        tall, wide = np.rint(np.sqrt(area * ratio)), np.rint(np.sqrt(area / ratio))
        fits = (tall < height) & (wide < width)
        first, every = fits.argmax(axis=0), np.arange(n)
        chosen = (rng.random(n) < self.p) & fits[first, every]
        inside = _boxes(rng, height, width, tall[first, every] * chosen, wide[first, every])
        value = _normal(rng, images) if isinstance(self.value, str) else _column(self, self.value, images)
        return np.where(inside, value, images)


def _boxes(rng: np.random.Generator, height: int, width: int, tall: Array, wide: Array) -> Array:
    """Whether each pixel is in a box of that size at a random place, of shape (N, 1, H, W)."""
    top = np.floor(rng.random(len(tall)) * (height - tall + 1)).reshape(-1, 1, 1, 1)
    left = np.floor(rng.random(len(wide)) * (width - wide + 1)).reshape(-1, 1, 1, 1)
    y, x = np.arange(height).reshape(height, 1), np.arange(width)
    rows = (y >= top) & (y < top + tall.reshape(-1, 1, 1, 1))
    columns = (x >= left) & (x < left + wide.reshape(-1, 1, 1, 1))
    return rows & columns


class GaussianNoise(Transform):
    """Each pixel plus a normal random number of that mean and standard deviation sigma.

    (Bishop 1995: training with noise is a penalty on the slope)

    >>> noisy = GaussianNoise(sigma=0.5)(np.zeros((10, 1, 100, 100)), np.random.default_rng(0))
    >>> noisy.std().round(2)
    np.float64(0.5)
    """

    mean: Finite = 0.0
    sigma: FiniteNotNegative = 0.1

    def apply(self, images: Array, rng: np.random.Generator) -> Array:
        """Add noise."""
        noise = _normal(rng, images)
        noise *= self.sigma
        noise += self.mean
        noise += images
        return noise


def _normal(rng: np.random.Generator, like: Array) -> Array:
    drawn = np.float64 if like.dtype.itemsize > 4 else np.float32
    return rng.standard_normal(like.shape, drawn).astype(like.dtype, copy=False)


class Normalize(Transform):
    """(images - mean) / std, with one number for all channels or one for each. Nothing here is random.

    Raises ValueError for a std that is not above 0, ShapeError for another number of channels.

    >>> Normalize(mean=[0.5, 0.0], std=[0.5, 1.0])(np.ones((1, 2, 1, 1))).ravel()
    array([1., 1.])
    """

    mean: Channels
    std: Channels

    def _setup(self) -> None:
        """Divide by no 0."""
        for value in self.std:
            finite_positive("Normalize: std", value)

    def apply(self, images: Array, rng: np.random.Generator) -> Array:
        """Shift and scale each channel."""
        std = _column(self, self.std, images)
        if not std.all():
            raise ValueError(f"{self!r}: a std is 0 in {images.dtype}, the dtype of the images; convert them first")
        changed = images - _column(self, self.mean, images)
        changed /= std
        return changed


def _column(transform: Transform, values: tuple[float, ...], images: Array) -> Array:
    """The channels' numbers, so that they meet images (N, C, H, W)."""
    if len(values) not in (1, images.shape[1]):
        raise ShapeError(f"{transform!r} has numbers for {len(values)} channels, the images have {images.shape[1]}")
    return np.array(values, images.dtype).reshape(-1, 1, 1)


# -- images and labels ---------------------------------------------------------------------------------


class MixUp(Transform):
    """Each image and its label mixed with another of the batch: a share of one, the rest of the other.

    Of (images, labels) this makes (images, probabilities of shape (N, num_classes)), which `cross_entropy` takes.
    Labels may be such probabilities already; then `num_classes` may be left out. The share of each image is drawn from
    the Beta distribution with both parameters `alpha`. Raises ValueError for labels that are no classes.
    (Zhang et al. 2018)

    >>> images, labels = MixUp(num_classes=10)((np.zeros((2, 1, 8, 8)), np.array([3, 7])))
    >>> labels.shape, labels.sum(axis=1)
    ((2, 10), array([1., 1.]))
    """

    alpha: Positive = 0.2
    num_classes: Size | None = None

    def change(self, batch: list[Any], rng: np.random.Generator) -> list[Any]:
        """Mix images and labels alike."""
        if len(batch) != 2:
            raise ValueError(f"{self._name} takes (images, labels), not a batch of {len(batch)} parts")
        images, labels = batch
        labels = self._probabilities(labels, images)
        order = rng.permutation(len(images))
        other = np.empty_like(order)
        other[order] = np.roll(order, 1)  # a random cycle: no image meets itself
        kept = self.kept(images, rng)
        share = kept.mean(axis=(1, 2, 3))[:, None]
        return [kept * images + (1 - kept) * images[other], share * labels + (1 - share) * labels[other]]

    def kept(self, images: Array, rng: np.random.Generator) -> Array:
        """How much of each pixel remains, of a shape that meets (N, C, H, W)."""
        return rng.beta(self.alpha, self.alpha, (len(images), 1, 1, 1)).astype(images.dtype)

    def _probabilities(self, labels: Any, images: Array) -> Array:
        labels = np.asarray(labels.data if isinstance(labels, Tensor) else labels)
        n, k = len(images), self.num_classes
        if labels.dtype.kind == "f" and labels.ndim == 2 and len(labels) == n and k in (None, labels.shape[1]):
            sums = labels.sum(axis=1, dtype=np.float64)
            if not ((labels >= 0).all() and np.allclose(sums, 1, atol=0.01)):  # float16 rounds that much
                raise ValueError(
                    f"{self!r}: labels are no probabilities: the least is {labels.min():g}, and their rows sum to "
                    f"{sums.min():g} to {sums.max():g}, not to 1; classes are given as integers"
                )
            return labels.astype(images.dtype, copy=False)
        if k is None or labels.dtype.kind not in "iu" or labels.shape != (n,):
            raise ValueError(
                f"{self!r} takes {n} classes as integers, with num_classes given, or probabilities (N, num_classes), "
                f"not {labels.dtype} of shape {labels.shape}"
            )
        if n and not 0 <= labels.min() <= labels.max() < k:
            raise ValueError(f"{self!r}: labels from {labels.min()} to {labels.max()} are not classes below {k}")
        return np.eye(k, dtype=images.dtype)[labels]


class CutMix(MixUp):
    """As `MixUp`, but a rectangle of each image is cut from the other one, and the labels mixed by its area.

    The rectangle has the proportions of the image and lies within it. (Yun et al. 2019)

    >>> images, labels = CutMix(num_classes=10)((np.zeros((2, 1, 8, 8)), np.array([3, 7])))
    >>> labels.sum(axis=1)
    array([1., 1.])
    """

    alpha: Positive = 1.0

    def kept(self, images: Array, rng: np.random.Generator) -> Array:
        """1 outside a box whose share of the image is drawn as in `MixUp`, 0 inside."""
        n, _, height, width = images.shape
        side = np.sqrt(rng.beta(self.alpha, self.alpha, n))
        inside = _boxes(rng, height, width, np.rint(side * height), np.rint(side * width))
        return (~inside).astype(images.dtype)
