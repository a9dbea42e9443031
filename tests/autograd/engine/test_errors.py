"""Bad input gets a clear error, and nothing is half-done: one row for each way to go wrong."""

from fractions import Fraction

import numpy as np
import pytest

import autograd
from autograd import (
    DtypeError,
    GraphError,
    RuleError,
    ShapeError,
    Tensor,
    UnsupportedError,
    gradients,
    no_grad,
    op,
    relu,
)
from autograd.engine.errors import AutogradError


class World:
    """What a row may use, and what must be as it was afterwards."""

    def __init__(self):
        self.x = Tensor(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), requires_grad=True, name="x")
        self.w = Tensor(np.array([1.0, 2.0], np.float32), requires_grad=True, name="w")
        self.s = Tensor(3.0, requires_grad=True)
        self.z = Tensor([1 + 2j, 3 - 1j], requires_grad=True)
        self.constant = Tensor([1.0, 2.0])
        self.freed = np.exp(self.w).sum()
        self.freed.backward()
        self.stale = (self.w * self.w).sum()
        self.w.data = self.w.data + 1
        self.y = self.x * 2

    def state(self):
        tensors = (self.x, self.w, self.s, self.z, self.constant, self.y, self.freed, self.stale)
        grads = [t.grad if t.is_leaf else None for t in tensors]  # a result keeps none, and warns
        return [
            (np.array(t.data), t.dtype, t.requires_grad, t._node, None if g is None else np.array(g.data))
            for t, g in zip(tensors, grads)
        ]


def add_in_place(t, v):
    t += v


def matmul_in_place(t, v):
    t @= v


def set_item(t, index, v):
    t[index] = v


def set_attribute(t, name, v):
    setattr(t, name, v)


def under_no_grad(f, *args):
    with no_grad():
        f(*args)


@op(x=lambda g: np.ones((2, *g.shape)))
def longer(x):
    return x * 1.0


@op(x=lambda g: g[:1])
def shorter(x):
    return x * 1.0


@op(x=lambda g: [1.0])
def listing(x):
    return x * 1.0


@op(x=lambda g: None)
def forgetful(x):
    return x * 1.0


@op(x=lambda g, x: 2.0 * g * x)
def squared(x):
    return x * x


@op(x=lambda g: g * 1j)
def imaginary(x):
    return x * 1.0


def _write(g, x):
    x[...] = 0.0
    return g


def _write_g(g):
    g *= 2
    return g


@op(x=_write)
def rule_writes_input(x):
    return x * 1.0


@op(x=_write_g)
def rule_writes_cotangent(x):
    return x * 1.0


@op(a=lambda g: g, b=lambda g: g)
def forward_writes(a, b):
    a += b
    return a


def _write_both(g, a):
    np.add(a, 1.0, out=a)
    return g, g


@op(joint=_write_both, inputs=("a", "b"))
def joint_writes(a, b):
    return a + b


@op(joint=lambda g: [g], inputs=("a", "b"))
def joint_forgets(a, b):
    return a + b


@op(x=lambda g, x: g @ np.ones((7, 7)))
def rule_fails(x):
    return x * 1.0


def declare(**rules):
    @op(**rules)
    def cube(x, scale=1.0):
        return x**3 * scale


rows = {
    # shapes
    "adding shapes that do not broadcast": (
        lambda o: o.x + np.ones((4, 3), np.float32),
        ShapeError,
        ["add", "float64 (2, 3)", "float32 (4, 3)", "reshape"],
    ),
    "the reflected operator": (lambda o: np.ones(4) * o.x, ShapeError, ["multiply", "(4,)", "(2, 3)", "float64"]),
    "a NumPy function": (lambda o: np.maximum(o.x, np.ones(4)), ShapeError, ["maximum", "(2, 3)", "(4,)"]),
    "matmul": (lambda o: o.x @ o.w, ShapeError, ["matmul", "float64 (2, 3)", "float32 (2,)"]),
    "concatenate": (lambda o: np.concatenate([o.x, o.w]), ShapeError, ["concatenate", "(2, 3)", "(2,)"]),
    "stack": (lambda o: np.stack([o.x, o.w]), ShapeError, ["stack", "(2, 3)", "(2,)"]),
    "reshape": (lambda o: o.x.reshape(4), ShapeError, ["reshape", "(2, 3)", "4"]),
    "broadcast_to": (lambda o: np.broadcast_to(o.x, (4, 4)), ShapeError, ["broadcast_to", "(2, 3)", "(4, 4)"]),
    "a loss that would broadcast": (
        lambda o: autograd.mse(o.w.reshape(2, 1), np.ones(2)),
        ShapeError,
        ["mse", "(2, 1)", "(2,)"],
    ),
    "an axis that is not there": (lambda o: o.x.sum(axis=5), (ValueError, IndexError), ["sum", "axis 5", "(2, 3)"]),
    "an index that is not there": (lambda o: o.x[7], IndexError, ["7", "getitem", "(2, 3)"]),
    "writing what does not fit": (
        lambda o: set_item(o.y, 0, np.ones(7)),
        ShapeError,
        ["setitem", "(7,)", "(2, 3)"],
    ),
    "an in-place result that is larger": (
        lambda o: add_in_place(o.y, np.ones((4, 2, 3))),
        ShapeError,
        ["(4, 2, 3)", "(2, 3)", "t = t + v"],
    ),
    "the same on a leaf": (
        lambda o: under_no_grad(add_in_place, o.w, np.ones((4, 2))),
        ShapeError,
        ["(4, 2)", "(2,)"],
    ),
    "an in-place matmul": (lambda o: matmul_in_place(o.y, np.ones((3, 5))), ShapeError, ["(2, 5)", "(2, 3)"]),
    # what a Tensor may hold
    "integers that require gradients": (
        lambda o: Tensor([1, 2], requires_grad=True),
        DtypeError,
        ["int64", "float", "astype"],
    ),
    "booleans that require gradients": (lambda o: Tensor(True, requires_grad=True), DtypeError, ["bool", "astype"]),
    "requires_grad set on integers": (
        lambda o: set_attribute(Tensor([1]), "requires_grad", True),
        DtypeError,
        ["int64", "astype"],
    ),
    "objects": (lambda o: Tensor([object()]), DtypeError, ["object", "numbers"]),
    "an object array": (lambda o: Tensor(np.array([1.0, 2.0], object)), DtypeError, ["object"]),
    "an object array with a dtype": (
        lambda o: Tensor(np.array([1.0, 2.0], object), dtype=np.float32),
        DtypeError,
        ["object"],
    ),
    "None": (lambda o: Tensor(None), DtypeError, ["object"]),
    "a dict": (lambda o: Tensor({"a": 1.0}), DtypeError, ["object"]),
    "strings": (lambda o: Tensor(["a", "b"]), DtypeError, ["<U1", "numbers"]),
    "a string with a dtype": (lambda o: Tensor("1.5", dtype=np.float32), DtypeError, ["<U3"]),
    "dates": (lambda o: Tensor(np.array(["2026-01-01"], "M8[D]")), DtypeError, ["datetime64"]),
    "complex numbers cut to real": (lambda o: Tensor([1j], dtype=np.float32), DtypeError, ["complex128", "z.real"]),
    "ragged lists": (lambda o: Tensor([[1.0], [1.0, 2.0]]), ShapeError, ["ragged", "every row"]),
    "ragged lists with a dtype": (lambda o: Tensor([[1], [1, 2]], dtype=np.float64), ShapeError, ["ragged"]),
    "ragged lists as operands": (lambda o: o.w * [[1.0], [1.0, 2.0]], ShapeError, ["ragged", "multiply"]),
    "a list of recorded Tensors": (lambda o: Tensor([o.s, o.s]), GraphError, ["cut", "stack"]),
    "a masked array": (lambda o: Tensor(np.ma.array([1.0, 2.0], mask=[0, 1])), DtypeError, ["mask", "filled"]),
    "a masked operand": (lambda o: o.w * np.ma.array([1.0, 2.0], mask=[0, 1]), DtypeError, ["mask", "multiply"]),
    "a masked choice": (
        lambda o: np.where([True, False], np.ma.array([1.0, 2.0], mask=[0, 1]), o.w),
        DtypeError,
        ["mask", "filled"],
    ),
    # operands that are no numbers
    "an object operand": (lambda o: o.w * np.array([1, 2], object), DtypeError, ["object", "multiply", "float32 (2,)"]),
    "an object operand on the left": (lambda o: np.array([1, 2], object) * o.w, DtypeError, ["object", "multiply"]),
    "a fraction": (lambda o: o.w * Fraction(1, 2), DtypeError, ["object", "multiply", "Fraction(1, 2)"]),
    "a string operand": (lambda o: o.w + "abc", DtypeError, ["add", "'abc'"]),
    "None as an operand": (lambda o: o.w + None, DtypeError, ["add", "None"]),
    "an order of complex numbers": (lambda o: o.z < 1.0, DtypeError, ["less", "complex64 (2,)", "order", "z.real"]),
    "the larger of complex numbers": (lambda o: np.maximum(1.0, o.z), DtypeError, ["maximum", "complex64", "order"]),
    "complex numbers in a function of real ones": (
        lambda o: relu(o.z),
        DtypeError,
        ["relu", "complex64 (2,)", "abs(z)"],
    ),
    "a complex number in such a function": (lambda o: np.arctan2(o.w, 1j), DtypeError, ["arctan2", "1j", "real"]),
    "a complex array in such a function": (lambda o: relu(np.array([1j])), DtypeError, ["relu", "complex128 (1,)"]),
    "complex numbers in a user's function": (lambda o: squared(o.z), DtypeError, ["squared", "complex=True"]),
    "complex numbers as real ones": (lambda o: o.z.astype(np.float32), DtypeError, ["complex64", "float32", "z.real"]),
    "a difference of booleans": (lambda o: Tensor([True]) - Tensor([True]), TypeError, ["subtract", "bool (1,)"]),
    "floats in bitwise logic": (lambda o: o.w & True, DtypeError, ["bitwise_and", "float32 (2,)", "astype"]),
    "indices that are floats": (
        lambda o: np.take(o.w, np.array([0.5])),
        DtypeError,
        ["integers", "float64"],
    ),
    # backward
    "backward of a non-scalar without a gradient": (
        lambda o: o.y.backward(),
        ShapeError,
        ["backward", "(2, 3)", "gradient", ".sum()"],
    ),
    "backward of an empty result": (lambda o: o.w[:0].backward(), ShapeError, ["(0,)", "gradient"]),
    "backward twice": (lambda o: o.freed.backward(), GraphError, ["sum", "freed", "retain_graph=True"]),
    "backward of what records nothing": (
        lambda o: o.constant.sum().backward(),
        GraphError,
        ["records no gradient", "no_grad", "requires_grad=True"],
    ),
    "backward of a detached result": (lambda o: o.y.detach().backward(np.ones((2, 3))), GraphError, ["detach"]),
    "a gradient of the wrong shape": (
        lambda o: o.y.backward(np.ones(3)),
        ShapeError,
        ["gradient of shape (3,)", "(2, 3)"],
    ),
    "a gradient that would broadcast": (lambda o: o.y.backward(1.0), ShapeError, ["()", "(2, 3)"]),
    "backward of a complex result without a gradient": (
        lambda o: o.z.sum().backward(),
        DtypeError,
        ["complex", "gradient", "abs(z)**2", "z.real"],
    ),
    "a complex gradient": (lambda o: o.y.backward(np.ones((2, 3), complex)), DtypeError, ["complex128"]),
    "a gradient of strings": (lambda o: o.w.backward(["a", "b"]), DtypeError, ["<U1"]),
    "a parameter changed after it was saved": (
        lambda o: o.stale.backward(),
        GraphError,
        ["'w'", "changed after multiply", "before the update"],
    ),
    "gradients of it": (lambda o: gradients(o.stale, o.w), GraphError, ["'w'", "changed after multiply"]),
    "gradients of an input not used": (
        lambda o: gradients(o.y.sum(), o.w),
        GraphError,
        ["do not depend on w", "allow_unused=True"],
    ),
    "gradients of a constant": (lambda o: gradients(o.y.sum(), o.constant), GraphError, ["requires_grad=True"]),
    "a .grad of the wrong shape": (
        lambda o: set_attribute(o.w, "grad", np.ones(3)),
        ShapeError,
        ["(3,)", "(2,)"],
    ),
    "a .grad on a constant": (
        lambda o: set_attribute(o.constant, "grad", np.ones(2)),
        GraphError,
        ["requires_grad=True"],
    ),
    # writing and leaving
    "in-place on a leaf": (
        lambda o: add_in_place(o.w, 1.0),
        GraphError,
        ["leaf", "'w'", "t = t + v", "no_grad()"],
    ),
    "an item of a leaf": (lambda o: set_item(o.w, 0, 1.0), GraphError, ["leaf", "'w'", "no_grad()"]),
    "an in-place result of another dtype": (
        lambda o: add_in_place(Tensor([1, 2]), 0.5),
        DtypeError,
        ["float64", "int64", "astype"],
    ),
    "complex numbers added to real ones in place": (
        lambda o: add_in_place(Tensor([1.0, 2.0]), o.z),
        DtypeError,
        ["complex64", "float32", "z.real"],
    ),
    "complex numbers written among real ones": (
        lambda o: set_item(Tensor([1.0, 2.0]), 0, o.z[0]),
        DtypeError,
        ["complex64", "float32", "z.real"],
    ),
    "a recorded value written into integers": (
        lambda o: set_item(Tensor([1, 2]), 0, o.s),
        DtypeError,
        ["float32", "int64", "cut", "detach"],
    ),
    "data of another shape": (lambda o: set_attribute(o.w, "data", np.ones(3)), ShapeError, ["(3,)", "(2,)"]),
    "data of integers": (lambda o: set_attribute(o.w, "data", np.array([1, 2])), DtypeError, ["int64"]),
    "data of a result": (lambda o: set_attribute(o.y, "data", 1.0), GraphError, ["multiply", "detach"]),
    "requires_grad of a result": (lambda o: set_attribute(o.y, "requires_grad", False), GraphError, ["detach"]),
    "an array of a recorded result": (lambda o: np.asarray(o.y), GraphError, ["cut", ".detach()", "stack"]),
    "an unsupported NumPy function": (lambda o: np.sort_complex(o.w), UnsupportedError, ["sort_complex", "order"]),
    "an unsupported ufunc": (lambda o: np.nextafter(o.w, 1.0), UnsupportedError, ["np.nextafter", "t.data"]),
    "an unsupported ufunc method": (lambda o: np.divide.accumulate(o.w), UnsupportedError, ["np.divide.accumulate"]),
    "out=": (lambda o: np.exp(o.w, out=np.ones(2, np.float32)), UnsupportedError, ["np.exp", "out"]),
    "adding into an array": (lambda o: add_in_place(np.ones(2), o.w), UnsupportedError, ["np.add", "out"]),
    # rules
    "a rule that returns a longer array": (
        lambda o: longer(o.w).sum().backward(),
        RuleError,
        ["longer", "'x'", "(2, 2)", "(2,)"],
    ),
    "a rule that returns a shorter array": (
        lambda o: shorter(o.w).sum().backward(),
        RuleError,
        ["shorter", "'x'", "(1,)", "(2,)"],
    ),
    "a rule that returns a list": (lambda o: listing(o.w).sum().backward(), RuleError, ["listing", "'x'", "list"]),
    "a rule that returns nothing": (lambda o: forgetful(o.w).sum().backward(), RuleError, ["forgetful", "'x'", "None"]),
    "a rule that returns complex numbers": (
        lambda o: imaginary(o.w).sum().backward(),
        RuleError,
        ["imaginary", "'x'", "complex"],
    ),
    "a rule that writes to its input": (
        lambda o: rule_writes_input(o.w).sum().backward(),
        RuleError,
        ["rule_writes_input", "'x'", "wrote", "x = x + v"],
    ),
    "a rule that writes to the cotangent": (
        lambda o: rule_writes_cotangent(o.w).sum().backward(),
        RuleError,
        ["rule_writes_cotangent", "'x'", "wrote"],
    ),
    "a forward that writes to its input": (
        lambda o: forward_writes(o.w, 1.0),
        RuleError,
        ["forward_writes", "wrote", "a: float32 (2,)"],
    ),
    "a forward that writes to a plain array": (
        lambda o: forward_writes(np.ones(2), 1.0),
        RuleError,
        ["forward_writes", "wrote"],
    ),
    "a joint rule that writes": (
        lambda o: joint_writes(o.w, o.w).sum().backward(),
        RuleError,
        ["joint_writes", "joint rule", "wrote"],
    ),
    "a joint rule that forgets an input": (
        lambda o: joint_forgets(o.w, o.w).sum().backward(),
        RuleError,
        ["joint_forgets", "1", "2 inputs"],
    ),
    "a rule that fails": (
        lambda o: rule_fails(o.w).sum().backward(),
        ValueError,
        ["in the backward of rule_fails", "(2,)"],
    ),
    "a misspelt name in a rule": (
        lambda o: declare(x=lambda g, xx: g),
        TypeError,
        ["cube", "'xx'", "x_shape", "scale"],
    ),
    "a rule for an input that is not there": (lambda o: declare(z=lambda g: g), TypeError, ["cube", "'z'", "x, scale"]),
    "a rule that does not take g first": (lambda o: declare(x=lambda x, g: g), TypeError, ["cube", "g", "'x'"]),
    "an unknown word in a loss": (
        lambda o: autograd.mse(o.w, o.w, reduction="avg"),
        ValueError,
        ["mse", "'avg'", "'mean'"],
    ),
}


@pytest.mark.parametrize("name", rows)
def test_bad_input_gets_a_clear_error_and_nothing_is_half_done(name):
    act, kind, words = rows[name]
    world = World()
    before = world.state()

    with pytest.raises(kind) as caught:
        act(world)

    error = caught.value
    text = " ".join([str(error), *getattr(error, "__notes__", ())])
    assert [word for word in words if word not in text] == [], text
    for (data, *settings, grad), (data_now, *settings_now, grad_now) in zip(before, world.state()):
        np.testing.assert_array_equal(data_now, data)
        assert settings_now == settings
        np.testing.assert_array_equal(grad_now, grad) if grad is not None else None
        assert (grad_now is None) == (grad is None)


def test_after_an_error_the_same_graph_still_works_where_no_sweep_had_begun():
    world = World()
    z = world.y.sum() + (world.s * 2)
    for bad in (
        lambda: z.backward(np.ones(3)),
        lambda: gradients(z, world.w),
        lambda: gradients([z, world.freed], world.x),
        lambda: gradients([z, z], world.x, [1.0]),
    ):
        with pytest.raises(AutogradError):
            bad()
    z.backward()

    assert world.x.grad.tolist() == [[2.0] * 3] * 2
    assert world.s.grad == 2.0


def test_an_error_in_the_sweep_changes_no_gradient_at_all():
    world = World()
    world.x.grad = np.ones((2, 3))
    z = world.y.sum() + longer(world.s * 2)
    with pytest.raises(RuleError):
        z.backward()

    assert world.x.grad.tolist() == [[1.0] * 3] * 2
    assert world.s.grad is None


def test_the_guard_of_a_users_op_leaves_its_arrays_writeable_and_its_results_its_own():
    seen = []

    @op(x=lambda g, x: x)
    def same(x, factor=1.0):
        seen.append(x.flags.writeable)
        return x

    array = np.array([1.0, 2.0])
    x = Tensor(array, requires_grad=True)
    y = same(x)
    plain = same(array)
    y.sum().backward()

    assert seen == [False, False]
    assert array.flags.writeable
    assert x.data.flags.writeable
    for result in (y.data, x.grad.data, plain):
        assert result.flags.writeable
        assert not np.shares_memory(result, x.data)
        assert not np.shares_memory(result, array)
    assert same.__name__ == "same"
    assert same.op.parameters == ("x", "factor")


def test_a_guarded_op_still_differentiates_to_any_order_and_takes_numbers():
    @op(x=lambda g, x: g * 3 * x**2)
    def cube(x):
        return x**3

    x = Tensor(2.0, requires_grad=True)
    first = gradients(cube(x), x, create_graph=True)
    second = gradients(first, x, create_graph=True)

    assert (first.item(), second.item(), gradients(second, x).item()) == (12.0, 12.0, 6.0)
    assert cube(2.0) == 8.0


def test_a_rule_that_assigns_in_place_is_an_error_at_order_two_as_well():
    x = Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises((RuleError, GraphError)):
        gradients(rule_writes_input(x).sum(), x, create_graph=True)

    assert x.data.tolist() == [1.0, 2.0]


def test_a_forward_may_return_a_python_number():
    @op(x=lambda g, x: g * np.ones_like(x))
    def total(x):
        return float(np.sum(x))

    x = Tensor([1.0, 2.0], requires_grad=True)
    y = total(x)
    y.backward()

    assert y == 3.0
    assert x.grad.tolist() == [1.0, 1.0]


def test_errors_are_also_pythons_own_kinds():
    assert issubclass(ShapeError, ValueError)
    assert issubclass(DtypeError, TypeError)
    assert issubclass(GraphError, RuntimeError)
    assert issubclass(RuleError, RuntimeError)
    assert issubclass(UnsupportedError, TypeError)
    assert issubclass(autograd.AnomalyError, FloatingPointError)


def test_a_name_that_pytorch_has_and_numpy_not_is_translated():
    x = autograd.ones((2, 3))
    with pytest.raises(AttributeError, match=r"a Tensor has no .view; use .reshape"):
        x.view(3, 2)
    with pytest.raises(AttributeError, match=r"no .nonsense; see dir"):
        x.nonsense  # noqa: B018
    assert not hasattr(x, "unsqueeze")


def test_grad_of_a_computed_tensor_says_what_gives_it():
    with pytest.raises(TypeError, match=r"grad takes a function.*gradients\(y, xs\)"):
        autograd.grad(autograd.ones(2).sum(), 0)
