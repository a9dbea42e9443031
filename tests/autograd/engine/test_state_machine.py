"""Random programs against an oracle that shares no code with the engine: forward-mode duals in plain NumPy.

Each variable of the program is held twice: as a Tensor, and as a value with its Jacobian with respect to each leaf,
carried forward operation by operation. What a backward adds to a leaf's gradient must be the cotangent times that
Jacobian; values, gradients, flags and errors are compared after every step.
"""

import itertools
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import settings, strategies as st
from hypothesis.extra import numpy as hnp
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from autograd import GraphError, ShapeError, Tensor, gradients, no_grad

SHAPES = [(), (3,), (2, 3), (2, 1)]
tokens = itertools.count()


class StaleError(Exception):
    """The engine says that a leaf was changed after it was saved."""


class Dual:
    """A value and its derivative with respect to every leaf it depends on, of shape value.shape + leaf.shape."""

    def __init__(self, value, slopes=None):
        self.value = np.asarray(value)
        self.slopes = slopes or {}

    def map(self, value, f):
        return Dual(value, {leaf: f(slope) for leaf, slope in self.slopes.items()})

    def spread(self, factor, shape):
        """The slopes times `factor`, as those of an array of `shape` that this one broadcasts to."""
        spread = {}
        for leaf, slope in self.slopes.items():
            inner = slope.shape[self.value.ndim :]
            lead = (1,) * (len(shape) - self.value.ndim) + self.value.shape
            weights = np.broadcast_to(factor, shape).reshape(shape + (1,) * len(inner))
            spread[leaf] = weights * np.broadcast_to(slope.reshape(lead + inner), shape + inner)
        return spread


def union(a, b):
    return {leaf: a.get(leaf, 0.0) + b.get(leaf, 0.0) for leaf in {**a, **b}}


def elementwise(value, *operands):
    """The dual of an elementwise function, from its value and a (dual, partial derivative) pair for each operand."""
    slopes = {}
    for dual, partial in operands:
        slopes = union(slopes, dual.spread(partial, value.shape))
    return Dual(value, slopes)


def larger(a, b):
    share = np.where(a.value > b.value, 1.0, np.where(a.value == b.value, 0.5, 0.0))
    return elementwise(np.maximum(a.value, b.value), (a, share), (b, 1.0 - share))


def quotient(a, b):
    divisor = 2.0 + np.cos(b.value)
    return elementwise(a.value / divisor, (a, 1 / divisor), (b, a.value * np.sin(b.value) / divisor**2))


def selection(a, b):
    taken = a.value + 0 * b.value > 0.5
    return elementwise(
        np.where(taken, a.value, b.value), (a, np.where(taken, 1.0, 0.0)), (b, np.where(taken, 0.0, 1.0))
    )


unary = {
    "sin": (np.sin, lambda d: elementwise(np.sin(d.value), (d, np.cos(d.value)))),
    "tanh": (np.tanh, lambda d: elementwise(np.tanh(d.value), (d, 1 - np.tanh(d.value) ** 2))),
    "square": (lambda t: t * t, lambda d: elementwise(d.value**2, (d, 2 * d.value))),
    "power": (lambda t: t**3, lambda d: elementwise(d.value**3, (d, 3 * d.value**2))),
    "negative": (lambda t: -t, lambda d: d.map(-d.value, lambda s: -s)),
    "exp": (
        lambda t: np.exp(np.sin(t)),
        lambda d: elementwise(np.exp(np.sin(d.value)), (d, np.cos(d.value) * np.exp(np.sin(d.value)))),
    ),
    "affine": (lambda t: 3.0 * t - 1, lambda d: d.map(3.0 * d.value - 1, lambda s: 3.0 * s)),
    "sum": (lambda t: t.sum(), lambda d: d.map(d.value.sum(), lambda s: s.sum(tuple(range(d.value.ndim))))),
    "first": (
        lambda t: t[:1] if t.ndim else t + 0.0,
        lambda d: d.map(d.value[:1], lambda s: s[:1]) if d.value.ndim else d,
    ),
    "gather": (
        lambda t: t[np.array([0, 0, -1])] if t.ndim == 1 else t + 0.0,
        lambda d: d.map(d.value[[0, 0, -1]], lambda s: s[[0, 0, -1]]) if d.value.ndim == 1 else d,
    ),
}
binary = {
    "+": (lambda a, b: a + b, lambda a, b: elementwise(a.value + b.value, (a, 1.0), (b, 1.0))),
    "-": (lambda a, b: a - b, lambda a, b: elementwise(a.value - b.value, (a, 1.0), (b, -1.0))),
    "*": (lambda a, b: a * b, lambda a, b: elementwise(a.value * b.value, (a, b.value), (b, a.value))),
    "/": (lambda a, b: a / (2.0 + np.cos(b)), quotient),
    "maximum": (np.maximum, larger),
    "where": (lambda a, b: np.where(a + 0 * b > 0.5, a, b), selection),
}
in_place = {
    "+": lambda t, v: t.__iadd__(v),
    "-": lambda t, v: t.__isub__(v),
    "*": lambda t, v: t.__imul__(v),
}


class Variable:
    """One variable of the program: the engine's Tensor, the oracle's dual, and the operations recorded below it."""

    def __init__(self, tensor, dual, nodes=frozenset(), stale=frozenset(), fixed=False):
        self.tensor, self.dual, self.nodes, self.fixed = tensor, dual, nodes, fixed
        self.saved_before = stale  # updates of leaves that came after something here may have saved them

    @property
    def tracked(self):
        return bool(self.dual.slopes)


class Programs(RuleBasedStateMachine):
    variables = Bundle("variables")
    leaves = Bundle("leaves")

    def __init__(self):
        super().__init__()
        self.all = []
        self.gradients = {}  # by leaf (or retained result): its Variable, and what its .grad should be
        self.freed = set()
        self.versions = {}

    # building

    def keep(self, variable):
        if np.abs(variable.dual.value).max() > 50:  # programs grow by squares: keep the numbers readable
            tensor, dual = unary["tanh"]
            made = tensor(variable.tensor)
            variable = self.recorded(made, dual(variable.dual), variable)
        self.all.append(variable)
        return variable

    def recorded(self, tensor, dual, *sources, fixed=False):
        nodes = frozenset().union(*(s.nodes for s in sources if s.tracked))
        versions = frozenset((leaf, self.versions.get(leaf, 0)) for leaf in dual.slopes)
        stale = frozenset().union(versions, *(s.saved_before for s in sources if s.tracked))
        return Variable(tensor, dual, nodes | {next(tokens)} if dual.slopes else nodes, stale, fixed)

    @initialize(target=variables, data=st.data())
    def start(self, data):
        return multiple(self.new_leaf(data), self.new_leaf(data))

    def new_leaf(self, data):
        value = data.draw(arrays())
        key = next(tokens)
        identity = np.eye(value.size).reshape(value.shape + value.shape)
        leaf = Variable(Tensor(value, requires_grad=True), Dual(value, {key: identity}))
        leaf.key = key
        self.gradients[key] = [leaf, None]
        return self.keep_leaf(leaf)

    def keep_leaf(self, leaf):
        self.all.append(leaf)
        return leaf

    @rule(target=variables, data=st.data())
    def make_a_leaf(self, data):
        return self.new_leaf(data)

    @rule(target=variables, data=st.data())
    def make_a_constant(self, data):
        value = data.draw(arrays())
        return self.keep(Variable(Tensor(value), Dual(value)))

    @rule(target=variables, a=variables, name=st.sampled_from(sorted(unary)))
    def apply_to_one(self, a, name):
        tensor, dual = unary[name]
        return self.keep(self.recorded(tensor(a.tensor), dual(a.dual), a))

    @rule(target=variables, a=variables, b=variables, name=st.sampled_from(sorted(binary)))
    def apply_to_two(self, a, b, name):
        tensor, dual = binary[name]
        return self.keep(self.recorded(tensor(a.tensor, b.tensor), dual(a.dual, b.dual), a, b))

    @rule(target=variables, a=variables, b=variables, name=st.sampled_from(sorted(binary)))
    def apply_to_a_tensor_and_an_array(self, a, b, name):
        tensor, dual = binary[name]
        return self.keep(self.recorded(tensor(a.tensor, b.tensor.data), dual(a.dual, Dual(b.dual.value)), a))

    @rule(target=variables, a=variables, b=variables, name=st.sampled_from(sorted(binary)))
    def apply_under_no_grad(self, a, b, name):
        tensor, dual = binary[name]
        with no_grad():
            result = tensor(a.tensor, b.tensor)
        return self.keep(Variable(result, Dual(dual(a.dual, b.dual).value)))

    @rule(target=variables, a=variables)
    def detach(self, a):
        return self.keep(Variable(a.tensor.detach(), Dual(a.dual.value)))

    @rule(target=variables, a=variables, factor=st.sampled_from([0.0, -1.0, 2.0]))
    def scale_the_gradient_with_a_hook(self, a, factor):
        tensor = a.tensor * 1.0
        if a.tracked:
            tensor.register_hook(lambda g: g * factor)
        return self.keep(self.recorded(tensor, a.dual.map(a.dual.value, lambda s: factor * s), a))

    @rule(target=variables, a=variables)
    def retain_a_gradient(self, a):
        tensor, key = a.tensor * 1.0, next(tokens)
        if not a.tracked:
            with pytest.raises(GraphError):
                tensor.retain_grad()
            return self.keep(Variable(tensor, a.dual))
        tensor.retain_grad()
        identity = np.eye(tensor.size).reshape(tensor.shape + tensor.shape)
        made = self.recorded(tensor, Dual(a.dual.value, {**a.dual.slopes, key: identity}), a, fixed=True)
        self.gradients[key] = [made, None]
        self.all.append(made)
        return made

    # writing in place

    @rule(a=variables, b=variables, name=st.sampled_from(sorted(in_place)))
    def assign_in_place(self, a, b, name):
        if a.fixed:
            return
        write = in_place[name]
        expected = binary[name][1](a.dual, b.dual)
        if (a.tensor.is_leaf and a.tensor.requires_grad) or expected.value.shape != a.dual.value.shape:
            with pytest.raises((GraphError, ShapeError)):
                write(a.tensor, b.tensor)
        elif np.abs(expected.value).max() <= 50:
            made = self.recorded(write(a.tensor, b.tensor), expected, a, b)
            a.dual, a.nodes, a.saved_before = made.dual, made.nodes, made.saved_before

    @rule(a=variables, b=variables, index=st.sampled_from([0, -1]))
    def write_an_element(self, a, b, index):
        if a.fixed or not a.dual.value.ndim:
            return
        part = a.dual.value[index]
        if a.tensor.is_leaf and a.tensor.requires_grad:
            with pytest.raises((GraphError, ShapeError, ValueError)):
                a.tensor[index] = b.tensor
            return
        if part.ndim < b.dual.value.ndim or np.broadcast_shapes(part.shape, b.dual.value.shape) != part.shape:
            return
        value = a.dual.value.copy()
        value[index] = b.dual.value
        slopes = {}
        for leaf, slope in a.dual.slopes.items():
            slopes[leaf] = slope.copy()
            slopes[leaf][index] = 0.0
        for leaf, slope in b.dual.spread(1.0, part.shape).items():
            inner = slope.shape[part.ndim :]
            slopes.setdefault(leaf, np.zeros(value.shape + inner))
            slopes[leaf][index] += slope
        a.tensor[index] = b.tensor
        made = self.recorded(a.tensor, Dual(value, slopes), a, b)
        a.dual, a.nodes, a.saved_before = made.dual, made.nodes, made.saved_before

    @rule(a=variables, step=st.sampled_from([0.5, -0.25]))
    def update_a_leaf(self, a, step):
        if not (a.tensor.is_leaf and a.tensor.requires_grad):
            return
        with no_grad():
            a.tensor += step
        a.dual = Dual(a.dual.value + step, a.dual.slopes)
        self.versions[a.key] = self.versions.get(a.key, 0) + 1

    # sweeping

    def may_be_stale(self, a):
        return any(version != self.versions.get(leaf, 0) for leaf, version in a.saved_before)

    def sweep(self, a, run):
        """Run a sweep that should work, or see that it is refused; whether it ran."""
        if not a.tracked:
            with pytest.raises(GraphError, match="records no"):
                run()
        elif a.nodes & self.freed:
            with pytest.raises(GraphError, match="freed"):
                run()
        elif self.may_be_stale(a):  # refused, or right: never a wrong number
            with suppress(StaleError):
                return self.told_apart(run)
        else:
            return run()
        return None

    @staticmethod
    def told_apart(run):
        try:
            return run()
        except GraphError as error:
            raise (StaleError if "changed after" in str(error) else error) from error

    @rule(a=variables, data=st.data(), retain=st.booleans())
    def backward(self, a, data, retain):
        seed = data.draw(cotangents(a.dual.value.shape))

        def run():
            a.tensor.backward(seed, retain_graph=retain)
            return True

        if self.sweep(a, run):
            for key, slope in a.dual.slopes.items():
                found = np.tensordot(seed, slope, a.dual.value.ndim)
                before = self.gradients[key][1]
                self.gradients[key][1] = found if before is None else before + found
            if not retain:
                self.freed |= a.nodes

    @rule(a=variables, b=variables, data=st.data())
    def gradients_of_two(self, a, b, data):
        targets = [v for v, _ in self.gradients.values() if v.tensor.is_leaf]
        for one in (a, b):
            if not one.tracked or one.nodes & self.freed or self.may_be_stale(one):
                return
        seeds = [data.draw(cotangents(v.dual.value.shape)) for v in (a, b)]
        found = gradients(
            [a.tensor, b.tensor], [v.tensor for v in targets], seeds, retain_graph=True, allow_unused=True
        )
        for leaf, g in zip(targets, found):
            uses = [(s, v) for s, v in zip(seeds, (a, b)) if leaf.key in v.dual.slopes]
            assert (g is None) == (not uses)
            if uses:
                total = sum(np.tensordot(s, v.dual.slopes[leaf.key], v.dual.value.ndim) for s, v in uses)
                np.testing.assert_allclose(g.data, total, rtol=1e-9, atol=1e-7)

    @rule(a=variables)
    def clear_a_gradient(self, a):
        if a.tensor.is_leaf and a.tensor.requires_grad:
            a.tensor.grad = None
            self.gradients[a.key][1] = None

    # what must hold after every step

    @invariant()
    def values_are_those_of_the_oracle(self):
        for v in self.all:
            np.testing.assert_allclose(v.tensor.data, v.dual.value, rtol=1e-9, atol=1e-9)
            assert v.tensor.shape == v.dual.value.shape
            assert v.tensor.requires_grad == v.tracked

    @invariant()
    def gradients_are_those_of_the_oracle(self):
        for variable, expected in self.gradients.values():
            found = variable.tensor.grad
            assert (found is None) == (expected is None)
            if found is not None:
                assert (found.shape, found.dtype) == (variable.tensor.shape, np.float64)
                np.testing.assert_allclose(found.data, expected, rtol=1e-9, atol=1e-7)


def arrays():
    elements = st.floats(-2, 2, allow_subnormal=False, width=32)
    return st.sampled_from(SHAPES).flatmap(lambda shape: hnp.arrays(np.float64, shape, elements=elements))


def cotangents(shape):
    return hnp.arrays(np.float64, shape, elements=st.sampled_from([-1.0, 0.0, 0.5, 2.0]))


TestPrograms = Programs.TestCase
TestPrograms.settings = settings(stateful_step_count=40, deadline=None)
# a program of forty steps may well update a leaf three times and never clear its gradient
TestPrograms = pytest.mark.filterwarnings("ignore:backward added to old gradients")(TestPrograms)
