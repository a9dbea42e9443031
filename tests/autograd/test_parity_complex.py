"""Complex functions and their gradients are PyTorch's: `.grad` is, and `gradients` gives the conjugate of it."""

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import Tensor, gradients

torch = pytest.importorskip("torch")
RNG = np.random.default_rng(0)


def complexes(*shape):
    return RNG.normal(size=shape) + 1j * RNG.normal(size=shape)


VECTOR, OTHER, MATRIX, TALL = complexes(4), complexes(4), complexes(3, 3), complexes(4, 3)
HERMITIAN = MATRIX @ MATRIX.conj().T + 3 * np.eye(3)
REAL = RNG.normal(size=(3, 3))


def projector(v):
    return v[..., :, None] * v.conj()[..., None, :]


# ours, PyTorch's if it is written otherwise, inputs
FUNCTIONS = {
    **{name: (getattr(ag, name), getattr(torch, name), [VECTOR]) for name in (
        "exp", "log", "log2", "log10", "log1p", "expm1", "sqrt", "rsqrt", "square", "reciprocal", "sin", "cos", "tan",
        "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "arcsinh", "arccosh", "arctanh", "abs", "angle", "real",
        "imag", "conj", "sum", "mean", "prod",
    )},
    "sign": (ag.sign, torch.sgn, [VECTOR]),
    "exp2": (ag.exp2, torch.exp2, [VECTOR]),
    "add": (lambda a, b: a + b, None, [VECTOR, OTHER]),
    "multiply": (lambda a, b: a * b, None, [VECTOR, OTHER]),
    "divide": (lambda a, b: a / b, None, [VECTOR, OTHER]),
    "power": (lambda a, b: a**b, None, [VECTOR, OTHER]),
    "an integer power": (lambda z: z**3, None, [VECTOR]),
    "a real power": (lambda z: z**-1.5, None, [VECTOR]),
    "a real base": (lambda x, z: abs(x) ** z, None, [REAL[0], MATRIX[0]]),
    "a real factor": (lambda x, z: x * z, None, [REAL, MATRIX]),
    "cumsum": (lambda z: ag.cumsum(z, 0), lambda z: torch.cumsum(z, 0), [VECTOR]),
    "cumprod": (lambda z: ag.cumprod(z, 0), lambda z: torch.cumprod(z, 0), [VECTOR]),
    "var": (lambda z: ag.var(z, ddof=1), torch.var, [VECTOR]),
    "std": (lambda z: ag.std(z, ddof=1), torch.std, [VECTOR]),
    "norm": (ag.norm, torch.linalg.norm, [TALL]),
    **{f"norm {p}": (lambda z, p=p: ag.vector_norm(z, ord=p), lambda z, p=p: torch.linalg.vector_norm(z, p), [VECTOR])
       for p in (1, 2, 3.5, np.inf)},
    "nuclear norm": (lambda z: ag.norm(z, "nuc"), lambda z: torch.linalg.norm(z, "nuc"), [TALL]),
    "spectral norm": (lambda z: ag.norm(z, 2), lambda z: torch.linalg.norm(z, 2), [TALL]),
    "matmul": (lambda a, b: a @ b, None, [TALL, MATRIX]),
    "a real matrix": (lambda a, b: a @ b, lambda a, b: a.to(b.dtype) @ b, [REAL, MATRIX]),
    "einsum": (lambda a, b: ag.einsum("ij,kj->ik", a, b), lambda a, b: torch.einsum("ij,kj->ik", a, b), [TALL, MATRIX]),
    "vdot": (ag.vdot, torch.vdot, [VECTOR, OTHER]),
    "dot": (ag.dot, torch.dot, [VECTOR, OTHER]),
    "outer": (ag.outer, torch.outer, [VECTOR, OTHER]),
    "kron": (ag.kron, torch.kron, [MATRIX, TALL]),
    "where": (lambda a, b: ag.where(VECTOR.real > 0, a, b),
              lambda a, b: torch.where(torch.tensor(VECTOR.real > 0), a, b), [VECTOR, OTHER]),
    "indexing": (lambda z: z[[0, 0, 2]] * z[1:], None, [VECTOR]),
    "joining": (lambda a, x: ag.concatenate([a, x * 1j]), lambda a, x: torch.cat([a, x * 1j]), [VECTOR, REAL[0]]),
    "logsumexp": (lambda z: ag.logsumexp(z, 0), lambda z: torch.logsumexp(z, 0), [VECTOR]),
    "sinc": (ag.sinc, torch.sinc, [VECTOR]),
    "sigmoid": (ag.sigmoid, torch.sigmoid, [VECTOR]),
    **{f"conv{n}d": (lambda x, w, b: ag.convolution(x, w, b, stride=2, padding=1, groups=2),
                     lambda x, w, b, n=n: getattr(torch, f"conv{n}d")(x, w, b, stride=2, padding=1, groups=2),
                     [complexes(2, 4, *[5] * n), complexes(6, 2, *[3] * n), complexes(6)]) for n in (1, 2, 3)},
    **{f"conv_transpose{n}d": (lambda x, w, b: ag.conv_transpose(x, w, b, stride=2),
                               lambda x, w, b, n=n: getattr(torch, f"conv_transpose{n}d")(x, w, b, stride=2),
                               [complexes(2, 4, *[3] * n), complexes(4, 3, *[3] * n), complexes(3)]) for n in (1, 2)},
    "a real kernel": (ag.convolution, lambda x, w: torch.conv1d(x, w.to(x.dtype)),
                      [complexes(2, 3, 5), RNG.normal(size=(2, 3, 2))]),
    "a real signal": (ag.convolution, lambda x, w: torch.conv1d(x.to(w.dtype), w),
                      [RNG.normal(size=(2, 3, 5)), complexes(2, 3, 2)]),
    "cov": (ag.cov, torch.cov, [TALL]),
    "corrcoef": (ag.corrcoef, torch.corrcoef, [TALL]),
    "solve_triangular": (ag.solve_triangular, lambda a, b: torch.linalg.solve_triangular(a, b, upper=True),
                         [MATRIX, TALL[:3]]),
    "absolute error": (nn.functional.l1_loss, torch.nn.functional.l1_loss, [VECTOR, OTHER]),
    "inv": (ag.inv, torch.linalg.inv, [MATRIX]),
    "det": (ag.det, torch.linalg.det, [MATRIX]),
    "slogdet": (ag.slogdet, torch.linalg.slogdet, [MATRIX]),
    "solve": (ag.solve, torch.linalg.solve, [MATRIX, TALL[:3]]),
    "pinv": (ag.pinv, torch.linalg.pinv, [TALL]),
    "matrix_power": (lambda a: ag.matrix_power(a, 3), lambda a: torch.linalg.matrix_power(a, 3), [MATRIX]),
    "expm": (ag.expm, torch.linalg.matrix_exp, [MATRIX]),
    "cholesky": (lambda a: ag.cholesky(a @ a.conj().T), lambda a: torch.linalg.cholesky(a @ a.conj().T), [MATRIX]),
    "qr": (ag.qr, torch.linalg.qr, [TALL]),
    "eigvalsh": (lambda a: ag.eigvalsh(a + a.conj().T), lambda a: torch.linalg.eigvalsh(a + a.conj().T), [MATRIX]),
    "eigh": (lambda a: projector(ag.eigh(a @ a.conj().T)[1][:, 0]),
             lambda a: projector(torch.linalg.eigh(a @ a.conj().T)[1][:, 0]), [MATRIX]),
    "svdvals": (lambda a: ag.svd(a, compute_uv=False), torch.linalg.svdvals, [TALL]),
    "svd": (lambda a: projector(ag.svd(a, False)[0].T), lambda a: projector(torch.linalg.svd(a, False)[0].T), [TALL]),
    "eigvals": (ag.eigvals, torch.linalg.eigvals, [MATRIX]),
    "eigvals of a real matrix": (lambda a: ag.eigvals(a) * 1j, lambda a: torch.linalg.eigvals(a) * 1j, [REAL]),
    "eig": (lambda a: projector(ag.eig(a)[1].T), lambda a: projector(torch.linalg.eig(a)[1].T), [MATRIX]),
}  # fmt: skip


def real_loss(results, conj, real):
    """A real number that all of the results count in, real and imaginary parts otherwise."""
    results = results if isinstance(results, tuple) else (results,)
    return sum((real(r * conj(r) * (1.0 + k)).sum() + real(r * (0.3 - 0.8j)).sum()) for k, r in enumerate(results))


@pytest.mark.filterwarnings("ignore:.*discards the imaginary part")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_and_gradients_are_pytorchs(name):
    ours, theirs, inputs = FUNCTIONS[name]
    xs = [Tensor(x, requires_grad=True) for x in inputs]
    ys = [torch.tensor(x, requires_grad=True) for x in inputs]
    loss, other = real_loss(ours(*xs), np.conj, np.real), real_loss((theirs or ours)(*ys), torch.conj, torch.real)
    loss.backward(retain_graph=True)
    other.backward()

    assert loss.dtype == np.float64
    np.testing.assert_allclose(loss.item(), other.item(), 1e-9)
    for x, y, plain in zip(xs, ys, gradients(loss, xs)):
        expected = y.grad.resolve_conj().numpy()
        size = np.max(np.abs(expected))
        assert x.grad.dtype == x.dtype
        np.testing.assert_allclose(x.grad.data, expected, 1e-9, 1e-9 * size)
        np.testing.assert_array_equal(plain.data, np.conj(x.grad.data))


def test_a_complex_gradient_given_to_backward_is_pytorchs_and_so_is_what_a_hook_sees():
    z, w = Tensor(VECTOR, requires_grad=True), torch.tensor(VECTOR, requires_grad=True)
    y, v = np.exp(z), torch.exp(w)
    seen = []
    for inner in (y, v):
        inner.retain_grad()
        inner.register_hook(lambda g: seen.append(g) or g * 1j)
    (y * y).backward(OTHER)
    (v * v).backward(torch.tensor(OTHER))

    pairs = [seen, (y.grad, v.grad), (z.grad, w.grad)]
    for mine, theirs in pairs:
        np.testing.assert_allclose(mine.data, theirs.resolve_conj().numpy(), 1e-12)


def test_a_gradient_of_a_gradient_is_pytorchs():
    z, w = Tensor(VECTOR, requires_grad=True), torch.tensor(VECTOR, requires_grad=True)
    ((abs(z) ** 3).sum() + (z**3).real.sum()).backward(create_graph=True)
    first, z.grad = z.grad, None
    (abs(first * (1 + 2j)) ** 2 + (first * (2 - 1j)).real).sum().backward()

    (g,) = torch.autograd.grad((abs(w) ** 3).sum() + (w**3).real.sum(), w, create_graph=True)
    (abs(g * (1 + 2j)) ** 2 + (g * (2 - 1j)).real).sum().backward()

    np.testing.assert_allclose(z.grad.data, w.grad.resolve_conj().numpy(), 1e-9)
