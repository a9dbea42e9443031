import mpmath
import numpy as np
import pytest

import autograd
from autograd import registry
from autograd.program.c import code, table
from autograd.program.trace import trace

from ..derivatives import same_bits
from .conftest import needs_compiler

pytestmark = needs_compiler
RNG = np.random.default_rng(0)
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, np.inf, -np.inf, np.nan, 1e-30, -1e-30, 700.0, -700.0, 88.5, -104.0]
OPTIONS = {"clip": (-0.5, 0.75), "hardtanh": (-0.5, 0.75), "_to_ends": (-1.0, 1.0), "_bump": (2.0,), "_bell": (0.5,)}
OPTIONS |= {"gelu none": ("none",), "gelu tanh": ("tanh",), "softplus": (2.0, 20.0), "leaky_relu": (0.1,)}
# where the op's own tails, or last digits, are worse: what is right
EXACT = {
    "log": mpmath.log,
    "erfc": mpmath.erfc,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "silu": lambda x: x / (1 + mpmath.exp(-x)),
    "gelu none": lambda x: x * mpmath.erfc(-x / mpmath.sqrt(2)) / 2,
    "gelu tanh": lambda x: x / (1 + mpmath.exp(-2 * mpmath.sqrt(2 / mpmath.pi) * (x * (1 + 0.044715 * x * x)))),
}


def numbers(dtype, n=3000):
    """Numbers of every size, and those at which functions are something else."""
    spread = np.exp(RNG.uniform(-12, 5, n)) * RNG.choice([-1, 1], n)
    return np.concatenate([spread, np.float64(SPECIAL), RNG.uniform(-2, 2, n)]).astype(dtype)


def ulps(found, expected):
    """How many floats lie between two, where both are finite; what is not, must be alike."""
    with np.errstate(all="ignore"):
        odd = ~np.isfinite(expected) | ~np.isfinite(found)
        assert np.array_equal(found[odd], expected[odd], equal_nan=True)
        tiny = np.finfo(expected.dtype).smallest_normal  # below, a unit in the last place is a large part
        return np.where(odd, 0, np.abs(found - expected) / np.spacing(np.maximum(np.abs(expected), tiny)))


def alike(f, *arrays):
    """Whether a function in C gives the bits of its operations."""
    program = trace(f, *arrays)
    return same_bits(code.Code(program, {})(*arrays), program.run(*arrays))


@pytest.mark.parametrize("name", ["bool", "int8", "uint8", "int32", "int64", "uint64", "float16", ">f4", ">i8"])
def test_operands_of_every_dtype_are_read_as_numpy_reads_them(name):
    a, x = np.array([0, 1, 2, 100]).astype(name), np.float32([0.5, -1, 2, 3])

    assert alike(lambda a, x: [a + x, autograd.where(x > 0, a, x), a < x, a.astype(np.float32)], a, x)


@pytest.mark.parametrize("condition", [np.float32([0.5, 0, -0.3, np.nan]), np.array([256, 0, 1, -(2**40)]), 0.5])
def test_any_number_but_0_is_a_condition_that_holds(condition):
    x = np.float32([1, 2, 3, 4])

    assert alike(lambda c, x: autograd.where(c, x, -x), condition, x)
    assert alike(lambda x: autograd.where(0.5, x, -x), x)


def test_a_mask_may_have_other_numbers_than_0_and_1():
    assert alike(lambda x, mask: autograd.ops.masked_scale(x, mask, 2.0), np.ones(3), np.array([0.5, 0, 3]))


@pytest.mark.parametrize("number", [-3, -(2**63), 2**63 - 1, 2**70, -(2**70)])
def test_whole_numbers_of_any_size_and_sign_are_what_they_are(number):
    x = np.array([-(2**63), -3, 0, 2**63 - 1])

    assert alike(lambda x: [x < number, x == number, x >= number], x)


def test_the_negative_of_a_negative_number_is_no_decrement():
    assert alike(lambda x: x + autograd.negative(-3), np.arange(3))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", sorted(table.FORMS))
def test_each_row_is_within_4_units_in_the_last_place_of_the_op_or_nearer_to_what_is_right(kind, dtype):
    op = registry[kind.split()[0]]
    rest = OPTIONS.get(kind, ())
    count = 1 if rest or kind in ("astype",) else sum(p not in op.defaults for p in op.parameters)
    x = numbers(dtype)
    arrays = [x, RNG.permutation(x), RNG.permutation(x)][:count]
    if kind.startswith(("logical", "bitwise", "invert")):
        arrays = [a > 0 for a in arrays]
    if kind in ("where",):
        arrays[0] = arrays[0] > 0
    if kind == "masked_scale":
        arrays[1], rest = arrays[1] > 0, (1.25,)
    if kind == "astype":
        rest = (np.float64 if dtype == np.float32 else np.float32,)
    with np.errstate(all="ignore"):
        program = trace(lambda *xs: op.call(*xs, *rest), *arrays)
        run = code.Code(program, {})
        (found,), (expected,) = run(*arrays), program.run(*arrays)

    assert run.segments == ["segment0"], "it is called, not computed in C"
    assert found.dtype == expected.dtype
    if found.dtype == bool:
        assert np.array_equal(found, expected)
        return
    far = ulps(found, expected) > 4
    if far.any():
        with mpmath.workdps(40):
            exact = np.array([float(EXACT[kind](mpmath.mpf(float(v)))) for v in arrays[0][far]])
        exact = exact.astype(dtype)
        assert ulps(found[far], exact).max() <= max(4, 2 * ulps(expected[far], exact).max())
