"""Weights of a norm: learned apart from the direction, or held at 1."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np

import autograd
from autograd import Tensor
from autograd.engine.modes import replaying
from autograd.ops.random import current
from autograd.support.bits.array import refuse
from autograd.support.checks import positive, size

from ..convolution import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from ..layer import axis_of
from ..module import Buffer, Module, Parameter

Held = TypeVar("Held", bound=Module)


class Computed:
    """A weight that is computed of other tensors before each call; after it, what stays has no graph."""

    def __init__(self, module: Module, name: str, **parts: Tensor) -> None:
        self.name, self.parts = name, [f"{name}_{part}" for part in parts]
        delattr(module, name)
        for part, tensor in zip(self.parts, parts.values()):
            setattr(module, part, tensor)
        vars(module)[name] = self.value(module).detach()
        module.register_forward_pre_hook(self.before)
        module.register_forward_hook(self.after)

    def compute(self, training: bool, *parts: Tensor) -> Tensor:
        """The weight, of its parts."""
        raise NotImplementedError

    def value(self, module: Module, training: bool = False) -> Tensor:
        """The weight of this module."""
        return self.compute(training, *(vars(module)[part] for part in self.parts))

    # both return what they are given, so that `checkpoint` calls them when it runs the module again

    def before(self, module: Module, args: Any) -> Any:
        """Compute the weight."""
        vars(module)[self.name] = self.value(module, module.training)
        return args

    def after(self, module: Module, args: Any, output: Any) -> Any:
        """Let go of its graph."""
        vars(module)[self.name] = vars(module)[self.name].detach()
        return output


def _remove(kind: type[Computed], module: Held, name: str) -> Held:
    """Make the weight a parameter again, of its present value."""
    owners = [(getattr(hook.function, "__self__", None), hook) for some in module._hooks for hook in some]
    mine = [(owner, hook) for owner, hook in owners if isinstance(owner, kind) and owner.name == name]
    if not mine:
        raise ValueError(f"{type(module).__name__} has no {kind.__name__} of {name!r}")
    value = mine[0][0].value(module).data
    for _, hook in mine:
        hook.remove()
    for part in (name, *mine[0][0].parts):
        delattr(module, part)
    setattr(module, name, Parameter(value))
    return module


def _weight(what: str, module: Module, name: str) -> Parameter:
    weight = vars(module).get(name)
    if not isinstance(weight, Parameter):
        raise TypeError(f"{what}: {type(module).__name__} has no Parameter {name!r}; it is {weight!r}")
    return weight


def _lengths(v: Any, dim: int | None) -> Any:
    """The norm of each slice along `dim`, with the other axes as 1; without, that of all."""
    return autograd.vector_norm(v, tuple(a for a in range(v.ndim) if a != dim), keepdims=dim is not None)


class WeightNorm(Computed):
    """g v / |v|."""

    def __init__(self, module: Module, name: str, dim: int | None) -> None:
        self.dim, weight = dim, _weight("weight_norm", module, name)
        super().__init__(module, name, g=Parameter(_lengths(weight.data, dim)), v=weight)

    def compute(self, training: bool, *parts: Tensor) -> Tensor:
        """The weight."""
        g, v = parts
        return v * (g / _lengths(v, self.dim))


class SpectralNorm(Computed):
    """W / sigma, with its largest singular value by power iteration."""

    def __init__(self, module: Module, name: str, dim: int, steps: int, eps: float) -> None:
        self.dim, self.steps, self.eps = dim, steps, eps
        weight = _weight("spectral_norm", module, name)
        u, v = (self.unit(current().standard_normal(n)) for n in self.matrix(weight.data).shape)
        super().__init__(module, name, orig=weight, u=Buffer(u, dtype=weight.dtype), v=Buffer(v, dtype=weight.dtype))

    def matrix(self, weight: Any) -> Any:
        """The weight as a matrix, a row for each output."""
        return np.reshape(np.moveaxis(weight, self.dim, 0), (weight.shape[self.dim], -1))

    def unit(self, x: Any) -> Any:
        """The vector in length 1."""
        return x / max(np.linalg.norm(x), self.eps)

    def compute(self, training: bool, *parts: Tensor) -> Tensor:
        """The weight; while training, u and v come nearer to the singular vectors first."""
        weight, u, v = parts
        if training:
            refuse("spectral_norm, while training")
        matrix = self.matrix(weight.data)
        for _ in range(self.steps if training and not replaying.get() else 0):
            v.data = self.unit(matrix.T @ u.data)
            u.data = self.unit(matrix @ v.data)
        return weight / (u.data @ (self.matrix(weight) @ v.data))


def weight_norm(module: Held, name: str = "weight", dim: int | None = 0) -> Held:
    """Make a weight g v / |v|: its length g and its direction v are learned apart (Salimans & Kingma 2016).

    The parameter `name` becomes `name_g` and `name_v`; g has a length for each slice along `dim`, or one without.
    Returns the module. Raises TypeError where it has no such parameter, ShapeError for another axis.

    >>> from nn import Linear
    >>> sorted(weight_norm(Linear(3, 2)).state_dict())
    ['bias', 'weight_g', 'weight_v']
    """
    if dim is not None:
        axis_of("weight_norm: dim", size("weight_norm: dim", dim, 0), _weight("weight_norm", module, name).shape)
    WeightNorm(module, name, dim)
    return module


def remove_weight_norm(module: Held, name: str = "weight") -> Held:
    """Undo `weight_norm`: the weight is one parameter again. Returns the module; ValueError where there is none.

    >>> from nn import Linear
    >>> sorted(remove_weight_norm(weight_norm(Linear(3, 2))).state_dict())
    ['bias', 'weight']
    """
    return _remove(WeightNorm, module, name)


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
    if dim is None:
        dim = int(isinstance(module, (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)))
    dim = axis_of("spectral_norm: dim", dim, _weight("spectral_norm", module, name).shape)
    steps = size("spectral_norm: n_power_iterations", n_power_iterations)
    SpectralNorm(module, name, dim, steps, positive("spectral_norm: eps", eps))
    return module


def remove_spectral_norm(module: Held, name: str = "weight") -> Held:
    """Undo `spectral_norm`: the weight is one parameter again. Returns the module; ValueError where there is none.

    >>> from nn import Linear
    >>> sorted(remove_spectral_norm(spectral_norm(Linear(3, 2))).state_dict())
    ['bias', 'weight']
    """
    return _remove(SpectralNorm, module, name)
