"""Points: small data sets in the plane, made of a seed alone, which the playground's page makes to the same bits.

The page prints these functions in its Python, so each stands for itself but for `uniform` and NumPy.
"""

import numpy as np


def uniform(seed: int, stream: int, count: int) -> np.ndarray:
    """Numbers in [0, 1): a hash of the seed, the stream and the place (Wellons 2018, "lowbias32")."""
    x = np.arange(count, dtype=np.uint32) + np.uint32((seed * 1000003 + stream * 7919) % 2**32)
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x21F0AAAD)
    x = (x ^ (x >> np.uint32(15))) * np.uint32(0xD35A2D97)
    return (x ^ (x >> np.uint32(15))) / 2**32


def spiral(n: int, seed: int) -> np.ndarray:
    """Two arms that wind around each other, and which one: x1, x2, t."""
    t, along = np.arange(n) % 2, uniform(seed, 0, n)
    angle, radius = 3 * np.pi * along + np.pi * t, 0.2 + 2.6 * along
    return np.stack([radius * np.sin(angle), radius * np.cos(angle), t])


def circles(n: int, seed: int) -> np.ndarray:
    """A ring, and a disc within it (t = 1)."""
    t, angle, u = np.arange(n) % 2, 2 * np.pi * uniform(seed, 0, n), uniform(seed, 1, n)
    radius = np.where(t == 1, 1.3 * np.sqrt(u), 1.9 + 0.9 * u)
    return np.stack([radius * np.sin(angle), radius * np.cos(angle), t])


def moons(n: int, seed: int) -> np.ndarray:
    """Two half circles that reach into each other, and which one."""
    t, angle = np.arange(n) % 2, np.pi * uniform(seed, 0, n)
    side = 1 - 2 * t
    return np.stack([side * (1.7 * np.cos(angle) - 0.85), side * (1.7 * np.sin(angle) - 0.45), t])


def xor(n: int, seed: int) -> np.ndarray:
    """Four squares, and whether x1 and x2 have one sign."""
    x1, x2 = 5.6 * uniform(seed, 0, n) - 2.8, 5.6 * uniform(seed, 1, n) - 2.8
    return np.stack([x1 + 0.15 * np.sign(x1), x2 + 0.15 * np.sign(x2), x1 * x2 > 0])


def hills(n: int, seed: int) -> np.ndarray:
    """Places, and the height there, of a hill and a hollow: a regression."""
    x1, x2 = 5.6 * uniform(seed, 0, n) - 2.8, 5.6 * uniform(seed, 1, n) - 2.8
    hill, hollow = (x1 - 1.2) ** 2 + (x2 - 1.2) ** 2, (x1 + 1.2) ** 2 + (x2 + 1.2) ** 2
    return np.stack([x1, x2, np.exp(-hill / 2) - np.exp(-hollow / 2)])
