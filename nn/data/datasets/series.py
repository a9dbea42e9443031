"""Measured series."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from autograd.engine.types import Array

__all__ = ["sunspots"]


def sunspots() -> tuple[Array, Array]:
    """The mean number of sunspots in each year from 1700 to 2008: years (309,) int64, counts (309,) float32.

    The classic series for forecasting, with a cycle of about 11 years of uneven height. (National Geophysical Data
    Center, public domain; before the series' revision of 2015)

    >>> years, counts = sunspots()
    >>> print(years[0], counts[0], years[-1], counts[-1])
    1700 5.0 2008 2.9
    """
    years, counts = np.loadtxt(Path(__file__).with_name("sunspots.csv"), delimiter=",", skiprows=1, unpack=True)
    return years.astype(np.int64), counts.astype(np.float32)
