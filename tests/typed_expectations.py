"""What a user's editor and type checker know: checked by `make type`, and run by tests/test_stubs.py.

Where an error is expected, `# type: ignore` names it; one that no longer comes is an error itself.
"""

from collections.abc import Callable
from typing import Any, assert_type

import numpy as np
import numpy.typing as npt

import autograd
import nn
import optim
from autograd import Tensor


def tensors(x: Tensor, w: Tensor) -> None:
    """Operators, methods and properties: x is (2, 3), w is (3, 2)."""
    assert_type(x @ w, Tensor)
    assert_type(2.0 * x - x / 3 + 1, Tensor)
    assert_type(-(x**2), Tensor)
    assert_type(x > 0, Tensor)
    assert_type(x == x, Tensor)
    assert_type(x[0, 1:], Tensor)
    assert_type(x.T, Tensor)
    assert_type(x.sum(), Tensor)
    assert_type(x.sum(axis=0, keepdims=True), Tensor)
    assert_type(x.mean((0, 1)), Tensor)
    assert_type(x.reshape(2, 3), Tensor)
    assert_type(x.reshape((3, -1)), Tensor)
    assert_type(x.transpose(1, 0).tanh().astype(np.float64), Tensor)
    assert_type(x.detach(), Tensor)
    assert_type(x.shape, tuple[int, ...])
    assert_type(x.grad, Tensor | None)
    for row in x:
        assert_type(row, Tensor)
    total = x.sum()
    total += 1.0
    assert_type(total, Tensor)
    assert_type(total.backward(), None)


def operations(x: Tensor, w: Tensor, array: npt.NDArray[np.float64]) -> None:
    """Tensors in, Tensors out; arrays in, arrays out."""
    assert_type(autograd.tanh(x), Tensor)
    assert_type(autograd.add(array, x), Tensor)
    assert_type(array * x + array, Tensor)
    assert_type(array @ w, Tensor)
    assert_type(array > x, Tensor)
    assert_type(autograd.matmul(x, w), Tensor)
    assert_type(autograd.softmax(x, axis=0), Tensor)
    assert_type(autograd.where(array > 0, x, 0.0), Tensor)
    assert_type(autograd.einsum("ij,jk->ik", x, w), Tensor)
    assert_type(autograd.concatenate([x, array]), Tensor)
    assert_type(autograd.split(x, 2), list[Tensor])
    assert_type(autograd.topk(x, 2), tuple[Tensor, Tensor])
    assert_type(autograd.max_pool(x, 2), Tensor)
    assert_type(autograd.max_pool(x, 2, return_indices=True), tuple[Tensor, Tensor])
    assert_type(autograd.svd(x, full_matrices=False).S, Tensor)
    assert_type(autograd.svd(x, compute_uv=False), Tensor)
    assert_type(autograd.eigh(x @ x.T).eigenvalues, Tensor)
    assert_type(autograd.zeros((2, 3), requires_grad=True), Tensor)
    assert_type(autograd.tanh(array), npt.NDArray[Any])
    assert_type(autograd.add(array, 1.0), npt.NDArray[Any])
    assert_type(autograd.softmax(array), npt.NDArray[Any])


def transforms(x: Tensor) -> None:
    """Functions of functions."""
    assert_type(autograd.grad(square_sum), Callable[..., Any])
    assert_type(autograd.hessian(square_sum), Callable[..., Any])
    with autograd.no_grad():
        assert_type(square_sum(x), Tensor)


def square_sum(x: Tensor) -> Tensor:
    return (x * x).sum()


def networks(x: Tensor) -> None:
    """Layers, whole networks and optimizers."""
    layer = nn.Linear(3, 2)
    assert_type(layer, nn.Linear)
    assert_type(layer.weight, Tensor)
    assert_type(layer(x), Tensor)
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
    assert_type(model(x), Tensor)
    assert_type(nn.MSELoss()(model(x), x[:, :1]), Tensor)
    assert_type(nn.functional.relu(x), Tensor)
    assert_type(optim.Adam(model.parameters(), lr=1e-3), optim.Adam)
    assert_type(optim.SGD(model.parameters(), lr=0.1, momentum=0.9), optim.SGD)


def mistakes(x: Tensor) -> None:
    """What is misspelt, or of the wrong kind, is seen before it runs."""
    x.backwrd()  # type: ignore[attr-defined]
    x.sum(axes=0)  # type: ignore[call-arg]
    x.reshape(2, 3).softmx()  # type: ignore[attr-defined]
    autograd.tahn(x)  # type: ignore[attr-defined]
    autograd.tanh(x, x)  # type: ignore[call-overload]
    autograd.split(x, 2).sum()  # type: ignore[attr-defined]
    autograd.tanh(np.ones(3)).backward()  # type: ignore[attr-defined]
