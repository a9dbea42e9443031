"""Printed programs are run and compared with the sweep; `GOLDEN=write pytest ...` writes the files of text anew."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings

import autograd
import nn
from autograd import ShapeError, Tensor, grad, registry, source
from autograd.testing.case import Case
from autograd.testing.strategies import arguments

from .derivatives import close, floats, same_bits, weighted

RNG = np.random.default_rng(0)
GOLDEN = Path(__file__).parent / "golden"
FEW = max(2, settings().max_examples // 25)


def run(text, *arrays):
    space = {}
    exec(compile(text, "<source>", "exec"), space)
    return space["program"](*arrays)


# what the sweep computes in another order where Tensors go through its rule, as a program has them
OTHERWISE = {"hypot", "_hypot_slope", "_arctan2_slope"}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(name for name, op in registry.items() if op.differentiable))
def test_the_text_of_every_op_gives_the_bits_of_the_sweep(name):
    agree = close if name in OTHERWISE else same_bits

    @settings(max_examples=FEW, phases=[Phase.generate], deadline=None)
    @given(arguments(registry[name]))
    def property(drawn):
        case = Case(registry[name], *drawn)
        if not case.arrays or "dropout" in case.options or any(x.dtype != np.float64 for x in case.arrays):
            return
        every = tuple(range(len(case.arrays)))

        def f(*xs):
            return weighted(floats(case.call(*xs)), 0)

        def product(*xs):
            slopes = grad(f, every)(*xs[: len(every)])
            return sum((g * v).sum() for g, v in zip(slopes, xs[len(every) :]))

        vectors = [np.cos(np.arange(x.size)).reshape(x.shape)[()] for x in case.arrays]
        with np.errstate(all="ignore"):
            value = run(source(f, *case.arrays, order=0), *case.arrays)
            _, *slopes = run(source(f, *case.arrays), *case.arrays)
            seconds = run(source(f, *case.arrays, order=2), *case.arrays, *vectors)
            assert agree(value, f(*map(Tensor, case.arrays)))
            assert agree(slopes, grad(f, every)(*case.arrays))
            assert agree(seconds, grad(product, every)(*case.arrays, *vectors))

    property()


def neuron(x, w, b):
    z = w * x + b
    return autograd.tanh(z)


def perceptron(x, target, w1, b1, w2, b2):
    hidden = autograd.tanh(x @ w1 + b1)
    error = hidden @ w2 + b2 - target
    return (error * error).mean()


def classifier(x, w, target):
    logits = x @ w
    return nn.functional.cross_entropy(logits, target)


def convolution(x, w):
    features = autograd.relu(autograd.convolution(x, w))
    return features.sum()


def recurrent(x, h, w, u):
    for t in range(3):
        h = autograd.tanh(x[t] @ w + h @ u)
    return (h * h).sum()


def attention(q, k, v):
    scores = q @ k.T
    weights = autograd.softmax(scores)
    return (weights @ v).sum()


def normal(*shape):
    return RNG.normal(size=shape)


NETWORKS = {
    "neuron": (neuron, (0.5, 2.0, -1.0)),
    "perceptron": (perceptron, (normal(5, 3), normal(5, 1), normal(3, 4), normal(4), normal(4, 1), normal(1))),
    "classifier": (classifier, (normal(5, 3), normal(3, 4), np.array([0, 1, 3, 2, 1]))),
    "convolution": (convolution, (normal(1, 1, 4, 4), normal(2, 1, 3, 3))),
    "recurrent": (recurrent, (normal(3, 2, 4), normal(2, 3), normal(4, 3), normal(3, 3))),
    "attention": (attention, (normal(3, 2), normal(3, 2), normal(3, 2))),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_small_network_reads_as_it_did_and_gives_the_bits_of_the_sweep(name):
    f, given = NETWORKS[name]
    given = [np.asarray(x) for x in given]
    text = source(f, *given)
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(text + "\n")
    leaves = [Tensor(x, requires_grad=x.dtype.kind == "f") for x in given]
    value = f(*leaves)
    value.backward()
    found, *slopes = run(text, *(x[()] for x in given))

    assert path.read_text() == text + "\n"
    assert same_bits([found, *slopes], [value, *(x.grad for x in leaves if x.requires_grad)])


def test_parameters_are_arguments_by_their_names_and_gradients_that_are_written_are_returned():
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))

    def step(x):
        loss = (model(x) ** 2).mean()
        loss.backward()
        return loss

    x = RNG.normal(size=(5, 3)).astype(np.float32)
    text = source(step, x, order=0)
    loss, *slopes = run(text, x, *(p.data for p in model.parameters()))
    names = text.rsplit("return ", 1)[1].split(", ")[1:]
    expected = step(Tensor(x))

    assert "def program(x, layer0_weight, layer0_bias, layer2_weight, layer2_bias):" in text
    assert loss == expected.data
    known = {f"d_layer{name.replace('.', '_')}": p.grad.data for name, p in model.named_parameters()}
    assert set(names) == set(known)
    assert all(np.array_equal(slope, known[name]) for slope, name in zip(slopes, names))


def test_shapes_and_branches_that_were_taken_stand_as_asserts():
    text = source(lambda x: x * 2 if x.sum() > 0 else -x, np.ones(2), order=0)

    assert run(text, np.array([1.0, 3.0])).tolist() == [2.0, 6.0]
    for wrong in (np.ones(3), -np.ones(2)):
        with pytest.raises(AssertionError):
            run(text, wrong)


def test_a_gradient_is_of_one_number():
    with pytest.raises(ShapeError, match=r"order=1 is of a function that returns one number, not shapes \[\(3,\)\]"):
        source(lambda x: x * 2, np.ones(3))
    with pytest.raises(ValueError, match="order=3 is not one of 0, 1, 2"):
        source(lambda x: x.sum(), np.ones(3), order=3)
