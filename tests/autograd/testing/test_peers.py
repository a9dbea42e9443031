"""JAX and HIPS's autograd, proven live in an environment of their own (`make peers`)."""

import os

import numpy as np
import pytest

from autograd.ops.cases import reals
from autograd.testing import GradientError, check_op, from_hips, from_jax, gradcheck, in_folder, mutation_score

X, Y = np.array([0.5, -1.2, 2.0]), np.array([1.5, 0.3, -0.7])
CASES = reals(-2, 2)


@pytest.fixture
def jax():
    return pytest.importorskip("jax", reason="`make peers` runs it")


def cubed(jax, factor):
    @jax.custom_vjp
    def cube(x):
        return x**3

    def backward(x, g):
        return (g * (x**2 + factor * x**2),)

    cube.defvjp(lambda x: (x**3, x), backward)
    return cube


def test_a_function_of_jax_is_proven_to_order_three(jax):
    assert gradcheck(from_jax(lambda x, y: jax.numpy.sin(x * y)), [X, Y], order=3)
    assert gradcheck(from_jax(lambda x, y: (x * y, jax.numpy.exp(x))), [X, Y], order=2)


def test_a_custom_vjp_of_jax_is_proven_and_its_source_is_broken(jax):
    cube = from_jax(cubed(jax, 2), cases=CASES)

    check_op(cube, max_examples=10)
    score = mutation_score(cube, examples=10)
    assert score.survivors == []
    assert score.total == 6
    with pytest.raises(AssertionError):
        check_op(from_jax(cubed(jax, 3), cases=CASES))


@pytest.fixture
def hips():
    if "HIPS_FOLDER" not in os.environ:
        pytest.skip("`make peers` runs it")
    with in_folder(os.environ["HIPS_FOLDER"]):
        import autograd as hips
        import autograd.extend
        import autograd.numpy
    return hips


def cube_by(hips, factor):
    cube = hips.extend.primitive(lambda x: x**3)
    hips.extend.defvjp(cube, lambda y, x: lambda g: g * (x**2 + factor * x**2))
    return cube


def test_a_primitive_of_hips_is_proven_to_order_two(hips):
    check_op(from_hips(cube_by(hips, 2), hips, cases=CASES), max_examples=10)
    with pytest.raises(GradientError):
        gradcheck(from_hips(cube_by(hips, 3), hips), [X])


def test_a_function_of_hips_is_proven_to_order_three(hips):
    assert gradcheck(from_hips(lambda x, y: hips.numpy.sin(x * y), hips), [X, Y], order=3)
    assert gradcheck(from_hips(lambda x, y: (x * y, hips.numpy.exp(x)), hips), [X, Y], order=2)
