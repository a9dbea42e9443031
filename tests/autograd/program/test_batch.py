import warnings
from functools import partial

import numpy as np
import pytest
from hypothesis import Phase, given, settings

import autograd
import nn
from autograd import (
    GraphError,
    LoopWarning,
    ShapeError,
    Tensor,
    TraceError,
    compile,
    grad,
    jvp,
    per_example_grad,
    registry,
    vmap,
)
from autograd.program import batch
from autograd.testing.case import Case

from .derivatives import RAGGED, arrays_of, close, derivative, either, floats, weighted

RNG = np.random.default_rng(0)
FEW = max(2, settings().max_examples // 20)


def looped(f, *args):
    """f of one example after the other."""
    rows = [arrays_of(f(*one)) for one in zip(*args)]
    return [np.stack(column) for column in zip(*rows)]


def of_tensors(f, *arrays):
    return f(*map(Tensor, arrays))


def at_three_points(case):
    points = [[a * (1 + 1e-3 * k) for a in case.arrays] for k in range(3)]
    return points, [np.stack(column) for column in zip(*points)]


@pytest.mark.parametrize("name", sorted(RAGGED))
def test_what_may_be_longer_for_one_example_than_for_another_is_refused(name):
    sets = [np.array([[1.0, 2.0], [3.0, 3.0]])] * (1 if name in ("trim_zeros", "unique") else 2)
    with pytest.raises(TraceError, match="2 examples differ"):
        vmap(registry[name].call)(*sets)


@pytest.mark.no_cover
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(registry.keys() - RAGGED))
def test_every_op_mapped_over_three_points_equals_the_loop(name):
    op = registry[name]

    @settings(max_examples=FEW, phases=[Phase.generate], deadline=None)
    @given(either(op))
    def property(drawn):
        args, options = drawn
        case = Case(op, args, {**options, **({"dropout": 0.0} if "dropout" in options else {})})
        if not case.arrays:
            return
        points, stacked = at_three_points(case)
        every = range(len(points[0]))
        with np.errstate(all="ignore"):
            for order in range(3 if op.differentiable else 1):
                f = derivative(case, order)
                one = partial(of_tensors, f)
                expected = looped(one, *stacked)
                assert close(vmap(f)(*stacked), expected), order
                for i in every if len(every) > 1 and order < 2 else ():  # one array mapped, the others shared
                    given = [s if j == i else points[0][j] for j, s in enumerate(stacked)]
                    mixed = [s if j == i else [points[0][j]] * 3 for j, s in enumerate(stacked)]
                    found = vmap(f, [0 if j == i else None for j in every])(*given)
                    assert close(found, looped(one, *mixed)), (order, i)
            if op.differentiable:  # the derivative of what was mapped, itself and its gradient
                outer = grad(lambda *xs: vmap(lambda *x: weighted(floats(case.call(*x)), 0))(*xs).sum(), tuple(every))
                assert close(outer(*stacked), looped(derivative(case, 1), *stacked))
                first = vmap(derivative(case, 1))
                weigh = vmap(lambda *slopes: weighted(slopes, 1))
                second = grad(lambda *xs: weigh(*first(*xs)).sum(), tuple(every))
                assert close(second(*stacked), looped(derivative(case, 2), *stacked))

    property()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(name for name, op in registry.items() if not op.differentiable))
def test_every_op_without_a_derivative_mapped_over_what_it_is_given_equals_the_loop(name):
    @settings(max_examples=2 * FEW, phases=[Phase.generate], deadline=None)
    @given(either(registry[name]))
    def property(drawn):
        args, options = drawn
        places = [i for i, a in enumerate(args) if isinstance(a, (np.ndarray, np.generic))]
        for chosen in (places, *([i] for i in places)):  # all of them mapped, or one, and the others shared

            def f(*xs, chosen=chosen):
                given = dict(zip(chosen, xs))
                return registry[name].call(*(given.get(i, a) for i, a in enumerate(args)), **options)

            stacked = [np.stack([np.roll(args[i], k) for k in range(3)]) for i in chosen]
            if stacked:
                assert close(vmap(f)(*stacked), looped(partial(of_tensors, f), *stacked))

    property()


def test_an_operation_without_a_derivative_has_none_inside_vmap():
    def f(x):
        return (x * registry["_size"].call(x)).sum()

    xs = RNG.normal(size=(4, 3))
    assert close(vmap(grad(f))(xs), looped(grad(f), xs))


def test_vmap_of_each_transform_is_the_loop():
    xs, w = RNG.normal(size=(4, 3)), RNG.normal(size=(3, 2))

    def f(x):
        return (np.tanh(x @ w) ** 2).sum()

    def g(x):
        return np.sin(x @ w)

    for transform, function in ((grad, f), (autograd.hessian, f), (autograd.jacobian, g), (lambda f: f, g)):
        assert close(vmap(transform(function))(xs), looped(transform(function), xs))
    assert close(vmap(lambda x, t: jvp(g, [x], [t]))(xs, 2 * xs), looped(lambda x, t: jvp(g, [x], [t]), xs, 2 * xs))
    assert close(
        vmap(lambda x: autograd.vjp(g, x)[1](np.ones(2)))(xs), looped(lambda x: grad(lambda x: g(x).sum())(x), xs)
    )


def test_each_transform_of_vmap_is_that_of_a_batched_function():
    xs, w = RNG.normal(size=(4, 3)), RNG.normal(size=(3, 2))

    def mapped(w, xs=xs):
        return vmap(lambda x: np.tanh(x @ w).sum())(xs)

    def batched(w, xs=xs):
        return np.tanh(xs @ w).sum(axis=1)

    total, expected = (lambda *args: mapped(*args).sum()), (lambda *args: batched(*args).sum())
    assert close(grad(total, (0, 1))(w, xs), grad(expected, (0, 1))(w, xs))
    assert close(autograd.jacobian(mapped)(w), autograd.jacobian(batched)(w))
    assert close(autograd.hessian(total)(w), autograd.hessian(expected)(w))
    assert close(jvp(mapped, [w], [2 * w]), jvp(batched, [w], [2 * w]))
    assert close(autograd.hvp(total, [w], [w]), autograd.hvp(expected, [w], [w]))


def test_vmap_nests():
    a, b = RNG.normal(size=3), RNG.normal(size=4)
    outer = vmap(vmap(lambda x, y: np.sin(x) * y, (None, 0)), (0, None))
    second = vmap(vmap(grad(grad(lambda x, y: np.sin(x) * y * x)), (None, 0)), (0, None))

    assert close(outer(a, b), np.outer(np.sin(a), b))
    assert close(second(a, b), np.outer(2 * np.cos(a) - a * np.sin(a), b))


def test_backward_through_a_vmapped_call_reaches_arguments_and_what_the_function_uses():
    x, w = (Tensor(RNG.normal(size=s), requires_grad=True) for s in ((4, 3), (3, 2)))
    vmap(lambda x: np.tanh(x @ w).sum())(x).sum().backward()
    found = x.grad, w.grad
    x.grad = w.grad = None
    np.tanh(x @ w).sum().backward()

    assert close(found, (x.grad, w.grad))


@pytest.mark.parametrize("inside", [True, False])
def test_vmap_and_compile_compose(inside):
    xs, w = RNG.normal(size=(4, 3)), RNG.normal(size=(3, 2))
    f = grad(lambda x: np.tanh(x @ w).sum())
    both = vmap(compile(f)) if inside else compile(vmap(f))

    for scale in (1.0, 2.0):
        assert close(both(scale * xs), looped(f, scale * xs))


def test_arguments_and_results_are_nests_with_axes_of_their_own():
    given = {"a": RNG.normal(size=(3, 5)), "b": [RNG.normal(size=5), 2.0]}

    def f(tree, c):
        return {"sum": tree["a"].sum() + c, "both": (tree["a"] * tree["b"][0], tree["b"][1] * c)}

    found = vmap(f, ({"a": 1, "b": [-1, None]}, None), {"sum": 0, "both": (-1, None)})(given, 3.0)

    assert close(found["sum"], given["a"].sum(axis=0) + 3.0)
    assert close(found["both"][0], given["a"] * given["b"][0])
    assert found["both"][1] == 6.0


def test_arrays_give_arrays_in_memory_of_their_own_and_tensors_give_tensors():
    xs = RNG.normal(size=(2, 3))
    same, shared = vmap(lambda x: (x, 1.0))(xs)

    assert isinstance(same, np.ndarray)
    assert not np.may_share_memory(same, xs)
    assert shared.shape == (2,)
    shared[:] = 2.0
    assert isinstance(vmap(lambda x: x)(Tensor(xs)), Tensor)
    assert vmap(lambda x: x.astype(np.float32) * 2.0)(xs).dtype == np.float32


@pytest.mark.parametrize("order", [1, 2])
def test_what_the_function_hides_from_gradients_stays_hidden(order):
    def f(x):
        with autograd.no_grad():
            hidden = x * x
        return (hidden + x.detach()) * x * x

    def total(f):
        return grad(lambda xs: grad(lambda xs: f(xs).sum())(xs).sum()) if order == 2 else grad(lambda xs: f(xs).sum())

    xs = RNG.normal(size=4)
    assert close(total(vmap(f))(xs), total(f)(xs))
    inner = grad(grad(f)) if order == 2 else grad(f)
    assert close(vmap(inner)(xs), looped(inner, xs))
    assert close(total(vmap(grad(f)))(xs), looped(grad(grad(f)) if order == 1 else grad(grad(grad(f))), xs))


FIRST, SECOND = np.array([0, 2]), np.array([1, 1])
PLACES = {
    "beside each other": lambda x, i: x[:, FIRST, SECOND],
    "apart, whose axes NumPy puts in front": lambda x, i: x[FIRST, :, SECOND],
    "with an integer": lambda x, i: x[1, :, SECOND],
    "of a mask": lambda x, i: x[np.array([True, False, True])],
    "of each example": lambda x, i: x[i],
    "of each example, all axes": lambda x, i: x[i, SECOND, 0],
    "of each example, behind a slice": lambda x, i: x[:, i],
    "in an array that is shared": lambda x, i: Tensor(np.arange(12.0).reshape(3, 4))[i] * x[0, 0, 0],
    "to write to": lambda x, i: autograd.setitem(x, x[0, 0], (i, SECOND)),
    "one for each": lambda x, i: autograd.take_along_axis(x, i[:, None, None], 0),
}


@pytest.mark.filterwarnings("ignore::autograd.LoopWarning")
@pytest.mark.parametrize("kind", PLACES)
def test_indices(kind):
    f = PLACES[kind]
    x, i = RNG.normal(size=(4, 3, 3, 2)), RNG.integers(0, 3, (4, 2))
    slope = grad(lambda x, i: (f(x, i) ** 2).sum())

    assert close(vmap(f)(x, i), looped(lambda x, i: f(Tensor(x), Tensor(i)), x, i))
    assert close(vmap(slope)(x, i), looped(slope, x, i))


def test_the_mean_over_classes_that_are_ignored_is_that_of_each_example():
    x, y = RNG.normal(size=(3, 2, 4)), np.array([[1, 2], [-100, 0], [-100, -100]])
    one = x[:, :1], np.array([[1], [-100], [2]])
    for logits, target in ((x, y), one):
        with np.errstate(invalid="ignore"):
            found = vmap(autograd.cross_entropy)(logits, target)
            assert close(found, looped(autograd.cross_entropy, logits, target))


def test_what_a_function_writes_in_place_stays_inside():
    def f(x):
        total = autograd.zeros(3, dtype=np.float64)
        total[1] = x.sum()
        total += x
        return total

    xs = RNG.normal(size=(4, 3))
    assert close(vmap(f)(xs), looped(lambda x: f(Tensor(x)), xs))


def test_a_write_to_what_all_examples_share_is_an_error_and_leaves_it_as_it_was():
    seen = Tensor([0.0, 0.0])

    def f(x):
        seen[0] = x
        return x

    with pytest.raises(GraphError, match="another value for each example"):
        vmap(f)(np.arange(3.0))
    assert seen.tolist() == [0.0, 0.0]


def test_each_example_draws_its_own():
    autograd.seed(0)
    drawn, dropped = vmap(lambda x: (autograd.normal(size=4), nn.functional.dropout(x, 0.5, training=True)))(
        np.ones((50, 8))
    )

    assert len(np.unique(drawn)) == 200
    assert len(np.unique(dropped, axis=0)) > 40
    assert not vmap(lambda x: x * autograd.rand() - x * autograd.rand())(np.zeros(3)).any()


def test_attention_drops_other_weights_for_each_example():
    q = np.ones((20, 4, 3))
    found = vmap(lambda q: autograd.attention(q, q, np.eye(4), dropout=0.5))(q)
    slope = vmap(grad(lambda q: (autograd.attention(q, q, q, dropout=0.5) ** 2).sum()))(q)

    assert len(np.unique(found, axis=0)) > 15
    assert len(np.unique(slope.round(9), axis=0)) > 10


def test_dropped_attention_has_no_gradient_of_a_gradient_across_vmap():
    slope = grad(lambda q: (autograd.attention(q, q, q, dropout=0.5) ** 2).sum())

    with pytest.raises(autograd.UnsupportedError, match="attention: with dropout"):
        grad(lambda q: vmap(slope)(q).sum())(np.ones((2, 4, 3)))


def test_a_branch_that_all_examples_take_alike_is_taken():
    f = vmap(lambda x: x * 2 if x.sum() > 0 else -x)

    assert close(f(np.ones((2, 3))), 2 * np.ones((2, 3)))
    with pytest.raises(TraceError, match=rf"bool\(\) of a value inside vmap.*{__file__}:\d+: the 2 examples differ"):
        f(np.array([[1.0], [-1.0]]))


@pytest.mark.parametrize("leave", [float, np.asarray, lambda x: x.data, lambda x: x.item(), lambda x: x.numpy()])
def test_a_value_that_leaves_for_python_names_the_line(leave):
    with pytest.raises(TraceError, match=rf"{__file__}:\d+: the 3 examples differ"):
        vmap(lambda x: x * leave(x))(np.arange(3.0))


@pytest.mark.parametrize(
    "use",
    [
        float,
        lambda x: x * 2,
        lambda x: 2 + np.sin(Tensor(1.0)) * x,
        lambda x: autograd.stack([Tensor(1.0), x]),
        lambda x: x.detach(),
        lambda x: np.allclose(x, 0.0),
        lambda x: vmap(lambda y: y * x)(np.ones(2)),
        lambda x: jvp(lambda y: y * x, [np.ones(2)], [np.ones(2)]),
        lambda x: grad(lambda y: y * x)(np.float64(1.0)),
        lambda x: x.backward(),
    ],
)
def test_what_is_carried_out_of_the_function_gives_no_value(use):
    seen, w = [], Tensor(2.0, requires_grad=True)
    vmap(lambda x: seen.append(x * w) or x)(np.arange(3.0))

    with pytest.raises(TraceError, match="carried out of vmap, the value of one example; return it"):
        use(seen[0])


def test_setting_data_gives_all_examples_the_same():
    def f(x):
        x.data = np.array([5.0, 6.0])
        return x * 2

    assert vmap(f)(np.zeros((3, 2))).tolist() == [[10.0, 12.0]] * 3


def test_numpy_asks_no_question_of_one_example():
    with pytest.raises(TraceError, match="the 3 examples differ"):
        vmap(lambda x: x * np.allclose(x, 0.0))(np.arange(3.0))


def test_backward_inside_is_an_error():
    w = Tensor(2.0, requires_grad=True)

    def f(x):
        (x * w).backward()
        return w.grad

    with pytest.raises(GraphError, match=r"use autograd\.grad"):
        vmap(f)(np.arange(3.0))
    assert w.grad is None


@pytest.mark.parametrize(
    ("axes", "args", "said"),
    [
        (0, (np.ones(3), np.ones(2)), "same number of examples.*: 3 in value 0, 2 in value 1"),
        (None, (np.ones(3), 1.0), "one at least: none in any"),
        (1, (np.ones(3), np.ones(3)), r"value 0 of the arguments, of shape \(3,\), has no axis 1"),
        ((0, 0, 0), (np.ones(3), 1.0), r"in_axes = \(0, 0, 0\) for 2 values"),
        (({"a": 0}, 0), (np.ones(3), np.ones(3)), r"in_axes = \{'a': 0\} for a ndarray"),
        (0, (np.ones(0), np.ones(0)), "one at least: 0 in value 0"),
    ],
)
def test_axes_that_do_not_fit_say_so(axes, args, said):
    with pytest.raises(ShapeError, match=said):
        vmap(lambda x, y: x * y, axes)(*args)


def test_a_result_that_differs_needs_an_axis():
    with pytest.raises(ShapeError, match="out_axes is None for a result that differs"):
        vmap(lambda x: x, out_axes=None)(np.ones(3))


def test_an_error_in_the_function_shows_shapes_of_one_example():
    with pytest.raises(ShapeError, match=r"linear: x \(2,\), weight \(4, 3\) do not fit"):
        vmap(lambda x: autograd.linear(x, np.ones((4, 3))))(np.ones((5, 2)))


def test_an_op_without_a_form_for_a_batch_says_once_that_it_loops(monkeypatch):
    monkeypatch.setattr(batch, "_told", set())
    f = vmap(lambda x: autograd.searchsorted(np.arange(5.0), x) + autograd.searchsorted(np.arange(3.0), x))

    with pytest.warns(LoopWarning, match="searchsorted has no form for a whole batch") as told:
        found = f(np.array([0.5, 2.5]))
    assert len(told) == 1
    assert told[0].filename == __file__
    assert found.tolist() == [2, 6]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        f(np.array([0.5, 2.5]))


@pytest.mark.filterwarnings("ignore::autograd.LoopWarning")
def test_examples_of_different_shapes_are_an_error():
    with pytest.raises(ShapeError, match=r"stack.*same shape"):
        vmap(lambda x: x[x > 0])(np.array([[1.0, -1.0], [1.0, 1.0]]))


class Ending(nn.Module):
    """A module, and what becomes of its result."""

    def __init__(self, inner, end):
        super().__init__()
        self.inner = inner
        self.end = end

    def forward(self, x):
        return self.end(self.inner(x))


def images(channels=2):
    return RNG.normal(size=(5, channels, 6, 6)).astype(np.float32)


def sequences(batch=5, steps=4):
    return RNG.normal(size=(batch, steps, 8)).astype(np.float32)


def scores(x):
    """Two scores of each example, whatever its shape."""
    return x.reshape(len(x), -1)[:, :2] if x.ndim < 3 else x.mean(axis=tuple(range(2, x.ndim)))[:, :2]


def last(y):
    """Two of the features of the last step of a recurrent layer."""
    return y[0][:, -1, -2:]


def spread(y):
    return (y**2).mean(axis=(2, 3)) + y[:, :, 0, 0]


conv = nn.Conv2d
NETWORKS = {
    "linear": lambda: (nn.Sequential(nn.Linear(8, 4), nn.ReLU(), nn.Linear(4, 2)), sequences()[:, 0]),
    "linear on rows": lambda: (Ending(nn.Linear(8, 4), lambda y: y.mean(axis=1)[:, :2]), sequences()),
    "convolution": lambda: (Ending(nn.Sequential(conv(2, 4, 3), nn.ReLU(), conv(4, 4, 3, groups=2)), scores), images()),
    "strided": lambda: (Ending(conv(2, 4, 3, stride=2, bias=False), scores), images()),
    "transposed": lambda: (Ending(nn.ConvTranspose2d(2, 3, 2, stride=2), scores), images()),
    "pooling": lambda: (Ending(nn.Sequential(conv(2, 4, 1), nn.MaxPool2d(2), nn.AvgPool2d(3)), scores), images()),
    "embedding": lambda: (Ending(nn.Embedding(7, 2), lambda y: y.mean(axis=1)), RNG.integers(0, 7, (5, 3))),
    "padded": lambda: (Ending(nn.Embedding(7, 2, 0), lambda y: y.mean(axis=1)), RNG.integers(0, 3, (5, 3))),
    "layer norm": lambda: (nn.Sequential(nn.Linear(8, 4), nn.LayerNorm(4), nn.Linear(4, 2)), sequences()[:, 0]),
    "rms norm": lambda: (Ending(nn.RMSNorm(8), scores), sequences()),
    "group norm": lambda: (Ending(nn.Sequential(conv(2, 4, 3), nn.GroupNorm(2, 4)), scores), images()),
    "instance norm": lambda: (Ending(nn.InstanceNorm2d(2, affine=True), spread), images()),
    "batch norm in eval mode": lambda: (Ending(nn.BatchNorm2d(2).eval(), scores), images()),
    "rnn": lambda: (Ending(nn.RNN(8, 3, batch_first=True), last), sequences()),
    "lstm": lambda: (Ending(nn.LSTM(8, 3, 2, batch_first=True, bidirectional=True), last), sequences()),
    "gru": lambda: (Ending(nn.GRU(8, 3, batch_first=True), last), sequences()),
    "transformer": lambda: (Ending(nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True), scores), sequences()),
    "prelu": lambda: (nn.Sequential(nn.Linear(8, 4), nn.PReLU(4), nn.Linear(4, 2)), sequences()[:, 0]),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_per_example_gradients_are_those_of_batches_of_one(name):
    autograd.seed(0)
    model, x = NETWORKS[name]()
    y = RNG.integers(0, 2, len(x))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = per_example_grad(model, nn.functional.cross_entropy, x, y)

    parameters = dict(model.named_parameters())
    assert found.keys() == parameters.keys()
    for i in range(len(x)):
        nn.functional.cross_entropy(model(Tensor(x[i : i + 1])), y[i : i + 1]).backward()
        for key, p in parameters.items():
            assert found[key].dtype == np.float32
            assert np.allclose(found[key][i], p.grad.data, 1e-4, 1e-5), key
            p.grad = None


def test_per_example_gradients_leave_out_frozen_parameters_and_give_zeros_for_unused_ones():
    model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 1))
    model[0].weight.requires_grad = False
    model.spare = nn.Parameter(np.ones(2))
    found = per_example_grad(model, nn.functional.mse_loss, RNG.normal(size=(4, 3)), np.zeros((4, 1)))

    assert "0.weight" not in found
    assert found["spare"].shape == (4, 2)
    assert not found["spare"].any()
    assert all(p.grad is None for p in model.parameters())


def test_examples_may_lie_along_another_axis():
    model = Ending(nn.LSTM(8, 2), lambda y: y[0][-1])
    x, y = sequences(), RNG.integers(0, 2, 5)
    found = per_example_grad(model, nn.functional.cross_entropy, x.swapaxes(0, 1), y, in_axes=(1, 0))
    model.inner.batch_first, model.end = True, lambda y: y[0][:, -1]

    for name, g in per_example_grad(model, nn.functional.cross_entropy, x, y).items():
        assert np.allclose(found[name], g, atol=1e-6)


def test_a_batch_norm_in_training_has_no_gradient_of_one_example():
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(32, 2))
    before = model[1].running_mean.tolist()

    with pytest.raises(GraphError, match=r"batch norm in training.*mixes the examples.*use eval mode"):
        per_example_grad(model, nn.functional.cross_entropy, images(1), np.zeros(5, int))
    assert model[1].running_mean.tolist() == before


def test_per_example_gradients_want_one_number_and_a_parameter():
    with pytest.raises(ShapeError, match="the loss of an output of shape"):
        per_example_grad(nn.Linear(2, 3), lambda p, y: p - y, np.ones((4, 2)), np.ones((4, 3)))
    with pytest.raises(GraphError, match="no parameter that requires a gradient"):
        per_example_grad(nn.ReLU(), lambda p, y: p.sum(), np.ones((4, 2)), np.ones(4))


def test_per_example_gradients_by_hand():
    model = nn.Linear(3, 2)
    xs = RNG.normal(size=(4, 3)).astype(np.float32)
    found = vmap(lambda x: autograd.gradients(np.tanh(model(x)).sum(), list(model.parameters())))(xs)
    named = per_example_grad(model, lambda p, y: np.tanh(p).sum(), xs, np.zeros(4))

    assert np.allclose(found[0].data, named["weight"])
    assert np.allclose(found[1].data, named["bias"])
