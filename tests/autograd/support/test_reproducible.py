"""`autograd.reproducible()`: one hash wherever it runs, exact products, elementary functions to the last units.

What runs where the processor differs, runs in processes of its own, one for each setting: `bits_of_every_op.py`, with
more cases by HYPOTHESIS_PROFILE=nightly, and `bits_of_training.py`.
"""

import json
import os
import platform
import subprocess
import sys
import threading
from fractions import Fraction
from functools import cache
from pathlib import Path

import mpmath
import numpy as np
import pytest
from hypothesis import given, strategies as st
from numpy._core import _multiarray_umath as built

import autograd
import nn
import optim
from autograd import Tensor, UnsupportedError, reproducible
from autograd.engine.modes import EXACT, mode
from autograd.support.bits import functions, products

HERE = Path(__file__).parent
ROOT = HERE.parent.parent.parent
NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
PC = platform.machine() in ("x86_64", "AMD64")
HAS = {name for name, there in built.__cpu_features__.items() if there}
WIDE = [name for name in built.__cpu_dispatch__ if name in HAS]  # what NumPy takes if it is there
WIDEST = [name for name in WIDE if "512" in name or name == "X86_V4"]


def settings():
    """What to set for as many kinds of processor as this one can play."""
    found = {"as it is": {}, "two threads": {"OPENBLAS_NUM_THREADS": "2"}}
    if WIDE:
        found["NumPy's baseline"] = {"NPY_DISABLE_CPU_FEATURES": " ".join(WIDE)}
    if PC:
        found["Prescott"] = {"OPENBLAS_CORETYPE": "Prescott"}
        found["Nehalem"] = {"OPENBLAS_CORETYPE": "Nehalem", **found.get("NumPy's baseline", {})}
        if {"AVX2", "FMA3"} <= HAS:
            narrow = {"NPY_DISABLE_CPU_FEATURES": " ".join(WIDEST)} if WIDEST else {}
            found["Haswell"] = {"OPENBLAS_CORETYPE": "Haswell", "OPENBLAS_NUM_THREADS": "2", **narrow}
        if {"AVX512F", "AVX512VL", "AVX512BW", "AVX512DQ"} <= HAS:
            found["SkylakeX"] = {"OPENBLAS_CORETYPE": "SkylakeX"}
        if platform.libc_ver()[0] == "glibc":
            found["C library's baseline"] = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F,-FMA4"}
    return found


SETTINGS = settings()
here = pytest.mark.parametrize("setting", SETTINGS)


@cache
def printed(setting, program, *words):
    """What a program prints in a setting."""
    pinned = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    rounds = {"BITS_ROUNDS": "12" if NIGHTLY else "1"}
    environment = {**os.environ, **pinned, **rounds, **SETTINGS[setting]}
    command = [sys.executable, str(HERE / program), *words]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    return run.stdout


# -- wherever it runs ----------------------------------------------------------------------------------


def test_there_are_six_settings_where_there_are_kernels_for_them():
    assert len(SETTINGS) >= (6 if PC else 2)


@here
def test_every_operation_gives_the_same_bits_or_is_refused(setting):
    found, expected = (json.loads(printed(s, "bits_of_every_op.py")) for s in (setting, "as it is"))

    assert {name: bits for name, bits in found.items() if bits != expected[name]} == {}
    stopped = [text for text in found.values() if ":" in text]
    assert all(text.startswith("UnsupportedError: reproducible: ") for text in stopped), stopped
    assert len(stopped) < 0.3 * len(found)


@here
def test_training_gives_the_same_weights(setting):
    assert printed(setting, "bits_of_training.py") == printed("as it is", "bits_of_training.py")


@pytest.mark.parametrize("processes", ["1", "2"])
def test_halves_of_a_batch_in_worker_processes_give_the_same_weights(processes):
    assert printed("as it is", "bits_of_training.py", processes) == printed("as it is", "bits_of_training.py")


@pytest.mark.skipif(not {"AVX2", "FMA3"} <= HAS, reason="one kind of kernel only")
def test_without_it_the_weights_differ():
    some = ["as it is", "Nehalem"]
    assert len({printed(setting, "bits_of_training.py", "plain") for setting in some}) > 1


# -- products ------------------------------------------------------------------------------------------

WHOLE = {np.float32: 24, np.float64: 53}


@st.composite
def factors(draw):
    """Two matrices with numbers of any size, and sums that cancel."""
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    m, n, k = (draw(st.integers(1, high)) for high in (4, 4, 40))
    spread = draw(st.sampled_from([0, 3, 20, 60]))

    def matrix(*shape):
        x = random.standard_normal(shape) * np.exp2(random.integers(-spread, spread + 1, shape))
        return np.where(random.uniform(size=shape) < 0.1, 0.0, x).astype(dtype)

    a, b = matrix(m, k), matrix(k, n)
    if draw(st.booleans()):
        a, b = np.hstack([a, -a, matrix(m, 1)]), np.vstack([b, b, matrix(1, n)])
    return a, b


@given(factors())
def test_a_product_is_the_exact_sum_rounded_once_or_twice(pair):
    a, b = pair
    found = products.matmul(a, b)
    for i, j in np.ndindex(found.shape):
        terms = [Fraction(float(x)) * Fraction(float(y)) for x, y in zip(a[i], b[:, j])]
        exact, size = sum(terms), max(map(abs, terms), default=0)
        away = abs(Fraction(float(found[i, j])) - exact)
        largest = Fraction(float(np.abs(a[i]).max()) * float(np.abs(b[:, j]).max()))
        # what the sum of the slices' products rounds away, far below single precision unless terms cancel
        assert away <= abs(exact) / 2 ** (WHOLE[a.dtype.type] - 1) + largest / 2**50 + size / 2**50


@given(st.integers(0, 2**32), st.integers(1, 500))
def test_the_order_of_the_terms_in_a_product_does_not_matter(seed, k):
    random = np.random.default_rng(seed)
    a, b = (random.uniform(1, 9, shape).astype(np.float32) for shape in ((3, k), (k, 2)))  # all in the slices
    order = random.permutation(k)
    assert products.matmul(a[:, order], b[order]).tobytes() == products.matmul(a, b).tobytes()


@pytest.mark.parametrize(
    "product",
    [
        lambda a, b: a @ b,
        lambda a, b: autograd.dot(a, b),
        lambda a, b: autograd.vdot(a, b),
        lambda a, b: autograd.inner(a, b),
        lambda a, b: autograd.tensordot(a, b, 1),
        lambda a, b: autograd.tensordot(a[None], b[:, None], 1),
        lambda a, b: autograd.einsum("i,i", a, b),
        lambda a, b: autograd.linear(a[None], b[None]),
        lambda a, b: autograd.multi_dot([a[None], b[:, None]]),
        lambda a, b: autograd.convolution(a[None, None], b[None, None]),
    ],
)
def test_no_product_reaches_a_library_that_rounds_each_sum(product):
    draw = np.random.default_rng(0)
    large = draw.normal(scale=1e9, size=40).astype(np.float32)
    terms = draw.permutation(np.concatenate([large, -large, np.ones(7, np.float32)]))  # whose sum is 7
    ones = np.ones_like(terms)
    plain = product(Tensor(terms), Tensor(ones))
    with autograd.reproducible():
        found = product(Tensor(terms, requires_grad=True), Tensor(ones, requires_grad=True))

    assert plain.data.ravel().tolist() != [7.0]
    assert found.data.ravel().tolist() == [7.0]


@pytest.mark.parametrize("shapes", [((3,), (3,)), ((2, 3), (3,)), ((3,), (4, 3, 2)), ((2, 1, 2, 3), (5, 3, 2))])
@pytest.mark.parametrize("kinds", [("f4", "f4"), ("f8", "f4"), ("i8", "f4"), ("f2", "f2"), ("i4", "i4")])
def test_products_have_shapes_and_dtypes_as_in_numpy(shapes, kinds):
    random = np.random.default_rng(0)
    a, b = (random.integers(-9, 9, shape).astype(kind) for shape, kind in zip(shapes, kinds))
    found, plain = products.matmul(a, b), a @ b

    assert (found.dtype, found.shape) == (plain.dtype, plain.shape)
    assert np.array_equal(found, plain)


@pytest.mark.parametrize("shapes", [((0, 3), (3, 2)), ((2, 0), (0, 2)), ((2, 3), (3, 0))])
def test_products_of_nothing(shapes):
    assert np.array_equal(products.matmul(*map(np.ones, shapes)), np.ones(shapes[0]) @ np.ones(shapes[1]))


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 3e38, 1e-45, 1e300])
def test_products_of_infinities_and_of_what_is_too_large_are_as_in_numpy(value):
    with np.errstate(all="ignore"):
        a = np.array([[value, 1.0, 0.5], [2.0, 3.0, 1.0]], np.float64 if value == 1e300 else np.float32)
        assert np.array_equal(products.matmul(a, a.T), a @ a.T, equal_nan=True)


def test_a_long_product_is_right():
    a = np.random.default_rng(0).standard_normal(100_000).astype(np.float32)
    exact = sum(Fraction(float(x)) ** 2 for x in a)

    assert abs(Fraction(float(products.matmul(a, a))) - exact) <= exact / 2**23


# -- elementary functions ------------------------------------------------------------------------------

ONE = {  # where to look, and how far it may be away, in units of the last place of a float64
    "exp": (-700, 700, 2), "exp2": (-1000, 1000, 3), "expm1": (-30, 700, 3), "log": (1e-300, 1e300, 2),
    "log2": (1e-300, 1e300, 3), "log10": (1e-300, 1e300, 3), "log1p": (-0.999, 1e20, 3), "sin": (-1e5, 1e5, 3),
    "cos": (-1e5, 1e5, 3), "tan": (-1e5, 1e5, 4), "arcsin": (-1, 1, 4), "arccos": (-1, 1, 4),
    "arctan": (-1e9, 1e9, 4), "sinh": (-700, 700, 4), "cosh": (-700, 700, 4), "tanh": (-30, 30, 4),
    "arcsinh": (-1e9, 1e9, 4), "arccosh": (1, 1e9, 4), "arctanh": (-0.999, 0.999, 4), "cbrt": (-1e300, 1e300, 2),
    "expit": (-700, 700, 4), "log_expit": (-700, 700, 4), "logit": (1e-9, 1, 4), "erf": (-6, 6, 4),
    "erfc": (-6, 26, 16),
    "ndtr": (-37, 8, 1500),
}  # fmt: skip
BY_MPMATH = {
    "exp2": lambda x: mpmath.mpf(2) ** x,
    "log2": lambda x: mpmath.log(x, 2),
    "cbrt": lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)),
    "expit": lambda x: 1 / (1 + mpmath.exp(-x)),
    "log_expit": lambda x: -mpmath.log1p(mpmath.exp(-x)),
    "logit": lambda x: mpmath.log(x) - mpmath.log1p(-x),
    "ndtr": mpmath.ncdf,
    **{f"arc{name}": getattr(mpmath, f"a{name}") for name in ["sin", "cos", "tan", "sinh", "cosh", "tanh"]},
}


def points(low, high, count, dtype):
    """Numbers of all sizes in a range."""
    random = np.random.default_rng(0)
    flat = random.uniform(low, high, count)
    small = np.exp(random.uniform(-20, np.log(max(abs(low), abs(high))), count)) * random.choice([-1, 1], count)
    x = np.concatenate([flat, small]).astype(dtype)
    return x[(x >= low) & (x <= high)]


def exactly(name, x):
    """The function's values, to 60 digits."""
    function = BY_MPMATH.get(name) or getattr(mpmath, name)
    with mpmath.workdps(60):
        return [function(mpmath.mpf(float(v))) for v in x]


@pytest.mark.parametrize("name", ONE)
def test_functions_are_right_to_a_few_units_in_the_last_place(name):
    low, high, units = ONE[name]
    x = points(low, high, 3000 if NIGHTLY else 150, np.float64)
    found = functions.evaluated(getattr(functions, name), x)

    assert worst(found, exactly(name, x)) <= units


def worst(found, exact):
    """The largest distance in units of the last place."""
    with mpmath.workdps(60):
        return max(float(abs(mpmath.mpf(float(f)) - e)) / np.spacing(abs(float(e))) for f, e in zip(found, exact))


@pytest.mark.parametrize("name", ONE)
def test_functions_in_single_precision_are_correctly_rounded(name):
    low, high, _ = ONE[name]
    x = points(max(low, -80), min(high, 80), 2000 if NIGHTLY else 150, np.float32)
    found = functions.evaluated(getattr(functions, name), x)

    assert found.dtype == np.float32
    assert np.mean(found == np.float32([float(e) for e in exactly(name, x)])) >= 0.999


@pytest.mark.parametrize("name", ["arctan2", "power", "hypot", "logaddexp", "logaddexp2"])
def test_functions_of_two_numbers_are_right(name):
    random = np.random.default_rng(0)
    a, b = random.uniform(0.1, 30, 200), random.uniform(-30, 30, 200)
    found = functions.evaluated(getattr(functions, name), a, b)

    assert np.allclose(found, getattr(np, name)(a, b), rtol=1e-13, atol=0)


@pytest.mark.parametrize("name", [n for n in [*ONE, "power", "hypot", "arctan2", "logaddexp"] if hasattr(np, n)])
def test_functions_at_their_ends_are_as_in_numpy(name):
    ends = np.array([0.0, -0.0, 1.0, -1.0, 2.0, -3.0, np.inf, -np.inf, np.nan])
    inputs = [ends] if name in ONE else np.meshgrid(ends, ends)
    with np.errstate(all="ignore"):
        found, plain = functions.evaluated(getattr(functions, name), *inputs), getattr(np, name)(*inputs)

    assert np.allclose(found, plain, rtol=1e-14, atol=1e-15, equal_nan=True)


# -- the mode ------------------------------------------------------------------------------------------


def on():
    return bool(mode.get() & EXACT)


def test_a_block_ends_with_what_was_before():
    with reproducible():
        assert on()
        with reproducible(False):
            assert not on()
        assert on()
        with pytest.raises(KeyError), reproducible(False):
            raise KeyError
        assert on()
    assert not on()


def test_from_here_on_until_it_is_switched_off():
    reproducible()
    try:
        assert on()
    finally:
        reproducible(False)
    assert not on()


def test_a_function_is_decorated():
    @reproducible()
    def inside():
        return on()

    assert (on(), inside(), on()) == (False, True, False)


def test_a_function_as_the_setting_says_what_to_write():
    with pytest.raises(TypeError, match=r"as a decorator it is @reproducible\(\)"):
        reproducible(lambda: None)


def test_another_thread_has_a_mode_of_its_own():
    seen = []
    with reproducible():
        thread = threading.Thread(target=lambda: seen.append(on()))
        thread.start()
        thread.join()

    assert seen == [False]


def test_results_and_gradients_are_plain_arrays():
    w = Tensor(np.ones((3, 2), np.float32), requires_grad=True)
    with reproducible():
        y = np.exp(Tensor(np.ones((4, 3), np.float32)) @ w).sum()
        y.backward()

    assert type(w.grad.data) is np.ndarray
    assert isinstance(y.data, np.float32)


def test_a_backward_outside_of_the_block_goes_on_as_it_was_recorded_or_plainly_and_is_close():
    w = Tensor(np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4), requires_grad=True)
    with reproducible():
        y = np.tanh(w @ Tensor(np.ones((4, 2), np.float32))).sum()
    y.backward()
    plain = Tensor(w.data, requires_grad=True)
    np.tanh(plain @ Tensor(np.ones((4, 2), np.float32))).sum().backward()

    assert np.allclose(w.grad.data, plain.grad.data, rtol=1e-5)
    assert type(w.grad.data) is np.ndarray


@pytest.mark.parametrize(
    ("name", "call"),
    {
        "inv": lambda: autograd.inv(Tensor(np.eye(2))),
        "fftn": lambda: autograd.fft.fft(Tensor(np.ones(4))),
        "gammaln": lambda: autograd.gammaln(Tensor(2.0)),
        "root": lambda: autograd.root(lambda x: x - 1.0, [0.0]),
        "LBFGS": lambda: optim.LBFGS([Tensor(1.0, requires_grad=True)]).step(lambda: 0.0),
        "init.orthogonal_": lambda: nn.init.orthogonal_(autograd.zeros((2, 2))),
        "a sine, cosine or tangent of 1e\\+06": lambda: np.sin(Tensor(1e6)),
    }.items(),
)
def test_what_is_not_covered_is_refused_by_name(name, call):
    with reproducible(), pytest.raises(UnsupportedError, match=rf"reproducible: {name}"):
        call()
    call() if name != "LBFGS" else None


def test_complex_numbers_are_refused():
    with reproducible(), pytest.raises(autograd.DtypeError, match="complex numbers"):
        Tensor(np.array([1j, 2.0])) * Tensor(np.array([1j, 2.0]))


@pytest.mark.parametrize("shape", [(6, 4), (4, 6)])
def test_muon_is_covered_and_close_to_what_it_is_without(shape):
    def trained():
        w = Tensor(np.cos(np.arange(24.0)).reshape(shape), requires_grad=True)
        optimizer = optim.Muon([w], lr=0.1)
        for _ in range(3):
            optimizer.zero_grad()
            (w * w).sum().backward()
            optimizer.step()
        return w.data

    with reproducible():
        found = trained()

    assert type(found) is np.ndarray
    assert np.allclose(found, trained(), rtol=1e-10)
