"""Pictures in folders, one folder a class."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from autograd.engine.types import Array
from autograd.support.checks import choice, size as checked_size, sizes

from .dataset import Dataset

__all__ = ["ImageFolder"]

ENDINGS = (".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")


class ImageFolder(Dataset):
    """Pictures in folders, one folder for each class: `root/cat/1.png`, `root/dog/any/where/2.jpg`.

    A sample is an image (C, H, W) of float32 in [0, 1] and its label, an int64: its class's place in `classes`, the
    names of the folders in order. It is read when it is asked for. With `size=64` the shorter side becomes 64 pixels
    and the middle square is kept, with `size=(48, 64)` all of the picture becomes so high and so wide, stretched if
    need be; without, pictures stay as they are, and only those of one size make a batch. Shrinking averages over what
    it leaves out. `mode` is "RGB", three channels, or "L", one of grey. A picture lies as its camera says.

    Hidden files and folders are no pictures and no classes. `samples` lists the files with their labels, in order.
    Needs Pillow (the extra `images`). Raises FileNotFoundError for no such folder and for a class without a picture,
    ValueError for a folder without classes and, with the name of the file, for a picture that cannot be read.

    >>> import tempfile
    >>> from PIL import Image
    >>> with tempfile.TemporaryDirectory() as root:
    ...     for name, color in (("day", "white"), ("night", "black")):
    ...         os.mkdir(os.path.join(root, name))
    ...         Image.new("RGB", (30, 20), color).save(os.path.join(root, name, "1.png"))
    ...     dataset = ImageFolder(root, size=8)
    ...     images, labels = dataset.batch([0, 1])
    >>> dataset.classes, images.shape, images[:, 0, 0, 0], labels
    (['day', 'night'], (2, 3, 8, 8), array([1., 0.], dtype=float32), array([0, 1]))
    """

    def __init__(
        self, root: str | os.PathLike[str], size: int | tuple[int, int] | None = None, *, mode: str = "RGB"
    ) -> None:
        self.root = Path(root)
        self.size = size if size is None or isinstance(size, int) else sizes("ImageFolder: size", size, 2)
        if isinstance(self.size, int):
            checked_size("ImageFolder: size", self.size)
        self.mode = choice("ImageFolder: mode", mode, ("RGB", "L"))
        _pillow()
        if not self.root.is_dir():
            what = "is a file, not a folder" if self.root.exists() else "is not there"
            raise FileNotFoundError(f"ImageFolder: {str(self.root)!r} {what}; seen from {os.getcwd()!r}")
        self.classes = sorted(entry.name for entry in self.root.iterdir() if entry.is_dir() and entry.name[0] != ".")
        if not self.classes:
            count = sum(entry.suffix.lower() in ENDINGS for entry in self.root.iterdir())
            raise ValueError(
                f"ImageFolder: {str(self.root)!r} has no folders, and {count} pictures; a folder for each class is "
                f"needed, such as {self.root.name}/cat/1.png and {self.root.name}/dog/2.png"
            )
        self.samples: list[tuple[Path, int]] = []
        for label, name in enumerate(self.classes):
            found = [path for path in sorted((self.root / name).rglob("*")) if _is_picture(path, self.root)]
            if not found:
                raise FileNotFoundError(
                    f"ImageFolder: the class {name!r} has no picture in {str(self.root / name)!r}; names of pictures "
                    f"end in {', '.join(ENDINGS)}"
                )
            self.samples += [(path, label) for path in found]

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> tuple[Array, np.int64]:
        path, label = self.samples[index]
        return self._read(path), np.int64(label)

    def _read(self, path: Path) -> Array:
        pillow, upright = _pillow()
        try:
            with pillow.open(path) as file:
                image = upright(file).convert(self.mode)
        except (OSError, SyntaxError, ValueError, pillow.DecompressionBombError) as error:
            raise ValueError(
                f"ImageFolder: {str(path)!r} cannot be read as a picture ({error}); remove or replace it"
            ) from error
        if self.size is not None:
            image = _resized(image, self.size)
        array = np.asarray(image, np.uint8).reshape(image.height, image.width, -1)
        return np.divide(array.transpose(2, 0, 1), 255, dtype=np.float32, order="C")

    def __repr__(self) -> str:
        size = f", size={self.size}" if self.size is not None else ""
        return f"ImageFolder({str(self.root)!r}{size}): {len(self)} pictures of {len(self.classes)} classes"


def _pillow() -> tuple[Any, Any]:
    """Pillow's Image, and what turns a picture as its camera says."""
    try:
        from PIL import Image, ImageOps
    except ImportError as error:
        raise ImportError("ImageFolder reads pictures with Pillow; mend: pip install pillow") from error
    return Image, ImageOps.exif_transpose


def _is_picture(path: Path, root: Path) -> bool:
    hidden = any(part[0] == "." for part in path.relative_to(root).parts)
    return path.suffix.lower() in ENDINGS and not hidden and path.is_file()


def _resized(image: Any, size: int | tuple[int, ...]) -> Any:
    """The whole picture at (height, width), or the middle square at one size."""
    if isinstance(size, tuple):
        return image.resize(size[::-1], _BILINEAR)
    side = min(image.size)
    left, top = (image.width - side) / 2, (image.height - side) / 2
    return image.resize((size, size), _BILINEAR, box=(left, top, left + side, top + side))


_BILINEAR = 2  # Pillow's number for it
