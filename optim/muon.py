"""Muon: the momentum of a matrix, made orthogonal."""

from math import sqrt
from typing import ClassVar

import numpy as np

from autograd.engine.types import Array
from autograd.support.bits.array import determined
from autograd.support.settings import Share

from .adam import update_mean
from .optimizer import Optimizer, Options, State


class Muon(Optimizer):
    """p -= lr r O, with O the momentum m of g with all its singular values brought near 1.

    m = momentum m + (1 - momentum) g, and with `nesterov` one more such mean of g and m is taken. `ns_steps` steps of a
    Newton-Schulz iteration X = a X + (b G + c G G) X, where G = X X', with `ns_coefficients` (a, b, c), find O from
    m / max(norm(m), eps). r is sqrt(max(1, rows / columns)) ("original", the default), or 0.2 sqrt(max(rows, columns))
    ("match_rms_adamw"), which lets rate and decay be those of AdamW. `weight_decay` shrinks p by lr times it.

    For matrices, such as the weights of hidden layers; give biases, embeddings and the last layer to AdamW. PyTorch
    computes O in bfloat16, this one in the parameter's own precision. Jordan et al. 2024,
    https://kellerjordan.github.io/posts/muon; Liu et al. 2025, "Muon is scalable for LLM training".

    >>> import autograd
    >>> w = autograd.tensor([[1.0, 0.0], [0.0, 3.0]], requires_grad=True)
    >>> optimizer = Muon([w], lr=0.1, weight_decay=0.0)
    >>> (w * w).sum().backward(); optimizer.step(); w
    Tensor([[0.8866, 0.    ],
            [0.    , 2.9247]], requires_grad=True)
    """

    whole = True
    choices: ClassVar = {"adjust_lr_fn": ("original", "match_rms_adamw")}

    lr: float = 1e-3
    weight_decay: float = 0.1
    momentum: Share = 0.95
    nesterov: bool = True
    ns_coefficients: tuple[float, float, float] = (3.4445, -4.775, 2.0315)
    eps: float = 1e-7
    ns_steps: int = 5
    adjust_lr_fn: str | None = None

    def check(self, options: Options) -> None:
        """All are matrices."""
        shapes = [p.shape for p in options["params"] if p.ndim != 2]
        if shapes:
            none = f"{len(shapes)} parameters are none, such as one of shape {shapes[0]}"
            raise ValueError(f"Muon steps matrices, and {none}; give those to AdamW")

    def decoupled(self, options: Options) -> bool:
        """An orthogonal matrix knows no size, so decay is never added to the gradient."""
        return True

    def slots(self, options: Options) -> tuple[str, ...]:
        """The momentum."""
        return ("momentum_buffer",)

    def update(self, data: Array, grad: Array, state: State, options: Options, a: Array, b: Array) -> None:
        """One step on one matrix."""
        momentum, velocity = options["momentum"], state["momentum_buffer"]
        update_mean(velocity, grad, momentum, a)
        np.copyto(b, velocity)
        if options["nesterov"]:
            b *= momentum
            b += np.multiply(grad, 1.0 - momentum, out=a)
        rows, columns = data.shape
        if rows > columns:  # the smaller of X X' and X' X is the cheaper one
            x, y = a.reshape(columns, rows), b.reshape(columns, rows)
            x[...] = b.T
        else:
            x, y = b, a
        x, y = self._orthogonal(x, y, options)
        x *= options["lr"] * self._adjusted(options, rows, columns)
        if rows > columns:
            y = y.reshape(rows, columns)
            y[...] = x.T
            x = y
        data -= x

    def _orthogonal(self, x: Array, y: Array, options: Options) -> tuple[Array, Array]:
        """`x` with its singular values brought near 1, in one of the arrays x and y, and the other one."""
        x, y = determined(x), determined(y)
        gram, square, *_ = self.room((len(x), len(x)), x.dtype, "gram")
        first, second, third = options["ns_coefficients"]
        flat = x.reshape(-1)
        x /= max(float(np.dot(flat, flat)) ** 0.5, options["eps"])
        for _ in range(options["ns_steps"]):
            np.matmul(x, x.T, out=gram)
            np.matmul(determined(gram), gram, out=square)
            square *= third
            gram *= second
            gram += square
            np.matmul(gram, x, out=y)
            x *= first
            y += x
            x, y = y, x
        return x, y

    def _adjusted(self, options: Options, rows: int, columns: int) -> float:
        if options["adjust_lr_fn"] == "match_rms_adamw":
            return 0.2 * sqrt(max(rows, columns))
        return sqrt(max(1.0, rows / columns))
