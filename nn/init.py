"""Initial values, drawn from the engine's seeded generator (`autograd.seed`).

Each function with a trailing underscore writes into a Parameter or Tensor and returns it, so that a layer says
`self.weight = kaiming_uniform_(Parameter(zeros((out, inputs))))`. Writing is not recorded. A NumPy `generator` draws
where one is given.

All raise TypeError for what is no Tensor and for arguments of the wrong kind, DtypeError for a Tensor of integers,
ShapeError for one of too few or too many axes, ValueError for arguments out of range.
"""

from __future__ import annotations

from math import ceil, prod, sqrt

import numpy as np
from scipy.special import ndtr, ndtri

from autograd import DtypeError, ShapeError, Tensor
from autograd.engine.types import Array
from autograd.ops.random import given_or_current
from autograd.support.bits.array import refuse
from autograd.support.checks import choice, limits, number, size

__all__ = [
    "calculate_gain", "constant_", "dirac_", "eye_", "fan", "kaiming_normal_", "kaiming_uniform_", "normal_", "ones_",
    "orthogonal_", "sparse_", "trunc_normal_", "uniform_", "xavier_normal_", "xavier_uniform_", "zeros_",
]  # fmt: skip


def _check(name: str, tensor: Tensor, axes: int = 0, at_most: int | None = None) -> None:
    if not isinstance(tensor, Tensor):
        raise TypeError(f"init.{name}: writes into a Tensor or Parameter, not {type(tensor).__name__}")
    if tensor.dtype.kind != "f":
        raise DtypeError(f"init.{name}: a Tensor of {tensor.dtype} cannot hold the values; use .astype(np.float32)")
    if tensor.ndim < axes or (at_most is not None and tensor.ndim > at_most):
        wanted = f"{axes}" if axes == at_most else f"at least {axes}" if at_most is None else f"{axes} to {at_most}"
        raise ShapeError(f"init.{name}: a Tensor of {wanted} axes is needed, not of shape {tensor.shape}")


def _write(tensor: Tensor, values: Array) -> Tensor:
    tensor.data = np.asarray(values, tensor.dtype)
    return tensor


def fan(shape: tuple[int, ...]) -> tuple[int, int]:
    """How many inputs feed one output of a weight of this shape (out, in, ...), and how many outputs one input.

    Raises ShapeError for fewer than 2 axes.

    >>> fan((8, 4, 3, 3))
    (36, 72)
    """
    if len(shape) < 2:
        raise ShapeError(f"init.fan: a weight of at least 2 axes, (out, in, ...), is needed, not of shape {shape}")
    field = prod(shape[2:])
    return shape[1] * field, shape[0] * field


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """How much larger weights start, so that signals keep their size through this nonlinearity.

    `param` is the negative slope of "leaky_relu", 0.01 by default (He et al. 2015). Raises ValueError for an unknown
    nonlinearity.

    >>> calculate_gain("relu"), calculate_gain("leaky_relu", 1.0)
    (1.4142135623730951, 1.0)
    """
    convolutions = [f"conv{'_transpose' * t}{n}d" for t in (False, True) for n in (1, 2, 3)]
    slope = 0.01 if param is None else number("init.calculate_gain: param", param)
    gains = {
        **dict.fromkeys(["linear", *convolutions, "sigmoid"], 1.0),
        "tanh": 5.0 / 3.0,
        "relu": sqrt(2.0),
        "leaky_relu": sqrt(2.0 / (1.0 + slope**2)),
        "selu": 0.75,
    }
    return gains[choice("init.calculate_gain: nonlinearity", nonlinearity, tuple(gains))]


# -- without regard to the shape -----------------------------------------------------------------------


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: np.random.Generator | None = None) -> Tensor:
    """Uniform in [a, b).

    >>> uniform_(zeros((2, 3)), -1.0, 1.0).shape
    (2, 3)
    """
    _check("uniform_", tensor)
    a, b = limits("init.uniform_", a=a, b=b)
    return _write(tensor, a + (b - a) * given_or_current("init.uniform_: generator", generator).random(tensor.shape))


def normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: np.random.Generator | None = None
) -> Tensor:
    """Normally distributed.

    >>> normal_(zeros((2, 3)), std=0.02).shape
    (2, 3)
    """
    _check("normal_", tensor)
    mean, std = number("init.normal_: mean", mean), number("init.normal_: std", std, 0.0)
    source = given_or_current("init.normal_: generator", generator)
    return _write(tensor, mean + std * source.standard_normal(tensor.shape))


def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: np.random.Generator | None = None,
) -> Tensor:
    """Normally distributed, but only what lies in [a, b]; a and b are values, not multiples of std.

    >>> bool((abs(trunc_normal_(zeros(1000))) <= 2).all())
    True
    """
    _check("trunc_normal_", tensor)
    mean, std = number("init.trunc_normal_: mean", mean), number("init.trunc_normal_: std", std, 0.0)
    a, b = limits("init.trunc_normal_", a=a, b=b)
    source = given_or_current("init.trunc_normal_: generator", generator)
    if std == 0:
        return _write(tensor, np.full(tensor.shape, np.clip(mean, a, b)))
    low, high = (a - mean) / std, (b - mean) / std
    # the distribution function runs out of digits above the mean: mirror what lies there
    side = -1.0 if low > 0 else 1.0
    p, q = sorted((ndtr(side * low), ndtr(side * high)))
    z = side * ndtri(p + (q - p) * source.random(tensor.shape))
    return _write(tensor, np.clip(mean + std * z, a, b))


def constant_(tensor: Tensor, val: float) -> Tensor:
    """One value everywhere.

    >>> constant_(zeros(2), 0.5)
    Tensor([0.5, 0.5])
    """
    _check("constant_", tensor)
    return _write(tensor, np.full(tensor.shape, number("init.constant_: val", val)))


def ones_(tensor: Tensor) -> Tensor:
    """Ones.

    >>> ones_(zeros(2))
    Tensor([1., 1.])
    """
    return constant_(tensor, 1.0)


def zeros_(tensor: Tensor) -> Tensor:
    """Zeros.

    >>> zeros_(ones(2))
    Tensor([0., 0.])
    """
    return constant_(tensor, 0.0)


# -- layers that pass their input on -------------------------------------------------------------------


def eye_(tensor: Tensor) -> Tensor:
    """Ones on the diagonal of a matrix, so that a linear layer starts as the identity.

    >>> eye_(zeros((2, 3)))
    Tensor([[1., 0., 0.],
            [0., 1., 0.]])
    """
    _check("eye_", tensor, 2, 2)
    return _write(tensor, np.eye(tensor.shape[0], tensor.shape[1]))


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """A 1 in the middle of the kernel from each channel to itself, so that a convolution starts as the identity.

    For weights (out, in / groups, ...) of 3 to 5 axes; out must be divisible by `groups`.

    >>> dirac_(zeros((2, 2, 3))).tolist()
    [[[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]], [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0]]]
    """
    _check("dirac_", tensor, 3, 5)
    if size("init.dirac_: groups", groups) and tensor.shape[0] % groups:
        raise ValueError(f"init.dirac_: {tensor.shape[0]} output channels do not divide into groups={groups}")
    each = tensor.shape[0] // groups
    values = np.zeros(tensor.shape)
    channel = np.arange(min(each, tensor.shape[1]))
    centre = np.array(tensor.shape[2:]) // 2
    for group in range(groups):
        values[group * each + channel, channel, *centre] = 1.0
    return _write(tensor, values)


# -- variances that neither grow nor shrink from layer to layer ----------------------------------------


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: np.random.Generator | None = None) -> Tensor:
    """Uniform in +-gain sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio 2010).

    >>> bool(abs(xavier_uniform_(zeros((4, 2)))).max() <= 1)
    True
    """
    _check("xavier_uniform_", tensor, 2)
    gain = number("init.xavier_uniform_: gain", gain, 0.0)
    bound = gain * sqrt(6.0 / max(sum(fan(tensor.shape)), 1))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: np.random.Generator | None = None) -> Tensor:
    """Normal, with the standard deviation gain sqrt(2 / (fan_in + fan_out)) (Glorot and Bengio 2010).

    >>> xavier_normal_(zeros((4, 2))).shape
    (4, 2)
    """
    _check("xavier_normal_", tensor, 2)
    gain = number("init.xavier_normal_: gain", gain, 0.0)
    return normal_(tensor, 0.0, gain * sqrt(2.0 / max(sum(fan(tensor.shape)), 1)), generator)


def _kaiming_std(name: str, tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    _check(name, tensor, 2)
    n = fan(tensor.shape)[choice(f"init.{name}: mode", mode, ("fan_in", "fan_out")) == "fan_out"]
    return calculate_gain(nonlinearity, number(f"init.{name}: a", a)) / sqrt(max(n, 1))


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: np.random.Generator | None = None,
) -> Tensor:
    """Uniform in +-sqrt(3) gain / sqrt(fan), where gain is that of `nonlinearity`, with negative slope a.

    `mode` is "fan_in" to keep the size of signals, "fan_out" that of gradients (He et al. 2015).

    >>> bool(abs(kaiming_uniform_(zeros((4, 6)))).max() <= 1)
    True
    """
    bound = sqrt(3.0) * _kaiming_std("kaiming_uniform_", tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: np.random.Generator | None = None,
) -> Tensor:
    """Normal, with the standard deviation gain / sqrt(fan); see `kaiming_uniform_`.

    >>> kaiming_normal_(zeros((4, 6)), mode="fan_out", nonlinearity="relu").shape
    (4, 6)
    """
    return normal_(tensor, 0.0, _kaiming_std("kaiming_normal_", tensor, a, mode, nonlinearity), generator)


def orthogonal_(tensor: Tensor, gain: float = 1.0, generator: np.random.Generator | None = None) -> Tensor:
    """A random orthogonal matrix, times `gain`; its rows (or columns, whichever are fewer) are orthonormal.

    Axes after the second are joined with it (Saxe et al. 2014).

    >>> w = orthogonal_(zeros((2, 3)))
    >>> bool(np.allclose(w.data @ w.data.T, np.eye(2), atol=1e-6))
    True
    """
    _check("orthogonal_", tensor, 2)
    gain, source = number("init.orthogonal_: gain", gain), given_or_current("init.orthogonal_: generator", generator)
    if tensor.size == 0:
        return tensor
    flat = source.standard_normal((tensor.shape[0], tensor.size // tensor.shape[0]))
    wide = flat.shape[0] < flat.shape[1]
    refuse("init.orthogonal_")
    q, r = np.linalg.qr(flat.T if wide else flat)
    q *= np.sign(np.diag(r))  # LAPACK's signs are not random: with these, every orthogonal matrix is as likely
    return _write(tensor, gain * np.reshape(q.T if wide else q, tensor.shape))


def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: np.random.Generator | None = None) -> Tensor:
    """Normal, with this share of every column of a matrix (rounded up) set to 0 at random (Martens 2010).

    >>> int((sparse_(zeros((4, 3)), 0.5) == 0).sum())
    6
    """
    _check("sparse_", tensor, 2, 2)
    sparsity, std = number("init.sparse_: sparsity", sparsity, 0.0, 1.0), number("init.sparse_: std", std, 0.0)
    source = given_or_current("init.sparse_: generator", generator)
    values = std * source.standard_normal(tensor.shape)
    order = np.argsort(source.random(tensor.shape), axis=0)
    np.put_along_axis(values, order[: ceil(sparsity * tensor.shape[0])], 0.0, axis=0)
    return _write(tensor, values)
