"""One row per argument combination of a layer or function: what parity, second order and coverage run on.

A row says everything once. `tables/` holds the rows, one file per family, each with a list `ROWS`.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import autograd
import nn
from autograd import Tensor

Given = Any  # a shape (random floats), an array (floats are tracked, the rest is constant), or a constant of any type


@dataclass
class Layer:
    """A module of `nn` and of `torch.nn`: the same class name, arguments and inputs for both.

    `call(nn, layer, *inputs)` replaces `layer(*inputs)` where the call needs more; its `nn` is nn or torch.nn.
    `fixed` names positions of float inputs that carry no gradient. `modes` leaves out the one that is random.
    `order` is 1 where the layer is not twice differentiable. `torch` is False where PyTorch has no such layer.
    """

    name: str
    args: tuple[Any, ...]
    inputs: tuple[Given, ...]
    options: dict[str, Any] = field(default_factory=dict)
    call: Callable[..., Any] = lambda nn, layer, *inputs: layer(*inputs)
    fixed: tuple[int, ...] = ()
    modes: tuple[str, ...] = ("train", "eval")
    order: int = 2
    torch: bool = True

    def build(self, space: Any) -> Any:
        """The layer out of `nn` or `torch.nn`, in float64."""
        args = [as_given_to(space, a) for a in self.args]
        return getattr(space, self.name)(*args, **{k: as_given_to(space, v) for k, v in self.options.items()})

    def run(self, space: Any, layer: Any, *inputs: Any) -> list[Any]:
        """The outputs in one list."""
        return flat(self.call(space, layer, *inputs))

    def __str__(self) -> str:
        return _title(self.name, self.args, self.options, self.inputs)


@dataclass
class Function:
    """A function of `nn.functional` and of `torch.nn.functional`: the same name and arguments for both.

    `call(function, *inputs, **options)` replaces `function(*inputs, **options)` where the call needs more.
    """

    name: str
    inputs: tuple[Given, ...]
    options: dict[str, Any] = field(default_factory=dict)
    call: Callable[..., Any] = lambda function, *inputs, **options: function(*inputs, **options)
    fixed: tuple[int, ...] = ()
    order: int = 2
    torch: bool = True
    modes = ("train",)

    def build(self, space: Any) -> None:
        """A function has no parameters."""

    def run(self, space: Any, layer: Any, *inputs: Any) -> list[Any]:
        """The outputs in one list."""
        options = {k: as_given_to(space, v) for k, v in self.options.items()}
        return flat(self.call(getattr(space.functional, self.name), *inputs, **options))

    def __str__(self) -> str:
        return _title(self.name, (), self.options, self.inputs)


Row = Layer | Function


def _title(name: str, args: tuple[Any, ...], options: dict[str, Any], inputs: tuple[Given, ...]) -> str:
    def short(value: Any) -> str:
        name = getattr(value, "__name__", value)
        return f"{value.dtype}{value.shape}" if isinstance(value, np.ndarray) else str(name)

    said = [short(a) for a in args] + [f"{k}={short(v)}" for k, v in options.items()]
    return f"{name}({', '.join(said)}) of {' '.join(short(i) for i in inputs)}".replace(" ", "_")


def flat(result: Any) -> list[Any]:
    """Tensors out of nested tuples, in order; None is left out."""
    if isinstance(result, (tuple, list)):
        return [r for part in result for r in flat(part)]
    return [] if result is None else [result]


def values(row: Row, seed: int = 0) -> list[Any]:
    """The inputs as float64 arrays, and constants as they are."""
    rng = np.random.default_rng(seed)
    return [
        rng.standard_normal(i) if _is_shape(i) else i.copy() if isinstance(i, np.ndarray) else i for i in row.inputs
    ]


def _is_shape(given: Given) -> bool:
    return isinstance(given, tuple) and all(isinstance(n, int) for n in given)


def is_float(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


def tracked(row: Row, arrays: list[Any]) -> list[int]:
    """The positions of the inputs that carry a gradient."""
    return [i for i, a in enumerate(arrays) if is_float(a) and i not in row.fixed]


def cotangents(outputs: list[Any], seed: int = 1) -> list[np.ndarray]:
    """Random and not uniform: a cotangent of ones hides errors."""
    rng = np.random.default_rng(seed)
    shapes = [tuple(o.shape) for o in outputs]
    return [np.asarray(rng.uniform(0.5, 1.5, s) * rng.choice([-1, 1], s)) for s in shapes]


def as_given_to(space: Any, value: Any, dtype: Any = np.float64) -> Any:
    """An array as nn or torch.nn takes it, floats in `dtype`; anything else unchanged."""
    if not isinstance(value, np.ndarray):
        return value
    value = value.astype(dtype) if is_float(value) else value
    return Tensor(value) if space is nn else importlib.import_module("torch").tensor(value)


def all_rows() -> list[Row]:
    """The rows of all tables."""
    names = sorted(p.stem for p in (Path(__file__).parent / "tables").glob("[a-z]*.py"))
    rows = [row for name in names for row in importlib.import_module(f"tests.nn.tables.{name}").ROWS]
    titles = [str(row) for row in rows]
    assert len(titles) == len(set(titles)), f"twice: {sorted({t for t in titles if titles.count(t) > 1})}"
    return rows


def evaluate(row: Row, space: Any, layer: Any, arrays: list[Any], dtype: Any) -> dict[str, np.ndarray]:
    """Forward and backward in nn or torch.nn: outputs, gradients of inputs and parameters, buffers, by name."""
    inputs = [as_given_to(space, a, dtype) for a in arrays]
    leaves = {f"input {i}": inputs[i] for i in tracked(row, arrays)}
    for leaf in leaves.values():
        leaf.requires_grad = True
    leaves |= dict(layer.named_parameters()) if layer is not None else {}
    outputs = row.run(space, layer, *inputs)
    found = {f"output {i}": o for i, o in enumerate(outputs)}
    weighted = [(o, as_given_to(space, w, dtype)) for o, w in zip(outputs, cotangents(outputs)) if o.requires_grad]
    if weighted and leaves:
        gradients = autograd.gradients if space is nn else importlib.import_module("torch").autograd.grad
        outs, weights = map(list, zip(*weighted))
        grads = gradients(outs, list(leaves.values()), weights, allow_unused=True)
        found |= {f"gradient of {name}": g for name, g in zip(leaves, grads) if g is not None}
    found |= {f"buffer {name}": b for name, b in layer.named_buffers()} if layer is not None else {}
    return {name: np.array(value.detach().numpy()) for name, value in found.items()}
