"""Weights of a norm: learned apart from the direction, or held at 1."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

import autograd
from autograd import Tensor
from autograd.engine.modes import replaying
from autograd.ops.random import current
from autograd.support.checks import positive, size

from ..convolution import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from ..layer import axis_of
from ..module import Buffer, Module, Parameter

Held = TypeVar("Held", bound=Module)


class Computed:
    """A weight that is computed of other parameters before each call; after it, what stays has no graph."""

    def __init__(self, name: str) -> None:
        self.name = name

    def value(self, module: Any) -> Tensor:
        """The weight."""
        raise NotImplementedError

    def attach(self, module: Module, parts: dict[str, Tensor]) -> None:
        """Put `parts` in the place of the weight, under its name and theirs."""
        delattr(module, self.name)
        for suffix, part in parts.items():
            setattr(module, f"{self.name}_{suffix}", part)
        vars(module)[self.name] = self.value(module).detach()
        module.register_forward_pre_hook(self.before)
        module.register_forward_hook(self.after)

    # both return what they are given, so that `checkpoint` calls them when it runs the module again

    def before(self, module: Module, args: Any) -> Any:
        """Compute the weight."""
        vars(module)[self.name] = self.value(module)
        return args

    def after(self, module: Module, args: Any, output: Any) -> Any:
        """Let go of its graph."""
        vars(module)[self.name] = vars(module)[self.name].detach()
        return output

    @classmethod
    def detach(cls, module: Module, name: str, *suffixes: str) -> None:
        """Make the weight a parameter again, of its present value."""
        owners = [(getattr(hook.function, "__self__", None), hook) for some in module._hooks for hook in some]
        mine = [(owner, hook) for owner, hook in owners if isinstance(owner, cls) and owner.name == name]
        if not mine:
            raise ValueError(f"{type(module).__name__} has no {cls.__name__} of {name!r}")
        value = mine[0][0].value(module).data
        for _, hook in mine:
            hook.remove()
        for suffix in ("", *suffixes):
            delattr(module, name + suffix)
        setattr(module, name, Parameter(value))


def _weight(what: str, module: Module, name: str) -> Parameter:
    weight = vars(module).get(name)
    if not isinstance(weight, Parameter):
        raise TypeError(f"{what}: {type(module).__name__} has no Parameter {name!r}; it is {weight!r}")
    return weight


class WeightNorm(Computed):
    """g v / |v|, with the norm over all axes but one."""

    def __init__(self, name: str, dim: int | None) -> None:
        super().__init__(name)
        self.dim = dim

    def length(self, v: Tensor) -> Tensor:
        """The norm of each slice, with the axes that it has no more as 1; of all without a `dim`."""
        if self.dim is None:
            return autograd.norm(v)
        axes = tuple(axis for axis in range(v.ndim) if axis != self.dim)
        return autograd.vector_norm(v, axes, keepdims=True)

    def value(self, module: Any) -> Tensor:
        """The weight."""
        g, v = (vars(module)[f"{self.name}_{part}"] for part in "gv")
        return v * (g / self.length(v))


class SpectralNorm(Computed):
    """W / sigma, with its largest singular value by power iteration."""

    def __init__(self, name: str, dim: int, steps: int, eps: float) -> None:
        super().__init__(name)
        self.dim, self.steps, self.eps = dim, steps, eps

    def matrix(self, weight: Any) -> Any:
        """The weight as a matrix, a row for each output."""
        return np.reshape(np.moveaxis(weight, self.dim, 0), (weight.shape[self.dim], -1))

    def unit(self, x: Any) -> Any:
        """The vector in length 1."""
        return x / max(np.linalg.norm(x), self.eps)

    def value(self, module: Any) -> Tensor:
        """The weight; while training, u and v come nearer to the singular vectors first."""
        weight, u, v = (vars(module)[f"{self.name}_{part}"] for part in ("orig", "u", "v"))
        for _ in range(self.steps if module.training and not replaying.get() else 0):
            v.data = self.unit(self.matrix(weight.data).T @ u.data)
            u.data = self.unit(self.matrix(weight.data) @ v.data)
        return weight / (u.data @ (self.matrix(weight) @ v.data))


def weight_norm(module: Held, name: str = "weight", dim: int | None = 0) -> Held:
    """Make a weight g v / |v|: its length g and its direction v are learned apart (Salimans & Kingma 2016).

    The parameter `name` becomes `name_g` and `name_v`; g has a length for each slice along `dim`, or one without.
    Returns the module. Raises TypeError where it has no such parameter, ShapeError for another axis.

    >>> from nn import Linear
    >>> sorted(weight_norm(Linear(3, 2)).state_dict())
    ['bias', 'weight_g', 'weight_v']
    """
    weight = _weight("weight_norm", module, name)
    if dim is not None:
        axis_of("weight_norm: dim", size("weight_norm: dim", dim, 0), weight.shape)
    norm = WeightNorm(name, dim)
    norm.attach(module, {"g": Parameter(norm.length(weight.data)), "v": weight})
    return module


def remove_weight_norm(module: Held, name: str = "weight") -> Held:
    """Undo `weight_norm`: the weight is one parameter again. Returns the module; ValueError where there is none.

    >>> from nn import Linear
    >>> sorted(remove_weight_norm(weight_norm(Linear(3, 2))).state_dict())
    ['bias', 'weight']
    """
    WeightNorm.detach(module, name, "_g", "_v")
    return module


def spectral_norm(
    module: Held, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Held:
    """Divide a weight by its largest singular value, as a matrix of a row for each output (Miyato et al. 2018).

    The parameter `name` becomes `name_orig`, with buffers `name_u` and `name_v`, the singular vectors, which come
    nearer by `n_power_iterations` in each call while training. Outputs lie along `dim`: 0, in transposed convolutions
    1. Returns the module. Raises TypeError where it has no such parameter, ShapeError for another axis.

    >>> from nn import Linear
    >>> sorted(spectral_norm(Linear(3, 2)).state_dict())
    ['bias', 'weight_orig', 'weight_u', 'weight_v']
    """
    weight = _weight("spectral_norm", module, name)
    if dim is None:
        dim = int(isinstance(module, (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)))
    dim = axis_of("spectral_norm: dim", dim, weight.shape)
    steps = size("spectral_norm: n_power_iterations", n_power_iterations)
    norm = SpectralNorm(name, dim, steps, positive("spectral_norm: eps", eps))
    u, v = (norm.unit(current().standard_normal(n).astype(weight.dtype)) for n in norm.matrix(weight.data).shape)
    norm.attach(module, {"orig": weight, "u": Buffer(u), "v": Buffer(v)})
    return module


def remove_spectral_norm(module: Held, name: str = "weight") -> Held:
    """Undo `spectral_norm`: the weight is one parameter again. Returns the module; ValueError where there is none.

    >>> from nn import Linear
    >>> sorted(remove_spectral_norm(spectral_norm(Linear(3, 2))).state_dict())
    ['bias', 'weight']
    """
    training, module.training = module.training, False
    SpectralNorm.detach(module, name, "_orig", "_u", "_v")
    module.training = training
    return module
