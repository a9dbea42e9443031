"""Fourier transforms: NumPy's and SciPy's numbers, PyTorch's gradients, and what is refused."""

import warnings
from itertools import product

import numpy as np
import pytest
import scipy.fft

from autograd import DtypeError, LoopWarning, Tensor, fft, grad, jacobian, jvp, sparse_jacobian, vmap
from autograd.program.compiled import compile

RNG = np.random.default_rng(0)
REAL = RNG.normal(size=(4, 5, 6))
COMPLEX = REAL + 1j * RNG.normal(size=REAL.shape)
OF_REAL = {"rfft", "ihfft"}
NAMES = [name + end for name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft") for end in ("", "2", "n")]
SIZES = [None, 1, 2, 5, 8]  # cut and padded, odd and even
NORMS = [None, "backward", "ortho", "forward"]


def given(name):
    return REAL if name.rstrip("2n") in OF_REAL else COMPLEX


def calls(name):
    """The arguments after x, in each of the ways that the form takes them."""
    if name[-1] == "t":
        return [(n, axis, norm) for n, axis, norm in product(SIZES, (-1, 0, 1), NORMS)]
    sizes = [None, (5, 3), (2, 8), (1, 1)]
    pairs = [(s, axes, norm) for s, axes, norm in product(sizes, ((-2, -1), (0, 2), (1, 0)), NORMS)]
    return pairs + [(None, None, norm) for norm in NORMS if name[-1] == "n"]


@pytest.mark.parametrize("name", NAMES)
def test_a_transform_has_scipys_numbers_and_numpys_where_it_has_them(name):
    ours, x = getattr(fft, name), given(name)
    for theirs in filter(None, (getattr(scipy.fft, name), getattr(np.fft, name, None))):
        for arguments in calls(name):
            np.testing.assert_allclose(ours(x, *arguments), theirs(x, *arguments), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("name", [name for name in NAMES if hasattr(np.fft, name)])
def test_numpys_spelling_reaches_it(name):
    x = Tensor(given(name), requires_grad=True)
    options = {"norm": "ortho"} | ({"n": 7, "axis": 1} if name[-1] == "t" else {"s": (4, 3), "axes": (0, 1)})
    theirs = getattr(np.fft, name)(a=x, **options)

    assert theirs.requires_grad
    np.testing.assert_array_equal(theirs.data, getattr(fft, name)(x, **options).data)


@pytest.mark.parametrize("x", [REAL, COMPLEX], ids=["real", "complex"])
@pytest.mark.parametrize("name", NAMES)
def test_gradients_are_pytorchs(name, x):
    torch = pytest.importorskip("torch")
    if x is COMPLEX and given(name) is REAL:
        pytest.skip("of real numbers only")
    for first, second, norm in calls(name):
        mine, other = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
        ours, theirs = (
            getattr(fft, name)(mine, first, second, norm),
            getattr(torch.fft, name)(other, first, second, norm),
        )
        weight = RNG.normal(size=ours.shape) + 1j * RNG.normal(size=ours.shape)
        ((ours * weight).real + abs(ours) ** 3).sum().backward()
        ((theirs * torch.tensor(weight)).real + abs(theirs) ** 3).sum().backward()

        np.testing.assert_allclose(ours.data, theirs.detach().resolve_conj().numpy(), rtol=1e-11, atol=1e-11)
        expected = other.grad.resolve_conj().numpy()
        np.testing.assert_allclose(mine.grad.data, expected, rtol=1e-9, atol=1e-9 * np.max(np.abs(expected)))


@pytest.mark.parametrize("n", [1, 2, 5, 6])
def test_the_shifts_are_each_others_inverse_and_numpys(n):
    x = REAL[:, 0, :n]

    np.testing.assert_array_equal(fft.fftshift(x, 1), np.fft.fftshift(x, 1))
    np.testing.assert_array_equal(fft.ifftshift(fft.fftshift(x)), x)
    np.testing.assert_array_equal(np.fft.fftshift(Tensor(fft.fftfreq(n))).data, np.fft.fftshift(np.fft.fftfreq(n)))


@pytest.mark.parametrize(
    ("dtype", "expected"), [("f4", "c8"), ("c8", "c8"), ("f8", "c16"), ("c16", "c16"), ("i8", "c16")]
)
def test_single_precision_stays(dtype, expected):
    assert fft.fft(REAL.astype(dtype) if dtype[0] != "c" else COMPLEX.astype(dtype)).dtype == expected
    x = Tensor(np.ones(5), dtype=np.float32, requires_grad=True)
    y = np.fft.irfft(np.fft.rfft(x), 5)
    y.sum().backward()
    assert y.dtype == x.grad.dtype == np.float32


FILTER = [
    lambda x: fft.irfft(fft.rfft(x) * np.exp(-np.arange(4.0)), 6),
    lambda x: fft.fftshift(fft.ifft(fft.fft(x, 9) * np.exp(1j * np.arange(9)))).real,
    lambda x: fft.hfft(fft.ihfft(x, 5), 7),
    lambda x: abs(fft.fftn(x, (4,))),
]


@pytest.mark.parametrize("f", FILTER)
def test_a_batch_a_tangent_and_a_program_give_what_one_call_does(f):
    rows, way = REAL[:, 0], REAL[1, 1]

    def loss(x):
        return (f(x) ** 2).sum()

    with warnings.catch_warnings():
        warnings.simplefilter("error", LoopWarning)
        np.testing.assert_allclose(vmap(f)(rows), [f(row) for row in rows], 1e-12, 1e-12)
        np.testing.assert_allclose(vmap(grad(loss))(rows), [grad(loss)(row) for row in rows], 1e-12, 1e-12)
    slope = jvp(f, [rows[0]], [way])[1]
    np.testing.assert_allclose(slope, jacobian(f, mode="reverse")(rows[0]) @ way, 1e-10, 1e-10)
    np.testing.assert_allclose(sparse_jacobian(f)(rows[0]).toarray(), jacobian(f)(rows[0]), 1e-10, 1e-10)
    for backend in ("c", "numpy"):
        np.testing.assert_allclose(compile(grad(loss), backend=backend)(rows[0]), grad(loss)(rows[0]), 1e-12, 1e-12)


def test_sizes_without_axes_are_of_the_last_ones():
    with pytest.warns(DeprecationWarning, match="`axes`"):  # NumPy's
        expected = np.fft.rfftn(REAL, (3, 4))
    np.testing.assert_allclose(fft.rfftn(REAL, (3, 4)), expected, 1e-12, 1e-12)
    np.testing.assert_allclose(vmap(lambda x: fft.irfftn(x, (4,)))(COMPLEX), fft.irfft(COMPLEX, 4), 1e-12, 1e-12)
    x = Tensor(REAL, requires_grad=True)
    (abs(fft.rfftn(x, (3, -1))) ** 2).sum().backward()
    mine, x.grad = x.grad, None
    (abs(fft.rfftn(x[:, :3], None, (1, 2))) ** 2).sum().backward()
    np.testing.assert_allclose(mine.data, x.grad.data, 1e-12, 1e-12)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: fft.rfft(Tensor(COMPLEX)), DtypeError, r"rfft\(x: complex128 \(4, 5, 6\)\): it takes real numbers"),
        (lambda: fft.ihfftn(Tensor(COMPLEX)), DtypeError, "takes real numbers"),
        (lambda: np.fft.fft(Tensor(REAL), -1), ValueError, "fft: n=-1; a transform has 1 point or more"),
        (lambda: fft.fftn(Tensor(REAL), (0,), (1,)), ValueError, r"invalid number of data points \(\[0\]\)"),
        (lambda: fft.fft(Tensor(REAL), axis=3), ValueError, "axes exceeds dimensionality of input"),
        (lambda: fft.irfft(Tensor(REAL), axis=3), ValueError, "axis 3 is out of bounds for array of dimension 3"),
        (lambda: vmap(lambda x: fft.fft(x, axis=2))(REAL), ValueError, "axis 2 is out of bounds"),
        (lambda: fft.fftn(Tensor(REAL), axes=(0, -3)), ValueError, "all axes must be unique"),
        (lambda: fft.irfft(Tensor([1.0])), ValueError, "half a spectrum of 1 frequency"),
        (lambda: fft.hfft(Tensor(REAL), norm="orth"), ValueError, "Invalid norm value 'orth'"),
        (lambda: fft.fftshift(Tensor(REAL), 3), ValueError, "axis 3 is out of bounds"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(call, error, says):
    with pytest.raises(error, match=says):
        call()
