import numpy as np
import pytest

import autograd
import nn
import optim
from optim import lbfgs, optimizer as optimizers


@pytest.mark.parametrize(
    "kind", [lambda p: optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.1), lambda p: optim.Adam(p, weight_decay=0.1)]
)
def test_a_parameter_of_several_blocks_steps_like_its_pieces(kind):
    rng = np.random.default_rng(0)
    values, gradient = rng.normal(size=(2, 100, 501))
    whole = autograd.tensor(values, requires_grad=True)
    rows = [autograd.tensor(v, requires_grad=True) for v in values]
    big, small = kind([whole]), kind(rows)
    for _ in range(3):
        whole.grad = gradient
        for row, g in zip(rows, gradient):
            row.grad = g
        big.step()
        small.step()

    np.testing.assert_allclose(whole.data, [row.data for row in rows], rtol=1e-13)


def test_float32_and_scalars_and_columns_stay_what_they_are():
    parameters = [
        autograd.tensor(2.0, requires_grad=True),
        autograd.tensor(np.ones((3, 2), np.float32).T, requires_grad=True),
    ]
    optimizer = optim.Adam(parameters, lr=0.5)
    for p in parameters:
        p.grad = np.ones(p.shape)
    optimizer.step()

    assert [p.dtype for p in parameters] == [np.float32, np.float32]
    np.testing.assert_allclose(parameters[0].data, 1.5, rtol=1e-6)
    np.testing.assert_allclose(parameters[1].data, np.full((2, 3), 0.5), rtol=1e-6)


def test_a_step_writes_in_place_and_leaves_the_gradient_alone():
    w = autograd.tensor(np.ones(4), requires_grad=True)
    data, gradient = w.data, np.arange(4.0)
    w.grad = gradient
    optim.Adam([w], weight_decay=0.1).step()

    assert w.data is data
    np.testing.assert_array_equal(gradient, np.arange(4.0))


def test_backward_after_a_step_through_a_stale_graph_is_an_error():
    w = autograd.tensor([1.0, 2.0], requires_grad=True)
    optimizer = optim.SGD([w], lr=0.1)
    first, second = (w * w).sum(), (w * w * w).sum()
    first.backward()
    optimizer.step()

    with pytest.raises(autograd.GraphError, match="changed"):
        second.backward()


def test_groups_have_options_of_their_own_that_may_change_between_steps():
    a, b = (autograd.tensor([1.0], requires_grad=True) for _ in range(2))
    optimizer = optim.SGD([{"params": [a]}, {"params": [b], "lr": 0.25}], lr=0.5)
    for rate in (0.5, 0.0):
        optimizer.param_groups[0]["lr"] = rate
        a.grad = b.grad = np.ones(1)
        optimizer.step()

    assert (a.data, b.data) == (0.5, 0.5)


def test_parameters_without_gradient_stay():
    a, b = (autograd.tensor([1.0], requires_grad=True) for _ in range(2))
    a.grad = np.ones(1)
    optim.SGD([a, b], lr=0.5).step()

    assert (a.data, b.data) == (0.5, 1.0)


def test_a_parameter_that_joins_late_starts_from_its_own_first_step():
    late, early = (autograd.tensor([1.0], requires_grad=True, dtype=np.float64) for _ in range(2))
    for kind in (lambda p: optim.Adam(p, lr=0.1), lambda p: optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.5)):
        late.data = np.ones(1)
        optimizer = kind([late, early])
        for _ in range(100):
            early.grad = np.ones(1)
            optimizer.step()
        late.grad = np.ones(1)
        optimizer.step()
        late.grad = None
        np.testing.assert_allclose(late.data, 0.9)


def test_a_frozen_parameter_stays_and_joins_in_when_thawed():
    free, frozen = (autograd.tensor(np.ones(2), requires_grad=True) for _ in range(2))
    frozen.requires_grad = False
    optimizer = optim.SGD([free, frozen], lr=0.5)

    def step():
        optimizer.zero_grad()
        (free + frozen).sum().backward()
        optimizer.step()

    step()
    np.testing.assert_array_equal(frozen.data, 1.0)
    frozen.requires_grad = True
    step()

    np.testing.assert_array_equal(free.data, 0.0)
    np.testing.assert_array_equal(frozen.data, 0.5)


def backward_and_step(w):
    (w * w).sum().backward()
    optim.Optimizer([w]).step()


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda w: optim.SGD([]), ValueError, "no parameters"),
        (lambda w: optim.SGD([autograd.tensor([1.0])]), ValueError, "1 parameters are frozen; see requires_grad_"),
        (lambda w: optim.SGD([autograd.tensor([1])]), autograd.DtypeError, r"Tensor of shape \(1,\) is no parameter"),
        (lambda w: optim.SGD([w * 2]), autograd.DtypeError, "leaf"),
        (lambda w: optim.SGD([w], lr=-1.0), ValueError, "lr=-1.0"),
        (lambda w: optim.SGD([w], lr=-1), ValueError, "lr=-1"),
        (lambda w: optim.SGD([w, w]), ValueError, "twice"),
        (lambda w: optim.SGD([{"params": [w], "Lr": 5.0}]), ValueError, "'Lr'"),
        (lambda w: optim.SGD([w], nesterov=True), ValueError, "momentum"),
        (lambda w: optim.Adam([w], betas=(1.0, 0.9)), ValueError, "betas"),
        (lambda w: optim.Adam([w]).step(), autograd.GraphError, "backward"),
        (lambda w: optim.SGD([w]).step((w * w).sum()), TypeError, r"step\(Tensor\): call loss.backward\(\) first"),
        (lambda w: optim.LBFGS([w]).step((w * w).sum()), TypeError, r"step\(Tensor\): call loss.backward\(\) first"),
        (lambda w: optim.SGD(nn.Sequential(nn.Linear(1, 1))), TypeError, r"SGD\(Sequential\).*model.parameters\(\)"),
        (lambda w: optim.SGD([{"params": nn.Linear(1, 1)}]), TypeError, r"SGD\(Linear\).*model.parameters\(\)"),
        (lambda w: optim.SGD([{"params": 3}]), TypeError, r"SGD\(int\): pass a list"),
        (lambda w: optim.SGD([w], lr=np.inf), ValueError, "SGD: lr=inf is not finite"),
        (lambda w: optim.SGD([w], lr=np.nan), ValueError, "SGD: lr=nan is not a number"),
        (lambda w: optim.Adam([w], betas=(0.9, 0.99), eps=np.inf), ValueError, "eps=inf is not finite"),
        (lambda w: backward_and_step(w), NotImplementedError, "update"),
    ],
)
def test_misuse_is_explained(call, error, words):
    with pytest.raises(error, match=words):
        call(autograd.tensor([1.0], requires_grad=True))


@pytest.mark.parametrize("name", ["SGD", "LBFGS"])
@pytest.mark.parametrize(
    ("lr", "error"), [("x", TypeError), (-5, ValueError), (np.nan, ValueError), (np.inf, ValueError)]
)
def test_a_rate_that_was_set_to_none_is_found_before_a_step(name, lr, error):
    w = autograd.tensor([1.0], requires_grad=True)
    w.grad = np.ones(1)
    optimizer = getattr(optim, name)([w])
    optimizer.param_groups[0]["lr"] = lr

    with pytest.raises(error, match=f"{name}.step: lr={lr!r}"):
        optimizer.step(lambda: (w * w).sum())
    np.testing.assert_array_equal(w.data, 1.0)


def one_of_ones_own(change, slots=lambda self, options: ("mean",)):
    class Own(optim.Optimizer):
        def __init__(self, params, lr=0.1):
            super().__init__(params, lr=lr)

        def update(self, data, grad, state, options, a, b):
            change(state, grad)

    Own.slots = slots
    w = autograd.tensor([1.0, 2.0], requires_grad=True)
    w.grad = np.ones(2)
    return Own([w])


@pytest.mark.parametrize(
    "change",
    [
        lambda state, grad: state.update(mean=state["mean"] + grad),
        lambda state, grad: state.update(count=3),
        lambda state, grad: state.clear(),
    ],
    ids=["another array", "a number", "nothing left"],
)
def test_an_update_whose_state_would_be_lost_is_an_error(change):
    with pytest.raises(TypeError, match=r"Own\.update put another array or number into `state`.*write in place"):
        one_of_ones_own(change).step()


def test_slots_are_a_method_that_returns_names():
    with pytest.raises(TypeError, match=r"slots is a method: def slots\(self, options\): return \('mean',\)"):
        one_of_ones_own(lambda state, grad: None, slots=("mean",))
    with pytest.raises(TypeError, match=r"slots returns a tuple of names, such as \('mean',\), not 'mean'"):
        one_of_ones_own(lambda state, grad: None, slots=lambda self, options: "mean").step()


@pytest.mark.parametrize("kind", [optim.SGD, optim.Adam, optim.LBFGS])
def test_an_interrupt_at_any_line_of_a_step_leaves_it_undone_or_done_or_says_that_it_is_neither(kind, interrupted):
    ws = [autograd.tensor(np.full(3, 3.0), requires_grad=True, name=name) for name in "abc"]
    said, places = [], []

    def closure():
        optimizer.zero_grad()
        loss = sum((w * w).sum() for w in ws)
        loss.backward()
        return loss

    def prepare():
        nonlocal optimizer
        for w in ws:
            w.data = np.full(3, 3.0)
        optimizer = kind(ws, lr=0.1, **({"max_iter": 1} if kind is optim.LBFGS else {}))
        said.clear()

        def act():
            try:
                optimizer.step(closure)
            except KeyboardInterrupt as error:
                said.extend(getattr(error, "__notes__", []))
                raise

        return act

    def check():
        moved = sum(bool((w.data != 3.0).any()) for w in ws)
        assert moved in (0, 3) or f"{kind.__name__}.step ended inside" in said[0]
        places.append(moved)

    optimizer = None

    assert interrupted([optimizers, lbfgs], prepare, check) > 30
    assert {0, 3} <= set(places)
    assert (set(places) == {0, 3}) == (kind is optim.LBFGS)
