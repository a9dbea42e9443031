"""Other people's derivatives, proven by the same tests: a pair in NumPy, and PyTorch's, live (`make parity`)."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from autograd.ops.cases import reals
from autograd.testing import (
    GradientError,
    check_op,
    from_pair,
    from_torch,
    gradcheck,
    grade,
    in_folder,
    mutation_score,
)

X, Y = np.array([0.5, -1.2, 2.0]), np.array([1.5, 0.3, -0.7])
CASES = reals(-2, 2)


# -- a pair of functions on arrays -----------------------------------------------------------------------


def slope(g, x):
    return g * (x**2 + 2 * x**2)


def test_a_pair_in_numpy_is_proven_to_order_two_and_its_source_is_broken():
    cube = from_pair(lambda x: x**3, slope, cases=CASES)

    check_op(cube)
    score = mutation_score(cube)
    assert score.survivors == []
    assert score.total == 6  # negated, doubled, zeroed, shifted, and the sum in `slope` without either term


def test_a_wrong_pair_is_caught():
    with pytest.raises(GradientError):
        gradcheck(from_pair(np.sin, lambda g, x: g * np.sin(x)), [X])


def test_a_pair_of_several_inputs_returns_a_gradient_for_each():
    product = from_pair(np.multiply, lambda g, a, b: (g * b, g * a))

    assert gradcheck(product, [X, Y], order=2)
    with pytest.raises(GradientError):
        gradcheck(from_pair(np.multiply, lambda g, a, b: (g * b, g * b)), [X, Y])


def test_what_is_adapted_is_kept_out_of_the_registry():
    import autograd

    from_pair(np.sin, lambda g, x: g * np.cos(x), cases=CASES)
    assert autograd.registry["sin"] is autograd.sin.op


def test_an_adapted_function_can_be_graded():
    product = from_pair(lambda a, b: a * b, lambda g, a, b: (g * b, g * a), cases=lambda d: (x := d.array(), x + 1.0))

    assert "b is wrong: the sign is flipped" in str(grade(lambda g, a, b: (g * b, -g * a), product))


# -- PyTorch -------------------------------------------------------------------------------------------


@pytest.fixture
def torch():
    return pytest.importorskip("torch", reason="`make parity` runs it")


def test_a_function_of_torch_is_proven_to_order_three(torch):
    assert gradcheck(from_torch(lambda x, y: (x * y).sin()), [X, Y], order=3)


def test_several_outputs_of_torch_are_proven(torch):
    assert gradcheck(from_torch(lambda x, y: (x * y, x.exp())), [X, Y], order=2)


def cube_of(torch, factor):
    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * (x**2 + factor * x**2)

    return Cube


def test_an_autograd_function_of_torch_is_proven_and_its_source_is_broken(torch):
    cube = from_torch(cube_of(torch, 2), cases=CASES)

    check_op(cube, max_examples=10)
    score = mutation_score(cube, examples=10)
    assert score.survivors == []
    assert score.total == 6
    with pytest.raises(AssertionError):
        check_op(from_torch(cube_of(torch, 3), cases=CASES))


def test_a_module_of_torch_is_proven_with_respect_to_its_parameters(torch):
    module = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2))
    parameters = [p.detach().numpy() for p in module.parameters()]

    assert gradcheck(from_torch(module), [np.ones((2, 3)), *parameters], order=2)


# -- beside each other --------------------------------------------------------------------------------


def test_this_autograd_is_back_after_another_of_that_name_was_imported(tmp_path):
    (tmp_path / "autograd").mkdir()
    (tmp_path / "autograd" / "__init__.py").write_text("from . import part\n")
    (tmp_path / "autograd" / "part.py").write_text("whose = 'theirs'\n")
    with in_folder(tmp_path):
        import autograd.part as theirs
    import autograd

    assert theirs.whose == "theirs"
    assert autograd.exp is sys.modules["autograd.ops"].exp
    assert "autograd.part" not in sys.modules
    assert str(tmp_path) not in sys.path


def test_adapters_import_no_library_before_they_are_used():
    code = "import sys, autograd.testing; print({'torch', 'jax'} & set(sys.modules))"
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"
