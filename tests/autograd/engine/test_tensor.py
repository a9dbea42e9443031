"""Tensor: what it takes, what it is, how it leaves the graph, and what backward and gradients do with it."""

import copy
import operator
import pickle

import numpy as np
import pytest

import autograd
import nn
from autograd import (
    DtypeError,
    GraphError,
    ShapeError,
    Tensor,
    UnsupportedError,
    default_dtype,
    enable_grad,
    gradients,
    no_grad,
)
from autograd.engine.op import numpy_ufuncs
from autograd.ops.cases import reals
from autograd.ops.declare import elementwise


def leaf(value=2.0, **options):
    return Tensor(value, requires_grad=True, **options)


@pytest.fixture(autouse=True)
def default_dtype_stays():
    yield
    assert Tensor(1.0).dtype == np.float32


# -- construction ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (1.0, np.float32),
        (1, np.int64),
        (True, np.bool_),
        ([1.0, 2.0], np.float32),
        ([1, 2.5], np.float32),
        ([1, 2], np.int64),
        ([True, False], np.bool_),
        ([[1.0, 2.0], [3.0, 4.0]], np.float32),
        ((1.0, (2.0)), np.float32),
        ([], np.float32),
        ([[], []], np.float32),
        (float("nan"), np.float32),
        (np.float64(1), np.float64),
        (np.float16(1), np.float16),
        (np.float32(1), np.float32),
        (np.int8(1), np.int8),
        ([np.float64(1), np.float64(2)], np.float64),
        ([np.float32(1), np.float32(2)], np.float32),
        ([np.ones(2), np.zeros(2)], np.float64),
        (np.ones(3), np.float64),
        (np.ones(3, np.float16), np.float16),
        (np.arange(3), np.int64),
        (np.ones(3, np.uint8), np.uint8),
        (np.array(1.0), np.float64),
        (Tensor(np.ones(2)), np.float64),
    ],
)
def test_python_floats_take_the_default_dtype_and_arrays_keep_theirs(data, dtype):
    assert Tensor(data).dtype == dtype


def test_the_default_dtype_can_be_set_for_a_block_or_from_here_on():
    with default_dtype(np.float64):
        assert Tensor(1.0).dtype == np.float64
        assert Tensor([1.0, 2.0]).dtype == np.float64
        assert Tensor(np.ones(2, np.float32)).dtype == np.float32
        assert autograd.zeros(2).dtype == np.float64
        with default_dtype("float16"):
            assert Tensor(1.0).dtype == np.float16
        assert Tensor(1.0).dtype == np.float64
    assert Tensor(1.0).dtype == np.float32
    setting = default_dtype(np.float64)
    assert Tensor(1.0).dtype == np.float64
    for _ in range(2):  # the object may be used again
        with setting:
            assert Tensor(1.0).dtype == np.float64
        assert Tensor(1.0).dtype == np.float32
    with setting, setting:
        assert Tensor(1.0).dtype == np.float64


@pytest.mark.parametrize("dtype", [int, "int32", bool, complex, object, str])
def test_the_default_dtype_is_a_float(dtype):
    with pytest.raises(DtypeError, match="float"):
        default_dtype(dtype)


def test_a_dtype_can_be_asked_for():
    assert Tensor([1, 2], dtype=np.float16).dtype == np.float16
    assert Tensor(1.0, dtype=np.float64).dtype == np.float64
    assert Tensor(np.ones(2), dtype=np.float32).dtype == np.float32
    assert Tensor([1.5, 2.5], dtype=np.int32).data.tolist() == [1, 2]
    assert Tensor(1, requires_grad=True, dtype=float).grad is None


def test_what_it_is_made_of_is_copied():
    array = np.array([1.0, 2.0])
    x = leaf(array)
    y = (x * x).sum()
    array[:] = 100.0
    other = Tensor(x.detach())
    x.data[...] = 3.0

    assert not np.shares_memory(x.data, array)
    assert other.data.tolist() == [1.0, 2.0]
    assert not other.requires_grad
    assert y == 5.0


def test_scalars_are_held_as_numpy_scalars():
    for x in (Tensor(2.0), Tensor(np.array(2.0)), Tensor(np.float64(2))):
        assert isinstance(x.data, np.generic)
        assert x.shape == ()


def test_constructors_are_numpys_in_the_default_dtype():
    assert autograd.zeros((2, 3)).shape == (2, 3)
    assert autograd.ones(3, requires_grad=True).requires_grad
    assert autograd.full((2,), 7.0).data.tolist() == [7.0, 7.0]
    assert autograd.arange(4).dtype == np.int64
    assert autograd.arange(0.0, 1.0, 0.25).data.tolist() == [0.0, 0.25, 0.5, 0.75]
    assert autograd.linspace(0, 1, 3).dtype == np.float32
    assert autograd.eye(2).data.tolist() == [[1.0, 0.0], [0.0, 1.0]]
    x = Tensor(np.ones((2, 3)))
    for like in (autograd.zeros_like, autograd.ones_like, lambda t: autograd.full_like(t, 2)):
        assert (like(x).shape, like(x).dtype) == ((2, 3), np.float64)
    assert autograd.tensor([1.0]).dtype == np.float32


# -- repr and properties ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Tensor(1.0), "Tensor(1.)"),
        (lambda: Tensor(3), "Tensor(3)"),
        (lambda: Tensor(True), "Tensor(True)"),
        (lambda: Tensor([1.0, 2.5]), "Tensor([1. , 2.5])"),
        (lambda: Tensor([]), "Tensor([])"),
        (lambda: Tensor([[1.0], [2.0]]), "Tensor([[1.],\n        [2.]])"),
        (lambda: Tensor(np.ones(2)), "Tensor([1., 1.], dtype=float64)"),
        (lambda: Tensor(np.uint8(3)), "Tensor(3, dtype=uint8)"),
        (lambda: leaf(1.0), "Tensor(1., requires_grad=True)"),
        (lambda: leaf(1.0, name="w"), "Tensor(1., name='w', requires_grad=True)"),
        (lambda: Tensor(1.0, name="c"), "Tensor(1., name='c')"),
        (lambda: leaf(1.0) * 2, "Tensor(2., op=multiply)"),
        (lambda: (leaf(np.ones(2)) * 2).sum(), "Tensor(4., dtype=float64, op=sum)"),
    ],
)
def test_repr_shows_values_and_what_is_unusual(make, text):
    assert repr(make()) == text


def test_repr_of_a_large_tensor_is_short():
    assert len(repr(leaf(np.arange(1e6)))) < 200


def test_properties():
    x = Tensor(np.ones((2, 3, 4)), requires_grad=True, name="x")

    assert (x.shape, x.ndim, x.size, x.dtype) == ((2, 3, 4), 3, 24, np.float64)
    assert (x.is_leaf, x.requires_grad, x.name, x.grad) == (True, True, "x", None)
    y = x * 2
    assert (y.is_leaf, y.requires_grad, y.name) == (False, True, "")
    z = Tensor(1.0)
    assert (z.is_leaf, z.requires_grad, z.name, z.grad) == (True, False, "", None)
    assert x.T.shape == (4, 3, 2)


def test_an_attribute_of_ones_own_survives_an_in_place_operation():
    t = Tensor([1.0, 2.0])
    t.tag = "mine"
    t += leaf([1.0, 1.0])
    t[0] = 5.0

    assert t.tag == "mine"


def test_a_name_can_be_given_to_any_tensor_and_survives_requires_grad():
    x = Tensor(1.0, name="first")
    x.requires_grad = True
    assert x.name == "first"
    x.name = "second"
    y = x * 2
    y.name = "twice"

    assert (x.name, y.name) == ("second", "twice")
    y += 1
    assert y.name == "twice"


# -- leaving for Python and NumPy ------------------------------------------------------------------------


def test_item_numpy_and_tolist():
    x = leaf([[1.0, 2.0]])

    assert Tensor(2.5).item() == 2.5
    assert type(Tensor(2.5).item()) is float
    assert leaf([3.0]).item() == 3.0
    assert type(Tensor(3).item()) is int
    assert isinstance(x.numpy(), np.ndarray)
    assert isinstance(leaf(1.0).numpy(), np.ndarray)
    assert np.shares_memory(x.numpy(), x.data)
    assert x.tolist() == [[1.0, 2.0]]
    with pytest.raises(ValueError, match=r"size 1|size-1|scalar"):
        x.item()


def test_len_and_iteration_run_over_the_first_axis_and_are_recorded():
    x = leaf([[1.0, 2.0], [3.0, 4.0]])

    assert len(x) == 2
    rows = list(x)
    assert [r.tolist() for r in rows] == [[1.0, 2.0], [3.0, 4.0]]
    (rows[1] * 10).sum().backward()
    assert x.grad.tolist() == [[0.0, 0.0], [10.0, 10.0]]
    _, b = x
    assert b.tolist() == [3.0, 4.0]
    assert list(Tensor([])) == []
    with pytest.raises(TypeError, match="0-d"):
        len(leaf(1.0))
    with pytest.raises(TypeError, match="0-d"):
        iter(leaf(1.0))
    assert 2.0 in Tensor([1.0, 2.0])
    assert 5.0 not in Tensor([1.0, 2.0])


def test_python_numbers_come_out_of_single_elements():
    assert float(leaf(2.5)) == 2.5
    assert int(leaf(2.5)) == 2
    assert bool(leaf(0.0)) is False
    assert bool(Tensor([3.0])) is True
    assert [10, 20, 30][Tensor(1)] == 20
    assert list(range(Tensor(3))) == [0, 1, 2]
    assert operator.index(Tensor(7)) == 7
    with pytest.raises(TypeError, match="integer"):
        operator.index(Tensor(1.0))
    with pytest.raises(TypeError, match="integer"):
        operator.index(Tensor([1, 2]))
    with pytest.raises(ValueError, match="ambiguous"):
        bool(Tensor([1.0, 2.0]))
    with pytest.raises(TypeError):
        float(Tensor([1.0, 2.0]))


def test_tensors_hash_by_identity_and_compare_by_value():
    x, y = Tensor([1.0, 2.0]), Tensor([1.0, 2.0])

    assert len({x, y, x}) == 2
    assert {x: "x"}[x] == "x"
    equal = x == y
    assert equal.dtype == np.bool_
    assert equal.tolist() == [True, True]
    assert (x != y).tolist() == [False, False]
    assert (x < 2).tolist() == [True, False]
    assert np.less_equal(2, x).tolist() == [False, True]


@pytest.mark.parametrize("other", [None, "text", object(), {"a": 1}])
def test_a_tensor_is_not_equal_to_what_is_no_number(other):
    x = leaf([1.0, 2.0])

    assert (x == other) is False
    assert (other == x) is False
    assert (x != other) is True
    assert x not in [None, "text"]


@pytest.mark.parametrize("duplicate", [copy.deepcopy, copy.copy, lambda t: pickle.loads(pickle.dumps(t))])
@pytest.mark.parametrize(
    "make",
    [
        lambda: leaf(np.ones((2, 3)), name="w"),
        lambda: leaf(1.5),
        lambda: leaf(np.float64(1.5)),
        lambda: Tensor([1, 2, 3]),
        lambda: Tensor(True, name="flag"),
        lambda: leaf(np.ones(3)).detach(),
    ],
)
def test_a_leaf_is_copied_and_pickled_with_its_wishes_but_not_its_memory(duplicate, make):
    x = make()
    y = duplicate(x)

    assert y is not x
    assert (y.shape, y.dtype, y.requires_grad, y.name, y.is_leaf) == (x.shape, x.dtype, x.requires_grad, x.name, True)
    np.testing.assert_array_equal(y.data, x.data)
    assert not (x.ndim and np.shares_memory(x.data, y.data))
    if x.requires_grad:
        (y * 2).sum().backward()
        assert x.grad is None


def test_a_structure_that_holds_a_leaf_twice_holds_its_copy_twice():
    x = leaf(1.0)
    a, b = copy.deepcopy([x, x])

    assert a is b


@pytest.mark.parametrize(
    "derivative",
    [
        lambda f: autograd.grad(f)(2.0),
        lambda f: autograd.jvp(f, [2.0], [1.0])[1],
        lambda f: autograd.jacobian(f, mode="forward")(2.0),
        lambda f: autograd.vmap(autograd.grad(f))(np.array([2.0]))[0],
        lambda f: autograd.compile(autograd.grad(f))(np.float64(2.0)).item(),
        lambda f: autograd.grad(lambda x: autograd.checkpoint(f)(x))(2.0),
    ],
)
def test_a_shallow_copy_of_a_result_or_an_argument_is_another_handle_of_it_and_a_deep_one_an_error(derivative):
    def double(y):
        other = copy.copy(y * 2.0)
        other *= 1.0  # of which its own handle alone knows
        return other * copy.copy(y)

    assert derivative(double) == 8.0
    with pytest.raises(GraphError, match="detach"):
        derivative(lambda y: copy.deepcopy(y) * y)


@pytest.mark.parametrize("make", [Tensor, autograd.tensor, nn.Parameter, lambda x: Tensor(x, requires_grad=True)])
@pytest.mark.parametrize("derivative", [lambda f: autograd.grad(f)(2.0), lambda f: autograd.jvp(f, [2.0], [1.0])])
def test_a_new_tensor_of_an_argument_of_a_transform_is_not_made_in_silence(make, derivative):
    with pytest.raises(GraphError, match="detach"):
        derivative(lambda x: make(x) * x)
    derivative(lambda x: make(x.detach()) * x)


@pytest.mark.parametrize("duplicate", [copy.deepcopy, pickle.dumps])
def test_a_recorded_result_is_not_copied_in_silence(duplicate):
    y = leaf(1.0) * 2
    with pytest.raises(GraphError, match="detach"):
        duplicate(y)
    assert duplicate(y.detach()) is not None


def test_dlpack_hands_the_values_to_others():
    x = Tensor([1.0, 2.0])
    there = np.from_dlpack(x)

    assert there.tolist() == [1.0, 2.0]
    assert np.shares_memory(there, x.data)
    assert np.from_dlpack(Tensor(3.0)).tolist() == 3.0
    assert np.from_dlpack(leaf([1.0]).detach()).tolist() == [1.0]


# -- detach, requires_grad, data, grad -------------------------------------------------------------------


def test_detach_shares_values_and_records_nothing():
    x = leaf([1.0, 2.0])
    d = (x * 2).detach()
    y = (x * d).sum()
    y.backward()

    assert not d.requires_grad
    assert d.is_leaf
    assert x.grad.tolist() == [2.0, 4.0]
    assert np.shares_memory(d.detach().data, d.data)
    assert not np.shares_memory(x.detach().data, x.data)  # an optimizer writes into a leaf
    with pytest.raises(GraphError, match="records no gradient"):
        d.sum().backward()


def test_requires_grad_can_be_switched_on_a_leaf_only():
    x = Tensor([1.0, 2.0])
    before = x * 2
    x.requires_grad = True
    x.requires_grad = True
    (x * 3).sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]
    assert not before.requires_grad
    y = x * 2
    for flag in (True, False):
        with pytest.raises(GraphError, match=r"multiply.*detach"):
            y.requires_grad = flag
    x.requires_grad = False
    assert not (x * 2).requires_grad
    assert x.grad is None


def test_data_can_be_replaced_on_a_leaf():
    x = leaf([1.0, 2.0])
    x.data = np.array([3.0, 4.0], np.float32)
    (x * x).sum().backward()

    assert x.grad.tolist() == [6.0, 8.0]
    plain = Tensor([1.0])
    plain.data = [1.0, 2.0, 3.0]
    assert plain.shape == (3,)
    with pytest.raises(ShapeError, match=r"\(3,\).*\(2,\)"):
        x.data = np.ones(3, np.float32)
    y = x * 2
    with pytest.raises(GraphError, match=r"multiply.*detach"):
        y.data = np.ones(2)
    assert y.tolist() == [6.0, 8.0]


def test_a_gradient_can_be_set_and_cleared():
    x = leaf([1.0, 2.0])
    x.grad = np.array([5.0, 6.0])
    assert isinstance(x.grad, Tensor)
    assert x.grad.dtype == np.float32
    (x * 1).sum().backward()
    assert x.grad.tolist() == [6.0, 7.0]
    x.grad = None
    assert x.grad is None
    x.grad = Tensor([1.0, 1.0])
    assert x.grad.tolist() == [1.0, 1.0]
    with pytest.raises(ShapeError, match=r"\(3,\).*\(2,\)"):
        x.grad = np.ones(3)
    assert x.grad.tolist() == [1.0, 1.0]


def test_only_what_keeps_a_gradient_takes_one_but_none_is_always_fine():
    constant, result = Tensor(1.0), leaf(1.0) * 2
    for t in (constant, result):
        t.grad = None
        with pytest.raises(GraphError, match="requires_grad=True"):
            t.grad = 1.0
    assert constant.grad is None


@pytest.mark.parametrize("size", [3, 40])
def test_retain_grad_keeps_the_gradient_of_an_intermediate_result_as_of_a_leaf(size):
    x = leaf(np.ones(size))
    y = x * 2
    y.retain_grad()
    y.retain_grad()
    z = (y * 3).sum()
    assert y.grad is None
    z.backward(retain_graph=True)
    assert y.grad.tolist() == [3.0] * size
    z.backward()
    assert y.grad.tolist() == [6.0] * size
    assert x.grad.tolist() == [12.0] * size
    y.grad = None
    assert y.grad is None
    x.retain_grad()  # a leaf does so anyway
    with pytest.raises(GraphError, match="requires_grad=True"):
        Tensor(1.0).retain_grad()


@pytest.mark.parametrize("size", [3, 40])
def test_a_retained_gradient_is_what_flows_on_after_the_hooks(size):
    x = leaf(np.ones(size))
    y = x * 2
    y.retain_grad()
    y.register_hook(lambda g: g * 10)
    y.sum().backward()

    assert y.grad.tolist() == [10.0] * size
    assert x.grad.tolist() == [20.0] * size


# -- hooks -----------------------------------------------------------------------------------------------


def test_a_hook_sees_the_finished_gradient_once_per_sweep_until_removed():
    x = leaf(2.0)
    seen = []
    remove = x.register_hook(lambda g: seen.append(g.item()))
    (x * x + x).backward()
    (x * 3).backward()
    remove()
    remove()
    (x * 3).backward()

    assert seen == [5.0, 3.0]
    assert x.grad == 11.0


# what sweeps on its own inside of a sweep, and uses w from outside
INSIDE = {
    "checkpoint": lambda w, x: autograd.checkpoint(lambda x: autograd.checkpoint(lambda x: x * w * w)(x))(x).sum(),
    "compile": lambda w, x: autograd.compile(lambda x: (x * w * w).sum())(x),
    "root": lambda w, x: autograd.root(lambda y: y * x - w * w, np.ones(2)).x.sum(),
    "minimize": lambda w, x: autograd.minimize(lambda y: ((y * x - w) ** 2).sum(), np.ones(2)).x.sum(),
    "quad": lambda w, x: autograd.quad(lambda t: (t * w * x).sum(), 0.0, 1.0)[0],
    "solve_ivp": lambda w, x: autograd.solve_ivp(lambda t, y: w * y, (0.0, 0.1), x).y[:, -1].sum(),
}


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("name", INSIDE)
def test_a_hook_sees_the_finished_gradient_of_what_is_used_from_outside_of_a_function_once(name, create_graph):
    w, x = (Tensor(np.array(v), requires_grad=True) for v in ([2.0, 3.0], [1.0, 1.5]))
    INSIDE[name](w, x).backward(create_graph=create_graph)
    plain, w.grad = w.grad.data, None
    seen = []
    w.register_hook(lambda g: seen.append(g.numpy().copy()) or g * 10)
    INSIDE[name](w, x).backward(create_graph=create_graph)

    assert len(seen) == 1
    np.testing.assert_allclose(seen[0], plain)
    np.testing.assert_allclose(w.grad.data, 10 * plain)


def test_what_a_hook_returns_replaces_the_gradient_in_turn():
    x = leaf([1.0, 2.0])
    y = x * 3
    y.register_hook(lambda g: g * 10)
    y.register_hook(lambda g: g + 1)
    y.register_hook(lambda g: None)
    y.sum().backward()

    assert x.grad.tolist() == [33.0, 33.0]


def test_a_hook_may_assign_in_place_to_its_own_gradient():
    def scale(g):
        g *= 10

    x, y = leaf([1.0, 2.0]), leaf([1.0, 2.0])
    x.register_hook(scale)
    (x + y).sum().backward()

    assert x.grad.tolist() == [10.0, 10.0]
    assert y.grad.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("reply", [np.array([7.0, 8.0]), [7.0, 8.0], (7, 8), Tensor([7.0, 8.0])])
@pytest.mark.parametrize("create_graph", [False, True])
def test_a_hook_may_return_anything_of_the_right_shape(reply, create_graph):
    x = leaf([1.0, 2.0])
    y = x * 3
    y.register_hook(lambda g: reply)
    y.sum().backward(create_graph=create_graph)

    assert x.grad.tolist() == [21.0, 24.0]


def test_the_right_one_of_two_hooks_is_removed():
    x = leaf(1.0)
    remove = x.register_hook(lambda g: g * 2)
    x.register_hook(lambda g: g * 3)
    remove()
    (x * 1).backward()

    assert x.grad == 3.0


def test_a_hook_may_remove_itself():
    x = leaf(1.0)
    calls = []

    def once(g):
        calls.append(g)
        remove()

    remove = x.register_hook(once)
    for _ in range(2):
        (x * 1).backward()
    assert len(calls) == 1


def test_a_hook_that_returns_the_wrong_shape_is_an_error_and_no_gradient_changes():
    x, y = leaf([1.0, 2.0]), leaf([1.0, 2.0], name="y")
    y.register_hook(lambda g: np.ones(3))
    with pytest.raises(ShapeError, match=r"hook.*\(3,\).*\(2,\).*'y'"):
        (x + y).sum().backward()
    assert x.grad is None
    assert y.grad is None
    with pytest.raises(GraphError, match="requires_grad=True"):
        Tensor(1.0).register_hook(print)


def test_a_hook_takes_part_in_the_graph_of_the_gradient():
    x = leaf(3.0)
    y = x * x
    remove = y.register_hook(lambda g: g * y)
    (g,) = gradients(y, [x], create_graph=True)  # y dy = 2 x^3
    remove()

    assert g == 54.0
    assert gradients(g, x) == 54.0  # 6 x^2


# -- backward --------------------------------------------------------------------------------------------


def test_backward_accumulates_over_calls():
    x, w = leaf(2.0), leaf(3.0)
    for n in range(1, 4):
        (x * w).backward()
        assert (x.grad.item(), w.grad.item()) == (3.0 * n, 2.0 * n)


@pytest.mark.parametrize("seed", [np.array([1.0, 10.0]), [1.0, 10.0], (1, 10), Tensor([1.0, 10.0]), np.array([1, 10])])
def test_backward_takes_the_cotangent_of_a_result_of_any_shape(seed):
    x = leaf([2.0, 3.0])
    (x * x).backward(seed)

    assert x.grad.tolist() == [4.0, 60.0]
    assert x.grad.dtype == np.float32


def test_backward_of_one_element_needs_no_cotangent_whatever_its_shape():
    x = leaf([[2.0]])
    (x * x).backward()

    assert x.grad.tolist() == [[4.0]]


def test_backward_of_a_leaf_itself_gives_one():
    x = leaf(2.0)
    x.backward()

    assert x.grad == 1.0


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
def test_create_graph_gives_derivatives_of_any_order(order):
    expected = {1: 4 * 2.0**3, 2: 12 * 2.0**2, 3: 24 * 2.0, 4: 24.0}
    x = leaf(2.0)
    y = x**4
    for _ in range(order):
        if not y.requires_grad:
            break
        y = gradients(y, x, create_graph=True, allow_unused=True)
        if y is None:
            break

    assert (0.0 if y is None else y.item()) == expected.get(order, 0.0)


def test_create_graph_in_backward_leaves_gradients_with_a_graph():
    x = leaf(2.0)
    (x**4).backward(create_graph=True)
    first = x.grad
    assert first == 32.0
    x.grad = None
    first.backward(create_graph=True)
    second = x.grad
    assert second == 48.0
    x.grad = None
    second.backward()
    assert x.grad == 48.0


def test_backward_with_create_graph_adds_to_an_earlier_gradient_and_stays_differentiable():
    x = leaf(2.0)
    (x * 5).backward()
    (x**3).backward(create_graph=True)
    assert x.grad == 17.0
    assert gradients(x.grad, x) == 12.0
    (x * 1).backward()
    assert x.grad == 18.0
    assert not x.grad.requires_grad


def test_mixed_second_derivatives_agree():
    x, y = leaf(2.0), leaf(3.0)
    z = x * x * y + np.sin(x * y)
    dx, dy = gradients(z, [x, y], create_graph=True)
    dxy, dyx = gradients(dx, y, retain_graph=True), gradients(dy, x)

    assert dxy.item() == pytest.approx(dyx.item())
    assert dxy.item() == pytest.approx(4 + np.cos(6) - 6 * np.sin(6), rel=1e-5)


def test_backward_works_under_no_grad_and_records_nothing_by_itself():
    x = leaf(2.0)
    y = x * x
    with no_grad():
        y.backward()
    assert x.grad == 4.0
    assert not x.grad.requires_grad
    (x * x).backward()
    assert not x.grad.requires_grad
    with no_grad(), enable_grad():
        assert (x * x).requires_grad


# -- gradients -------------------------------------------------------------------------------------------


def test_gradients_touches_no_grad():
    x = leaf(3.0)
    y = x * x
    y.retain_grad()
    z = y * 2
    seen = []
    y.register_hook(lambda g: seen.append(g.item()))

    assert gradients(z, x) == 12.0
    assert x.grad is None
    assert y.grad is None
    assert seen == [2.0]


def test_gradients_of_several_outputs_add_up_with_weights():
    x = leaf([1.0, 2.0])
    a, b = x * 2, (x * x).sum()

    assert gradients([a.sum(), b], x, retain_graph=True).tolist() == [4.0, 6.0]
    g = gradients([a, b], x, [np.array([1.0, 10.0]), None], retain_graph=True)
    assert g.tolist() == [4.0, 24.0]
    g = gradients([b, b], [x], [2.0, 3.0], retain_graph=True)
    assert g[0].tolist() == [10.0, 20.0]
    assert gradients(a, x, [1.0, 10.0], retain_graph=True).tolist() == [2.0, 20.0]
    with pytest.raises(ShapeError, match="1 grad_outputs for 2 outputs"):
        gradients([a, b], x, [1.0])
    with pytest.raises(ShapeError, match="needs `gradient`"):
        gradients([a, b], x)


def test_gradients_of_an_output_and_of_what_it_was_made_of():
    x = leaf(3.0)
    y = x * x
    z = y * y

    assert gradients([z, y], x).item() == 4 * 27.0 + 6.0


def test_gradients_with_respect_to_intermediate_results():
    x = leaf(3.0)
    y = x * x
    z = y * 5
    gy, gx, gz = gradients(z, [y, x, z], retain_graph=True)

    assert (gy.item(), gx.item(), gz.item()) == (5.0, 30.0, 1.0)
    again = gradients(z, [y, y])
    assert [g.item() for g in again] == [5.0, 5.0]


def test_gradients_asks_for_nothing_that_it_does_not_need():
    calls = []
    x, w = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    slow = autograd.op(x=lambda g: calls.append(1) or g)(lambda x: x + 0.0)
    z = (slow(w) * x).sum()
    gradients(z, x)

    assert calls == []


def test_gradients_allows_unused_inputs_only_when_told():
    x, unused = leaf(3.0), leaf(1.0, name="unused")
    y = x * x
    with pytest.raises(GraphError, match="unused"):
        gradients(y, [x, unused])
    assert x.grad is None
    found = gradients(y, [x, unused], allow_unused=True)  # the refusal came before the sweep
    assert found[0] == 6.0
    assert found[1] is None


def test_gradients_frees_the_graph_unless_asked_otherwise():
    x = leaf(3.0)
    y = x * x
    gradients(y, x, retain_graph=True)
    gradients(y, x)
    with pytest.raises(GraphError, match="freed"):
        gradients(y, x)


@pytest.mark.parametrize("bad", [Tensor(1.0), np.ones(2), 3.0, None])
def test_gradients_with_respect_to_what_records_nothing_is_an_error(bad):
    y = leaf(1.0) * 2
    with pytest.raises(GraphError, match="requires_grad=True"):
        gradients(y, [bad])
    with pytest.raises(GraphError, match="records no gradient"):
        gradients(bad, leaf(1.0))


# -- NumPy's protocols -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "values", "slopes"),
    [
        (lambda t: np.exp(t), np.exp([1.0, 2.0]), np.exp([1.0, 2.0])),
        (lambda t: np.array([10.0, 20.0]) * t, [10.0, 40.0], [10.0, 20.0]),
        (lambda t: np.array([[10.0], [20.0]]) - t, [[9.0, 8.0], [19.0, 18.0]], [-2.0, -2.0]),
        (lambda t: np.float64(3) * t, [3.0, 6.0], [3.0, 3.0]),
        (lambda t: np.float64(3) ** t, [3.0, 9.0], [3 * np.log(3), 9 * np.log(3)]),
        (lambda t: np.float32(3) / t, [3.0, 1.5], [-3.0, -0.75]),
        (lambda t: np.int64(3) - t, [2.0, 1.0], [-1.0, -1.0]),
        (lambda t: np.add.reduce(t), 3.0, [1.0, 1.0]),
        (lambda t: np.multiply.reduce(t), 2.0, [2.0, 1.0]),
        (lambda t: np.maximum.reduce(t, axis=0, keepdims=True), [2.0], [0.0, 1.0]),
        (lambda t: np.sum(t), 3.0, [1.0, 1.0]),
        (lambda t: np.mean(t, axis=0), 1.5, [0.5, 0.5]),
        (lambda t: np.stack([t, t * 2], axis=1), [[1.0, 2.0], [2.0, 4.0]], [3.0, 3.0]),
        (lambda t: np.concatenate([t, np.ones(1)]), [1.0, 2.0, 1.0], [1.0, 1.0]),
        (lambda t: np.where(t > 1, t, 0.0), [0.0, 2.0], [0.0, 1.0]),
        (lambda t: np.matmul(np.ones((3, 2)), t), [3.0, 3.0, 3.0], [3.0, 3.0]),
        (lambda t: np.ones((3, 2)) @ t, [3.0, 3.0, 3.0], [3.0, 3.0]),
        (lambda t: t @ np.ones(2), 3.0, [1.0, 1.0]),
        (lambda t: [1.0, 2.0] * t, [1.0, 4.0], [1.0, 2.0]),
        (lambda t: 2 - t, [1.0, 0.0], [-1.0, -1.0]),
        (lambda t: abs(-t), [1.0, 2.0], [1.0, 1.0]),
        (lambda t: np.reshape(t, (2, 1)), [[1.0], [2.0]], [1.0, 1.0]),
        (lambda t: np.transpose(t), [1.0, 2.0], [1.0, 1.0]),
    ],
)
def test_numpy_answers_with_a_recorded_tensor(f, values, slopes):
    t = leaf(np.array([1.0, 2.0]))
    y = f(t)

    assert isinstance(y, Tensor)
    assert y.requires_grad
    np.testing.assert_allclose(y.data, values)
    y.sum().backward()
    np.testing.assert_allclose(t.grad.data, slopes)
    untracked = f(Tensor(np.array([1.0, 2.0])))
    assert isinstance(untracked, Tensor)
    assert not untracked.requires_grad


@pytest.mark.parametrize("scalar", [np.float64(3), np.float32(3), np.float16(3), np.int32(3), np.bool_(True)])
@pytest.mark.parametrize("apply", [operator.add, operator.mul, operator.sub, operator.truediv])
def test_a_numpy_scalar_on_the_left_neither_loses_the_graph_nor_makes_objects(scalar, apply):
    for value in (np.float32(2), np.ones(2, np.float32)):
        t = leaf(value)
        y = apply(scalar, t)
        assert isinstance(y, Tensor)
        assert y.requires_grad
        assert y.dtype == apply(scalar, t.data).dtype


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda t: np.sort_complex(t), "np.sort_complex"),
        (lambda t: np.spacing(t), "np.spacing"),
        (lambda t: np.histogram(t), "np.histogram"),
        (lambda t: np.add(t, t, out=np.zeros(2)), "np.add.*out"),
        (lambda t: np.exp(t, out=np.zeros(2)), "np.exp.*out"),
        (lambda t: np.exp(t, where=[True, False]), "np.exp.*where"),
        (lambda t: np.divide.accumulate(t), "np.divide.accumulate"),
        (lambda t: np.nextafter.outer(t, t), "np.nextafter.outer"),
        (lambda t: np.add.at(t, [0], 1.0), "np.add.at.*scatter_add"),
        (lambda t: np.divide.reduce(t), "np.divide.reduce"),
        (lambda t: np.ones(2).__iadd__(t), "np.add.*out"),
    ],
)
def test_what_numpy_cannot_have_differentiated_is_an_error_that_names_it(call, named):
    t = leaf(np.ones(2))
    with pytest.raises(UnsupportedError, match=named):
        call(t)


def test_questions_about_values_are_answered_by_numpy():
    t = leaf(np.ones((2, 3)))

    assert np.shape(t) == (2, 3)
    assert np.ndim(t) == 2
    assert np.size(t) == 6
    assert np.allclose(t, 1.0)
    assert np.array_equal(t, np.ones((2, 3)))
    assert np.result_type(t) == np.float64
    for like in (np.zeros_like, np.ones_like):
        made = like(t)
        assert isinstance(made, Tensor)
        assert not made.requires_grad
        assert made.shape == (2, 3)


# -- what could go stale or be cut without a word ---------------------------------------------------------


def test_an_array_changed_between_forward_and_backward_does_not_change_the_gradient():
    a, rows, index = np.ones(3), np.arange(6.0).reshape(3, 2), np.array([0, 0, 1])
    x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = (x * a).sum() + (x @ rows).sum() + x[index].sum() + np.concatenate([x, a]).prod()
    expected = (np.ones(3) + rows.sum(axis=1) + [2, 1, 0] + 6.0 / np.array([1, 2, 3])).tolist()
    a[:], rows[:], index[:] = 100.0, 100.0, 2
    y.backward()

    assert np.allclose(x.grad, expected)


def test_assigned_data_and_gradients_are_copies():
    x = Tensor([1.0, 2.0], requires_grad=True)
    a, g = np.array([3.0, 4.0]), np.array([5.0, 6.0])
    x.data, x.grad = a, g
    a[:], g[:] = 0.0, 0.0

    assert x.tolist() == [3.0, 4.0]
    assert x.grad.tolist() == [5.0, 6.0]


def test_an_anomaly_is_looked_for_without_recording_again_under_no_grad():
    x = Tensor(-1.0, requires_grad=True)
    with autograd.no_grad(), autograd.detect_anomaly():
        assert not (x * 2).requires_grad
        with pytest.raises(autograd.AnomalyError):
            np.sqrt(x)
        assert type(autograd.add(np.ones(2), 1.0)) is np.ndarray


def test_an_in_place_write_under_no_grad_to_a_recorded_result_is_an_error():
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    with autograd.no_grad(), pytest.raises(GraphError, match="cut it"):
        y += 1

    assert y.tolist() == [2.0, 4.0]


def test_a_leaf_frozen_and_thawed_is_the_same_leaf():
    x = Tensor([1.0, 2.0], requires_grad=True, name="x")
    y = (x * x).sum()
    x.requires_grad = False
    assert not x.requires_grad
    assert x.name == "x"
    x.requires_grad = True
    y.backward()

    assert x.grad.tolist() == [2.0, 4.0]


def test_take_along_axis_broadcasts_as_numpys():
    x, i = np.arange(12.0).reshape(3, 4), np.array([[0, 1]])

    assert np.array_equal(np.take_along_axis(Tensor(x), i, 1), np.take_along_axis(x, i, 1))
    assert np.array_equal(np.take_along_axis(Tensor(x), np.array([5, 2]), None), [5.0, 2.0])


def test_a_gradient_that_would_be_lost_in_a_parameter_or_a_list_is_an_error():
    x, low = (Tensor([1.0, 2.0], requires_grad=True) for _ in range(2))
    y = x * 1
    for lose in (
        lambda: autograd.nan_to_num(x, low),
        lambda: np.nan_to_num(x, posinf=low[0]),
        lambda: autograd.leaky_relu(x, low),
        lambda: autograd.mse(x, [low[0], low[1]]),
        lambda: y.__setitem__(slice(0, 2), [low[0], low[1]]),
        lambda: Tensor(low),
    ):
        with pytest.raises(GraphError, match="detach"):
            lose()
    with autograd.no_grad():
        assert np.nan_to_num(x, posinf=low[0]).tolist() == [1.0, 2.0]


def test_a_users_op_finds_inputs_given_by_keyword_and_refuses_one_without_a_rule():
    @autograd.op(x=lambda g, z: g * z, z=lambda g, x: g * x)
    def f(x, w=1.0, z=2.0):
        return x * z

    t = Tensor(3.0, requires_grad=True)
    f(np.float32(5.0), z=t).backward()
    assert t.grad == 5.0
    with pytest.raises(GraphError, match="'w'"):
        f(1.0, t, 2.0)
    with pytest.raises(TypeError, match="'y'"):
        autograd.op(x=lambda g: g)(lambda x, y: x)


@pytest.mark.parametrize(
    "use", [lambda x, m: x * m, lambda x, m: np.maximum(x, m), lambda x, m: autograd.where(m > 3, x, m)]
)
def test_a_masked_operand_is_refused_because_its_mask_would_be_lost(use):
    x = Tensor([[1.0, 2.0]], requires_grad=True)
    with pytest.raises(DtypeError, match="a masked array would lose its mask"):
        use(x, np.ma.array([[3.0], [4.0]], mask=[[True], [False]]))


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_a_matrix_operand_becomes_a_plain_array():
    y = Tensor([[1.0, 2.0]], requires_grad=True) * np.asmatrix([[3.0, 4.0]])

    assert type(y.data) is np.ndarray


def test_an_in_place_operation_keeps_the_wish_for_a_gradient():
    x = Tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.retain_grad()
    y += 1
    y.sum().backward()

    assert y.grad.tolist() == [1.0, 1.0]


def test_a_single_element_formats_as_a_number():
    assert f"{Tensor(1.23456):.3f}" == "1.235"
    assert f"{Tensor([1.0])}" == "Tensor([1.])"


def test_grad_of_a_result_that_keeps_none_warns():
    y = Tensor(2.0, requires_grad=True) * 2
    with pytest.warns(UserWarning, match="retain_grad"):
        assert y.grad is None


def test_requires_grad_is_a_bool():
    with pytest.raises(TypeError, match="requires_grad"):
        Tensor(3.0, 4.0)


def test_inner_sizes_that_differ_are_named_so():
    with pytest.raises(ShapeError, match="transpose one operand"):
        Tensor(np.ones((2, 3)), requires_grad=True) @ np.ones((2, 3))


def test_a_users_op_may_be_declared_again_but_replaces_none_of_ours():
    ours = autograd.registry["relu"]
    for _ in range(2):
        autograd.op(x=lambda g: g, cases=lambda d: (d.array(),), name="mine")(lambda x: x * 1.0)
    autograd.op(x=lambda g: g, cases=lambda d: (d.array(),), name="relu")(lambda x: x * 1.0)
    del autograd.registry["mine"]

    assert autograd.registry["relu"] is ours


def test_an_op_on_a_ufunc_of_ours_replaces_none_of_ours(monkeypatch):
    monkeypatch.setitem(numpy_ufuncs, np.exp, autograd.exp)  # to be put back
    ours = autograd.registry["exp"]

    @elementwise(np.exp, lambda g, y: g * y, cases=reals())
    def exp(x):
        """The same, declared elsewhere."""

    assert autograd.registry["exp"] is ours


def test_the_hook_of_a_leaf_is_called_as_soon_as_its_gradient_is_finished():
    first, second, third = (Tensor(2.0, requires_grad=True, name=n) for n in ("first", "second", "third"))
    hidden = first * second
    output = hidden * third * third
    seen = []
    for t in (first, hidden, third):
        t.register_hook(lambda g, t=t: seen.append((t.name or "hidden", float(g.data))))
    output.backward()

    assert seen == [("third", 16.0), ("hidden", 4.0), ("first", 8.0)]
    assert float(second.grad.data) == 8.0


def test_the_hook_of_a_leaf_that_is_itself_swept_is_called():
    x = Tensor(2.0, requires_grad=True)
    x.register_hook(lambda g: g * 3.0)
    x.backward()

    assert float(x.grad.data) == 3.0
