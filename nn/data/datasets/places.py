"""Where downloaded data may lie."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path


def find(
    name: str, files: Sequence[str], packages: Sequence[str], folder: str | os.PathLike[str] | None, otherwise: str = ""
) -> list[Path]:
    """The paths of `files` in `folder`; without one, in the first place that holds them all.

    The places are $GLASSGRAD_DATA/name, data/name below the working directory, and `packages`, where package managers
    put them. A file may be gzipped, and written `train-images.idx3-ubyte` instead of `train-images-idx3-ubyte`.
    Raises FileNotFoundError that lists the places, what each lacks, and what to do.
    """
    shared = os.environ.get("GLASSGRAD_DATA")
    places = [Path(shared, name)] if shared else []
    places += [Path("data", name), *map(Path, packages)]
    if folder is not None:
        places = [Path(os.fsdecode(folder))]
    lacks = []
    for place in places:
        found = [_variant(place / file) for file in files]
        if all(found):
            return [path for path in found if path]
        missing = [file for file, path in zip(files, found) if not path]
        lacks.append(f"  {place}: " + (f"no {', '.join(missing)}" if place.is_dir() else "no such folder"))
    mend = f"run `make data` in Glassgrad's folder: it fetches data/{name}; from elsewhere, set GLASSGRAD_DATA to data/"
    raise FileNotFoundError("\n".join([f"{name} was not found in", *lacks, mend + otherwise]))


def _variant(path: Path) -> Path | None:
    names = [path.name, path.name.replace("-idx", ".idx")]
    variants = [path.with_name(name + ending) for name in names for ending in ("", ".gz")]
    return next((variant for variant in variants if variant.is_file()), None)
