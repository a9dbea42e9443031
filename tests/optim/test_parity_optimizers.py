"""Every optimizer beside PyTorch's, live: signatures, steps and saved states; skipped without it."""

import inspect
from functools import partial

import numpy as np
import pytest

import autograd
import optim

torch = pytest.importorskip("torch")

EXECUTION = {"foreach", "capturable", "differentiable", "fused"}  # how PyTorch computes a step, not what
NAMES = sorted(
    name for name in optim.__all__ if hasattr(torch.optim, name) and name[0].isupper() and name != "Optimizer"
)
SHAPES = [(3, 4), (5,), (), (2, 0), (4, 3)]
MATRICES = [(3, 4), (4, 3), (3, 3), (1, 5)]
STEPS = 10
# the largest difference allowed, relative to the largest element of the array
TOLERANCE = {np.float32: 1e-6, np.float64: 1e-12}
# L-BFGS divides by differences of gradients: with the steps a rounding error grows, on some processors in eight from
# 1e-16 to 1e-12. So it takes seven in float64, which is the proof; in float32 the weights agree after the first step.
SENSITIVE = "LBFGS"
FEWER = {np.float32: 1, np.float64: 7}

# each option away from its default on its own, then together
ROWS = {
    "SGD": [
        {"lr": 0.1},
        {"momentum": 0.9},
        {"momentum": 0.9, "dampening": 0.5},
        {"weight_decay": 0.1},
        {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
        {"maximize": True, "momentum": 0.5, "weight_decay": 0.1},
    ],
    "Adam": [
        {"lr": 0.1},
        {"betas": (0.5, 0.9)},
        {"eps": 0.1},
        {"weight_decay": 0.1},
        {"amsgrad": True, "betas": (0.9, 0.5)},
        {"maximize": True},
        {"decoupled_weight_decay": True, "weight_decay": 0.1},
        {"lr": 0.1, "weight_decay": 0.1, "amsgrad": True, "maximize": True, "eps": 0.01},
    ],
    "AdamW": [
        {"lr": 0.1},
        {"betas": (0.5, 0.9)},
        {"eps": 0.1},
        {"weight_decay": 0.5, "lr": 0.1},
        {"weight_decay": 0.0},
        {"amsgrad": True, "betas": (0.9, 0.5)},
        {"maximize": True, "weight_decay": 0.5, "lr": 0.1},
    ],
    "Adamax": [
        {"lr": 0.1},
        {"betas": (0.5, 0.9)},
        {"eps": 0.1},
        {"weight_decay": 0.1},
        {"maximize": True},
        {"lr": 0.1, "betas": (0.8, 0.7), "weight_decay": 0.1, "maximize": True},
    ],
    "NAdam": [
        {"lr": 0.1},
        {"betas": (0.5, 0.9)},
        {"eps": 0.1},
        {"weight_decay": 0.1},
        {"momentum_decay": 0.5},
        {"decoupled_weight_decay": True, "weight_decay": 0.5, "lr": 0.1},
        {"maximize": True},
        {"lr": 0.1, "momentum_decay": 0.1, "weight_decay": 0.1, "maximize": True},
    ],
    "RAdam": [
        {"lr": 0.1},
        {"betas": (0.5, 0.9)},  # v is tractable from step 6 on with 0.999, and sooner here
        {"betas": (0.5, 0.3)},  # and never here
        {"eps": 0.1},
        {"weight_decay": 0.1},
        {"decoupled_weight_decay": True, "weight_decay": 0.5, "lr": 0.1},
        {"maximize": True},
        {"lr": 0.1, "weight_decay": 0.1, "maximize": True},
    ],
    "Adagrad": [
        {"lr": 0.1},
        {"lr_decay": 0.5},
        {"weight_decay": 0.1},
        {"initial_accumulator_value": 0.5},
        {"eps": 0.1},
        {"maximize": True},
        {"lr": 0.1, "lr_decay": 0.1, "weight_decay": 0.1, "initial_accumulator_value": 0.1, "maximize": True},
    ],
    "Adadelta": [
        {"lr": 0.1},
        {"rho": 0.5},
        {"eps": 0.01},
        {"weight_decay": 0.1},
        {"maximize": True},
        {"lr": 10.0, "rho": 0.5, "weight_decay": 0.1, "maximize": True},
    ],
    "RMSprop": [
        {"lr": 0.1},
        {"alpha": 0.5},
        {"eps": 0.1},
        {"weight_decay": 0.1},
        {"momentum": 0.9},
        {"centered": True, "alpha": 0.9},
        {"maximize": True},
        {"centered": True, "momentum": 0.5, "weight_decay": 0.1, "maximize": True, "alpha": 0.8},
    ],
    "Rprop": [
        {"lr": 0.1},
        {"etas": (0.3, 1.5)},
        {"step_sizes": (0.005, 0.02)},
        {"maximize": True},
        {"lr": 0.1, "etas": (0.7, 1.1), "step_sizes": (0.08, 0.12), "maximize": True},
    ],
    "Muon": [
        {"lr": 0.02},
        {"weight_decay": 0.5, "lr": 0.02},
        {"weight_decay": 0.0},
        {"momentum": 0.5},
        {"nesterov": False},
        {"ns_coefficients": (1.5, -0.5, 0.0)},
        {"eps": 100.0},
        {"ns_steps": 2},
        {"adjust_lr_fn": "original"},
        {"adjust_lr_fn": "match_rms_adamw"},
        {"lr": 0.02, "momentum": 0.8, "nesterov": False, "ns_steps": 4, "adjust_lr_fn": "match_rms_adamw"},
    ],
    "LBFGS": [
        {"max_iter": 3, "lr": 0.5},
        {"max_iter": 4, "history_size": 2},
        {"max_iter": 6, "max_eval": 3},
        {"tolerance_grad": 0.5},
        {"tolerance_change": 0.5},
        {"line_search_fn": "strong_wolfe", "max_iter": 2},
        {"line_search_fn": "strong_wolfe", "max_iter": 3, "history_size": 1, "lr": 4.0},
        {"line_search_fn": "strong_wolfe", "max_iter": 3, "max_eval": 4, "lr": 0.1},
    ],
}
CASES = [
    pytest.param(name, options, id=f"{name}-" + "-".join(f"{k}={v}" for k, v in options.items()))
    for name in NAMES
    for options in [{}, *ROWS[name]]
]
ROUNDING = pytest.mark.parametrize("dtype", TOLERANCE, ids=lambda dtype: dtype.__name__)
CHANGING = [
    pytest.param(name, dtype, id=f"{name}-{dtype.__name__}")
    for name in NAMES
    for dtype in TOLERANCE
    if (name, dtype) != (SENSITIVE, np.float32)
]


@pytest.fixture(autouse=True)
def in_one_precision(request, monkeypatch):
    """PyTorch keeps NAdam's product of momenta in the default dtype, and rounds Muon's matrices to bfloat16."""
    if "float64" in request.node.name:
        torch.set_default_dtype(torch.float64)
    monkeypatch.setattr(torch.Tensor, "bfloat16", torch.Tensor.clone)
    yield
    torch.set_default_dtype(torch.float32)


class Pair:
    """The same parameters here and in PyTorch, an optimizer on each, and gradients to step both by."""

    def __init__(self, name, options, dtype, groups=None):
        self.name, self.dtype = name, dtype
        rng = np.random.default_rng(0)
        # so far from 0 that none passes it, where only rounding would be left to compare
        signs = ((rng.random(shape), rng.choice([-1, 1], shape)) for shape in (MATRICES if name == "Muon" else SHAPES))
        self.values = [np.asarray((2 + v) * sign, dtype) for v, sign in signs]
        self.ours = [autograd.tensor(v, requires_grad=True) for v in self.values]
        self.theirs = [torch.tensor(v, requires_grad=True) for v in self.values]
        self.optimizers = [
            self.build(optim, self.ours, options, groups),
            self.build(torch.optim, self.theirs, options, groups),
        ]
        self.rng = np.random.default_rng(1)

    def build(self, space, parameters, options, groups=None):
        if groups:
            parameters = [{"params": parameters[:2], **groups}, {"params": parameters[2:]}]
        return getattr(space, self.name)(parameters, **options)

    def set_gradients(self, t):
        """Of any scale, with zeros; in some steps a parameter has none, and another has only zeros."""
        for i, (ours, theirs) in enumerate(zip(self.ours, self.theirs)):
            g = self.rng.normal(size=ours.shape) * 10.0 ** self.rng.integers(-3, 3)
            g = np.asarray(g * (self.rng.random(ours.shape) < 0.8) * (t + i != 4), self.dtype)
            ours.grad, theirs.grad = (None, None) if t in (3, 4) and i == 1 else (g, torch.tensor(g))

    def closures(self):
        """A loss that is no quadratic, stretched, with its minimum away from 0."""

        def closure(optimizer, parameters):
            optimizer.zero_grad()
            loss = sum((((p - 0.5) ** 2) * (1.0 + 0.1 * p * p)).sum() * 3**i for i, p in enumerate(parameters))
            loss.backward()
            return loss

        return [partial(closure, *pair) for pair in zip(self.optimizers, (self.ours, self.theirs))]

    def steps(self, times, rate=None):
        for t in times:
            for optimizer in self.optimizers:
                if rate is not None and t == STEPS // 2:
                    optimizer.param_groups[0]["lr"] = rate
            if self.name == "LBFGS":
                for optimizer, closure in zip(self.optimizers, self.closures()):
                    optimizer.step(closure)
            else:
                self.set_gradients(t)
                for optimizer in self.optimizers:
                    optimizer.step()

    def check(self):
        for ours, theirs in zip(self.ours, self.theirs):
            close(ours.data, theirs.detach().numpy(), self.dtype)
        if self.name == SENSITIVE and (self.dtype is np.float32 or np.abs(self.ours[0].grad.data).max() < 0.1):
            return  # at the minimum, gradients are differences of equal numbers
        ours, theirs = (optimizer.state_dict()["state"] for optimizer in self.optimizers)
        # a place to work in, and what PyTorch's SGD and Muon carry along from ours without counting on
        skipped = {"al", "step"} if self.name in ("SGD", "Muon") else {"al"}
        assert set(theirs) <= set(ours) or self.name == "SGD"
        for index, state in theirs.items():
            for name, value in state.items():
                if name not in skipped and value is not None:
                    for v, w in zip(
                        *(x if isinstance(x, list) else [x] for x in (ours[index][name], value)), strict=True
                    ):
                        close(np.asarray(v), np.asarray(w), self.dtype)


def close(ours, theirs, dtype):
    """The difference counts in relation to the largest element of this array, with no absolute part."""
    assert ours.shape == theirs.shape
    if ours.size:
        error, largest = np.abs(theirs - ours).max(), np.abs(theirs).max()
        assert error <= TOLERANCE[dtype] * largest, f"{error / largest:.1e} of the largest element"


@pytest.mark.parametrize("name", NAMES)
def test_the_signature_is_pytorchs_without_the_execution_flags(name):
    def arguments(cls):
        found, after_gap = [], False
        for p in list(inspect.signature(cls).parameters.values()):
            if p.name in EXECUTION:
                # a positional argument after one that is left out would be at another place: ours go by name only
                after_gap |= p.kind is p.POSITIONAL_OR_KEYWORD
            else:
                found.append((p.name, p.default, p.kind is p.KEYWORD_ONLY or after_gap))
        return found

    ours, theirs = arguments(getattr(optim, name)), arguments(getattr(torch.optim, name))

    # keyword-only ones have no order
    assert [a for a in ours if not a[2]] == [a for a in theirs if not a[2]]
    assert sorted(a for a in ours if a[2]) == sorted(a for a in theirs if a[2])


def test_every_option_is_away_from_its_default_in_some_row():
    for name in NAMES:
        options = set(inspect.signature(getattr(optim, name)).parameters) - {"params"}
        assert options == {option for row in ROWS[name] for option in row}, name


@ROUNDING
@pytest.mark.parametrize(("name", "options"), CASES)
def test_the_steps_are_pytorchs(name, options, dtype):
    pair = Pair(name, options, dtype)
    pair.steps(range(FEWER[dtype] if name == SENSITIVE else STEPS))
    pair.check()


@pytest.mark.parametrize(("name", "dtype"), CHANGING)
def test_a_rate_that_changes_between_steps_is_pytorchs(name, dtype):
    pair = Pair(name, {"max_iter": 2} if name == "LBFGS" else {}, dtype)
    pair.steps(range(STEPS), rate=0.05)
    pair.check()


@ROUNDING
@pytest.mark.parametrize("name", [name for name in NAMES if name != "LBFGS"])
def test_groups_with_options_of_their_own_are_pytorchs(name, dtype):
    # PyTorch fills all of Adagrad's sums with the value of the constructor
    options = {k: v for k, v in ROWS[name][-1].items() if k != "initial_accumulator_value"}
    pair = Pair(name, {}, dtype, groups=options)
    pair.steps(range(STEPS), rate=0.05)
    pair.check()


def as_tensors(value):
    if isinstance(value, dict):
        return {k: as_tensors(v) for k, v in value.items()}
    if isinstance(value, list):
        return [as_tensors(v) for v in value]
    return torch.tensor(value) if isinstance(value, np.ndarray) else value


@pytest.mark.parametrize("fresh", ["ours", "theirs"])
@pytest.mark.parametrize(("name", "dtype"), CHANGING)
def test_a_saved_state_goes_on_in_the_other_library(name, fresh, dtype):
    options = ROWS[name][-1]
    pair = Pair(name, options, dtype)
    pair.steps(range(STEPS // 2))
    ours, theirs = pair.optimizers
    if fresh == "ours":
        pair.optimizers[0] = pair.build(optim, pair.ours, {})
        pair.optimizers[0].load_state_dict(theirs.state_dict())
    else:
        pair.optimizers[1] = pair.build(torch.optim, pair.theirs, {})
        pair.optimizers[1].load_state_dict(as_tensors(ours.state_dict()))
    pair.steps(range(STEPS // 2, STEPS))
    pair.check()


@pytest.mark.parametrize("name", [name for name in NAMES if name != "Muon"])
def test_complex_parameters_step_as_pytorchs_do(name):
    rng = np.random.default_rng(0)
    a, b, start = (rng.normal(size=s) + 1j * rng.normal(size=s) for s in ((5, 3), 5, 3))
    options = ROWS[name][-1]
    w, z = autograd.tensor(start, requires_grad=True), torch.tensor(start, requires_grad=True)
    ours, theirs = getattr(optim, name)([w], **options), getattr(torch.optim, name)([z], **options)
    for step in range(6):
        if step == 3:  # what was saved goes on
            state, ours = ours.state_dict(), getattr(optim, name)([w], **options)
            ours.load_state_dict(state)
        for optimizer, loss in (
            (ours, lambda: (abs(autograd.tensor(a) @ w - b) ** 2).sum()),
            (theirs, lambda: ((torch.tensor(a) @ z - torch.tensor(b)).abs() ** 2).sum()),
        ):

            def closure(optimizer=optimizer, loss=loss):
                optimizer.zero_grad()
                found = loss()
                found.backward()
                return found

            optimizer.step(closure)

    np.testing.assert_allclose(w.data, z.detach().numpy(), 1e-9)
