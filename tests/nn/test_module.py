"""What a Module promises, and the containers, hooks, state and functions over parameters that go with it."""

import copy
import dataclasses
import inspect
import pickle
import re
import warnings

import numpy as np
import pytest

import autograd
import nn
from autograd import DtypeError, GraphError, ShapeError, Tensor
from autograd.testing import gradcheck
from nn import WeightsError, module
from nn.utils import parameters_to_vector, vector_to_parameters


class Block(nn.Module):
    def __init__(self, width):
        self.first = nn.Linear(width, width)
        self.second = nn.Linear(width, width, bias=False)
        self.scale = nn.Parameter(1.0)

    def forward(self, x):
        return self.second(autograd.relu(self.first(x))) * self.scale + x


class Running(nn.Module):
    """Counts its calls and keeps the last mean in buffers, one of which is not saved."""

    def __init__(self):
        self.weight = nn.Parameter([1.0, 2.0])
        self.mean = nn.Buffer([0.0, 0.0])
        self.calls = nn.Buffer(0)
        self.last = nn.Buffer([0.0], persistent=False)

    def forward(self, x):
        self.mean = x.data.mean(0)
        self.calls += 1
        return x * self.weight


class Tied(nn.Module):
    def __init__(self):
        self.encoder = nn.Linear(2, 2, bias=False)
        self.decoder = nn.Linear(2, 2, bias=False)
        self.decoder.weight = self.encoder.weight

    def forward(self, x):
        return self.decoder(self.encoder(x))


class Twice(nn.Module):
    """One module under two names."""

    def __init__(self):
        self.a = nn.Linear(1, 1)
        self.b = self.a


X = np.ones((5, 2), np.float32)


def values(state):
    return {name: np.asarray(value).tolist() for name, value in state.items()}


# -- the tree ------------------------------------------------------------------------------------------


def test_parameters_have_dotted_names_and_come_once():
    model = nn.Sequential(Block(2), nn.Linear(2, 1))
    model[1].tied = model[0].scale

    names = [name for name, _ in model.named_parameters()]

    assert names == ["0.scale", "0.first.weight", "0.first.bias", "0.second.weight", "1.weight", "1.bias"]
    assert len(list(model.parameters())) == 6


def test_buffers_have_dotted_names_and_come_once():
    model = nn.Sequential(Running(), Running())
    model[1].mean = model[0].mean

    assert [n for n, _ in model.named_buffers()] == ["0.mean", "0.calls", "0.last", "1.calls", "1.last"]
    assert all(isinstance(b, nn.Buffer) for b in model.buffers())


def test_a_module_used_twice_is_one_module_with_two_names_in_its_state():
    model = Twice()

    assert list(model.modules()) == [model, model.a]
    assert [n for n, _ in model.named_children()] == ["a", "b"]
    assert [n for n, _ in model.named_parameters()] == ["a.weight", "a.bias"]
    assert list(model.state_dict()) == ["a.weight", "a.bias", "b.weight", "b.bias"]


def test_a_child_that_refers_back_to_its_parent_is_no_endless_loop():
    model = nn.Sequential(nn.Sequential(nn.Linear(1, 1)))
    model[0].parent = model
    model[0][0].parent = model[0]

    assert [n for n, _ in model.named_modules()] == ["", "0", "0.0"]
    assert list(model.state_dict()) == ["0.0.weight", "0.0.bias"]
    assert "(0): Linear(1, 1)" in repr(model)
    assert [type(m).__name__ for m in copy.deepcopy(model).modules()] == ["Sequential", "Sequential", "Linear"]
    model.apply(lambda m: None).eval()


def test_names_thread_through_nested_containers():
    model = nn.ModuleDict({"down": nn.ModuleList([nn.Sequential(nn.Linear(1, 1), nn.ReLU())]), "up": Block(1)})

    assert [n for n, _ in model.named_modules()] == [
        *("", "down", "down.0", "down.0.0", "down.0.1", "up", "up.first", "up.second")
    ]
    assert next(iter(model.state_dict())) == "down.0.0.weight"


def test_train_and_eval_reach_every_module():
    model = nn.Sequential(Block(2), nn.ReLU())
    assert not any(m.training for m in model.eval().modules())
    assert all(m.training for m in model.train().modules())
    assert model.train(False) is model


def test_train_takes_true_or_false():
    with pytest.raises(TypeError, match=r"Linear\.train\(mode\).*not ndarray"):
        nn.Linear(1, 1).train(X)


def test_apply_visits_each_module_once_children_first():
    seen = []
    model = nn.Sequential(Twice(), nn.ReLU())

    assert model.apply(lambda m: seen.append(type(m).__name__)) is model
    assert seen == ["Linear", "Twice", "ReLU", "Sequential"]


def test_zero_grad_forgets_gradients():
    model = nn.Linear(2, 1)
    model(X).sum().backward()
    model.zero_grad()

    assert all(p.grad is None for p in model.parameters())


def test_requires_grad_freezes_and_thaws():
    model = Block(2)
    assert model.requires_grad_(False) is model
    assert not model(X).requires_grad
    model.requires_grad_()
    model(X).sum().backward()

    assert all(p.grad is not None for p in model.parameters())


def test_a_module_without_forward_says_so():
    with pytest.raises(NotImplementedError, match=r"Module defines no forward"):
        nn.Module()(1)


# -- attributes ----------------------------------------------------------------------------------------


def test_a_parameter_copies_its_data_and_trains():
    data = np.ones(3)
    parameter = nn.Parameter(data)
    data[0] = 5

    assert parameter.data[0] == 1
    assert parameter.requires_grad
    assert not nn.Parameter(data, requires_grad=False).requires_grad
    assert nn.Parameter([1.0]).dtype == np.float32
    with pytest.raises(DtypeError):
        nn.Parameter([1, 2])


def test_a_parameter_can_only_be_replaced_by_a_parameter_or_none():
    layer = nn.Linear(2, 2)
    for value in (np.ones((2, 2)), Tensor([[1.0]]), 3, nn.Linear(1, 1), nn.Buffer(1.0)):
        with pytest.raises(TypeError, match=r"Linear\.weight is a Parameter and would become .*functional_call"):
            layer.weight = value
    layer.weight = nn.Parameter(np.zeros((2, 2)))
    layer.bias = None

    assert [n for n, _ in layer.named_parameters()] == ["weight"]
    assert (layer(X).data == 0).all()


def test_a_parameter_changes_in_place_under_no_grad_only():
    layer = nn.Linear(2, 2)
    before, weight = layer.weight.data.copy(), layer.weight
    with pytest.raises(GraphError, match="no_grad"):
        layer.weight *= 2
    with autograd.no_grad():
        layer.weight *= 2

    assert layer.weight is weight
    assert isinstance(layer.weight, nn.Parameter)
    np.testing.assert_array_equal(layer.weight.data, 2 * before)


def test_a_buffer_that_is_assigned_stays_a_buffer_and_as_persistent_as_it_was():
    model = Running()
    model.mean = np.ones(2)
    model.last = [3.0]

    assert isinstance(model.mean, nn.Buffer)
    assert list(model.state_dict()) == ["weight", "mean", "calls"]
    model.mean = None
    assert [n for n, _ in model.named_buffers()] == ["calls", "last"]


def test_a_buffer_never_holds_a_graph():
    model = Running()
    tracked = Tensor([1.0, 1.0], requires_grad=True) * 2
    with pytest.raises(GraphError, match="detach"):
        model.mean = tracked
    with pytest.raises(GraphError, match="detach"):
        model.mean += tracked
    assert model.mean.tolist() == [0, 0]
    model.mean += tracked.detach()

    assert model.mean.tolist() == [2, 2]
    assert not model.mean.requires_grad


def test_buffers_are_not_trained_and_are_saved_unless_they_say_otherwise():
    model = Running()
    model.register_buffer("extra", np.arange(2))
    model.register_buffer("hidden", [1.0], persistent=False)
    model.register_buffer("none", None)

    assert [n for n, _ in model.named_parameters()] == ["weight"]
    assert list(model.state_dict()) == ["weight", "mean", "calls", "extra"]
    assert model.none is None


def test_a_deleted_attribute_is_gone():
    model = nn.Sequential(nn.Linear(1, 1), nn.ReLU())
    del model[0].bias
    assert list(model.state_dict()) == ["0.weight"]
    with pytest.raises(AttributeError, match="bias"):
        model[0].bias  # noqa: B018
    with pytest.raises(AttributeError):
        del model[0].bias


def test_a_propertys_setter_is_called():
    class Scaled(nn.Module):
        def __init__(self):
            self.log = nn.Parameter(0.0)

        @property
        def scale(self):
            return float(np.exp(self.log.data))

        @scale.setter
        def scale(self, value):
            self.log.data = np.log(value)

    model = Scaled()
    model.scale = 2.0

    assert model.scale == pytest.approx(2)
    assert list(vars(model)) == ["log"]


@pytest.mark.parametrize("made", [lambda: nn.Parameter(1.0), lambda: nn.Buffer(1.0), lambda: nn.Linear(1, 1)])
def test_a_parameter_of_the_class_is_an_error_that_shows_where_it_belongs(made):
    with pytest.raises(TypeError, match=r"Shared\.part.*self\.part = \.\.\. in __init__"):
        type("Shared", (nn.Module,), {"part": made()})


def test_calling_the_bases_init_is_allowed_and_not_needed():
    class Old(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(1, 1)

    class None_(nn.Module):
        pass

    assert len(list(Old().parameters())) == 2
    assert list(None_().parameters()) == []


def test_a_dataclass_can_be_a_module():
    @dataclasses.dataclass
    class Pair(nn.Module):
        first: nn.Module
        second: nn.Module
        width: int = 3

        def forward(self, x):
            return self.second(self.first(x))

    model = nn.Sequential(Pair(nn.Linear(2, 3), nn.Linear(3, 1)))

    assert model(X).shape == (5, 1)
    assert list(model.state_dict()) == ["0.first.weight", "0.first.bias", "0.second.weight", "0.second.bias"]


@pytest.mark.parametrize("name", ["a.b", ""])
@pytest.mark.parametrize("part", [nn.Parameter(1.0), nn.Buffer(1.0), nn.ReLU()], ids=lambda p: type(p).__name__)
def test_a_name_with_a_dot_is_an_error(name, part):
    with pytest.raises(KeyError, match="dots join names"):
        setattr(nn.Module(), name, part)


@pytest.mark.parametrize(
    ("hiding", "mend"),
    [
        ([nn.ReLU()], r"list that hides its modules.*ModuleList"),
        ((nn.ReLU(),), r"tuple that hides its modules.*ModuleList"),
        ({"a": nn.ReLU()}, r"dict that hides its modules.*ModuleDict"),
        ([[nn.ReLU()]], r"list that hides its modules.*ModuleList"),
        ([nn.Parameter(1.0)], r"list that hides its Parameters.*setattr\(self, f'weight\{i\}'"),
        ({"a": nn.Buffer(1.0)}, r"dict that hides its Buffers.*setattr"),
    ],
)
def test_a_list_that_hides_modules_or_parameters_warns_with_what_to_use(hiding, mend):
    model = nn.Module()
    with pytest.warns(UserWarning, match=rf"Module\.parts is a {mend}"):
        model.parts = hiding


def test_modules_appended_to_a_plain_list_are_noticed_when_parameters_are_asked_for():
    model = nn.Module()
    model.layers = []
    model.layers.append(nn.Linear(1, 1))

    for ask in (lambda: list(model.parameters()), model.state_dict, model.train):
        with pytest.warns(UserWarning, match=r"Module\.layers is a list that hides.*ModuleList"):
            ask()


def test_lists_of_anything_else_are_plain_attributes():
    model = nn.Module()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.sizes, model.names, model.none = [1, 2], {"a": 1}, ()
        list(model.parameters())


# -- the state -----------------------------------------------------------------------------------------


def test_a_state_dict_is_a_snapshot():
    model = Running()
    state = model.state_dict()
    with autograd.no_grad():
        model.weight *= 0
    model.calls += 1
    state["mean"][:] = 7

    assert values(state) == {"weight": [1, 2], "mean": [7, 7], "calls": 0}
    assert model.mean.tolist() == [0, 0]
    assert all(isinstance(v, np.ndarray) for v in state.values())


def test_a_state_dict_lists_own_parameters_then_own_buffers_then_the_children():
    model = Running()
    model.inner = nn.Linear(1, 1)
    model.late = nn.Parameter(1.0)

    assert list(model.state_dict()) == ["weight", "late", "mean", "calls", "inner.weight", "inner.bias"]


def test_what_is_loaded_is_copied_and_cast_to_the_modules_dtypes():
    model = Running()
    weight = model.weight
    given = {"weight": np.array([3.0, 4.0]), "mean": Tensor([1.0, 2.0]), "calls": 5.0}

    assert model.load_state_dict(given) == ([], [])
    given["weight"][0] = 9
    assert values(model.state_dict()) == {"weight": [3, 4], "mean": [1, 2], "calls": 5}
    assert model.weight is weight
    assert [v.dtype for v in model.state_dict().values()] == [np.float32, np.float32, np.int64]


def test_everything_that_does_not_fit_is_said_at_once_and_nothing_is_loaded():
    model = nn.Sequential(nn.Linear(2, 2), Running(), nn.Linear(2, 2))
    before = values(model.state_dict())
    state = {name: np.asarray(v) + 1 for name, v in model.state_dict().items()}
    del state["0.weight"]
    state |= {
        "0.bias": np.zeros(3),
        "1.weight": np.zeros(2, complex),
        "1.mean": [[1.0], [1.0, 2.0]],
        "1.calls": 2.5,
        "2.bias": np.array([1e300, 0]),
        "extra": np.zeros(4),
    }
    with pytest.raises(WeightsError) as caught:
        model.load_state_dict(state)

    head, *lines = str(caught.value).splitlines()
    assert "Sequential: 7 of the given weights do not fit; nothing was loaded" in head
    said = [
        *("missing 0.weight (2, 2)", "unexpected extra", "0.bias has shape (3,), the module's is (2,)"),
        *("1.weight has dtype complex128", "1.mean", "1.calls has values of float64 that the module's int64"),
        "2.bias has values of float64 that the module's float32 cannot hold",
    ]
    assert len(lines) == len(said)
    for part in said:
        assert any(part in line for line in lines), part
    assert values(model.state_dict()) == before


def test_without_strict_what_fits_by_name_is_loaded_and_the_rest_returned():
    model = nn.Linear(2, 2)
    bias = model.bias.data.copy()

    keys = model.load_state_dict({"weight": np.ones((2, 2)), "extra": np.zeros(1)}, strict=False)

    assert keys.missing_keys == ["bias"]
    assert keys.unexpected_keys == ["extra"]
    assert (model.weight.data == 1).all()
    assert (model.bias.data == bias).all()
    with pytest.raises(WeightsError, match="weight has shape") as caught:
        model.load_state_dict({"weight": np.ones((3, 2))}, strict=False)
    assert "strict=False" not in str(caught.value)


def test_one_name_of_a_tied_parameter_is_enough_and_two_must_agree():
    model = Tied()
    assert list(model.state_dict()) == ["encoder.weight", "decoder.weight"]
    for name in model.state_dict():
        assert model.load_state_dict({name: np.full((2, 2), 3.0)}) == ([], [])
        assert (model.encoder.weight.data == 3).all()
    model.load_state_dict(model.state_dict())

    with pytest.raises(WeightsError, match=r"decoder\.weight differs from encoder\.weight, but they are one tied"):
        model.load_state_dict({"encoder.weight": np.zeros((2, 2)), "decoder.weight": np.ones((2, 2))})
    assert (model.encoder.weight.data == 3).all()


def test_nan_in_a_tied_parameter_is_no_disagreement():
    model = Tied()
    model.load_state_dict(dict.fromkeys(model.state_dict(), np.full((2, 2), np.nan)))

    assert np.isnan(model.encoder.weight.data).all()


@pytest.mark.parametrize(
    ("given", "mend"),
    [
        (nn.Linear(1, 1), r"not Linear; give its \.state_dict"),
        ("file.safetensors", r"not str; nn\.load"),
        ([("a", 1)], "list"),
    ],
)
def test_a_state_that_is_no_dict_is_an_error(given, mend):
    with pytest.raises(TypeError, match=mend):
        nn.Linear(1, 1).load_state_dict(given)


def test_to_casts_parameters_gradients_and_float_buffers():
    model = nn.Sequential(Running(), nn.Linear(2, 1))
    model(Tensor(X)).sum().backward()
    weight = model[0].weight

    assert model.to(np.float64) is model
    assert model[0].weight is weight
    assert {p.dtype for p in model.parameters()} == {p.grad.dtype for p in model.parameters()} == {np.dtype(np.float64)}
    assert [b.dtype for b in model.buffers()] == [np.float64, np.int64, np.float64]
    model(Tensor(X.astype(float))).sum().backward()
    assert weight.grad.dtype == np.float64


def test_a_frozen_parameter_that_was_cast_trains_in_its_new_dtype():
    layer = nn.Linear(2, 1)
    layer(X).sum().backward()
    layer.requires_grad_(False).to(np.float64).requires_grad_()
    assert layer.weight.grad.dtype == np.float64
    layer.zero_grad()
    layer(X.astype(float)).sum().backward()

    assert layer.weight.grad.dtype == np.float64


def test_a_parameter_loaded_while_frozen_makes_an_earlier_graph_stale():
    layer = nn.Linear(2, 1)
    loss = (layer(X) ** 2).sum() + (layer.weight**2).sum()
    layer.requires_grad_(False).load_state_dict(nn.Linear(2, 1).state_dict())
    layer.requires_grad_()
    with pytest.raises(GraphError, match="was changed after"):
        loss.backward()


@pytest.mark.parametrize(
    ("dtype", "said"), [(int, "cannot become int64"), ("cuda", "no devices"), (complex, "complex128")]
)
def test_to_takes_float_dtypes_only(dtype, said):
    with pytest.raises(DtypeError, match=said):
        nn.Linear(1, 1).to(dtype)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))], ids=["deepcopy", "pickle"])
def test_a_copy_is_independent_with_the_same_ties(copied):
    model = nn.Sequential(Tied(), Running()).eval()
    model[0].encoder.weight.requires_grad = False
    twin = copied(model)

    assert values(twin.state_dict()) == values(model.state_dict())
    assert twin[0].encoder.weight is twin[0].decoder.weight is not model[0].encoder.weight
    assert not twin[0].encoder.weight.requires_grad
    assert not any(m.training for m in twin.modules())
    assert not twin[1].last.persistent
    with autograd.no_grad():
        twin[1].weight *= 0
        twin[1].calls += 1
    assert values(model[1].state_dict()) == {"weight": [1, 2], "mean": [0, 0], "calls": 0}
    twin(X)
    assert model[1].mean.tolist() == [0, 0]


def test_a_copys_hooks_are_its_own():
    model, seen = nn.ReLU(), []
    hook = model.register_forward_hook(lambda *_: seen.append(1))
    twin = copy.deepcopy(model)
    hook.remove()
    model(X)
    assert seen == []
    twin(X)
    assert seen == [1]


# -- hooks ---------------------------------------------------------------------------------------------


def test_hooks_run_in_order_and_see_module_arguments_and_output():
    layer, seen = nn.ReLU(), []
    layer.register_forward_hook(lambda m, args, out: seen.append(("after", m is layer, len(args), out.shape)))
    layer.register_forward_pre_hook(lambda m, args: seen.append(("before 1", m is layer, len(args))))
    layer.register_forward_pre_hook(lambda m, args: seen.append(("before 2",)))
    layer(X)

    assert seen == [("before 1", True, 1), ("before 2",), ("after", True, 1, (5, 2))]


def test_what_a_hook_returns_replaces_arguments_or_output():
    layer = nn.ReLU()
    layer.register_forward_pre_hook(lambda m, args: args[0] + 1)  # one argument needs no tuple
    layer.register_forward_pre_hook(lambda m, args: (args[0] * 10,))
    layer.register_forward_hook(lambda m, args, out: out + args[0])
    layer.register_forward_hook(lambda m, args, out: None)

    assert layer(Tensor(1.0)).item() == 40


def test_a_removed_hook_is_gone_and_removing_twice_does_no_harm():
    layer, seen = nn.ReLU(), []
    kept = layer.register_forward_hook(lambda *_: seen.append("kept"))
    hook = layer.register_forward_hook(lambda *_: seen.append("removed"))
    hook.remove()
    hook.remove()
    layer(X)

    assert seen == ["kept"]
    with kept:
        layer(X)
    layer(X)
    assert seen == ["kept", "kept"]


def test_a_hook_may_remove_itself_and_others_stay():
    layer, seen = nn.ReLU(), []

    def once(*_):
        seen.append("once")
        hook.remove()

    hook = layer.register_forward_hook(once)
    layer.register_forward_hook(lambda *_: seen.append("always"))
    layer(X)
    layer(X)

    assert seen == ["once", "always", "always"]


def test_an_error_in_a_hook_names_the_layer():
    def fail(*_):
        raise ValueError("hook")

    model = nn.Sequential(nn.ReLU())
    model[0].register_forward_hook(fail)
    with pytest.raises(ValueError, match="hook") as caught:
        model(X)

    assert caught.value.__notes__ == ["in ReLU(), given float32 (5, 2)", "in Sequential, its '0'"]


def backward_hooks(space, array):
    """What hooks of a layer see and change, in nn or torch.nn."""
    layer, seen = space.Bilinear(2, 2, 3), []
    layer.load_state_dict({"weight": array(3, 2, 2), "bias": array(3)})
    layer.register_full_backward_hook(lambda m, given, output: seen.append((m is layer, given, output)))
    hook = layer.register_full_backward_hook(lambda m, given, output: (given[0] * 10, given[1]))
    x, y = array(4, 2), array(4, 2)
    x.requires_grad = y.requires_grad = True
    (layer(x, y) ** 2).sum().backward()
    hook.remove()
    (layer(array(4, 2), array(4, 2)) ** 2).sum().backward()
    return seen, x.grad, y.grad, layer.weight.grad


@pytest.mark.filterwarnings("ignore:Full backward hook is firing")  # PyTorch's own
def test_backward_hooks_see_and_change_gradients_as_in_pytorch():
    torch = pytest.importorskip("torch")

    def values(*shape):
        return np.arange(float(np.prod(shape)), dtype=np.float32).reshape(shape)

    (first, second), *grads = backward_hooks(nn, lambda *shape: Tensor(values(*shape)))
    (other, another), *expected = backward_hooks(torch.nn, lambda *shape: torch.tensor(values(*shape)))

    for ours, theirs in ((first, other), (second, another)):
        assert ours[0] is True
        for mine, its in zip((*ours[1], *ours[2]), (*theirs[1], *theirs[2]), strict=True):
            assert (mine is None) == (its is None)
            assert mine is None or np.array_equal(mine.data, its.numpy())
    for mine, its in zip(grads, expected):
        np.testing.assert_array_equal(mine.data, its.numpy())


def test_backward_hooks_of_several_results_and_higher_order():
    class Both(nn.Module):
        def forward(self, x):
            return {"square": x * x, "places": np.array([1])}

    model, seen = Both(), []
    model.register_full_backward_hook(lambda m, given, output: seen.append((given, output)))
    x = Tensor(3.0, requires_grad=True)
    slope = autograd.gradients(model(x)["square"], x, create_graph=True)

    assert autograd.gradients(slope, x) == 2.0
    (given,), output = seen[0]
    assert given == 6.0
    assert output == (None, 1.0)  # keys in alphabetical order


def test_a_backward_hook_that_returns_too_few_gradients_is_an_error():
    layer = nn.Tanh()
    layer.register_full_backward_hook(lambda m, given, output: ())

    with pytest.raises(ShapeError, match="of Tanh returned 0 gradients for 1 arguments"):
        layer(Tensor(1.0, requires_grad=True)).backward()


def test_hooks_and_statistics_count_a_checkpointed_call_once():
    layer, seen = nn.BatchNorm1d(2), []
    layer.register_forward_pre_hook(lambda m, args: seen.append("before"))
    layer.register_forward_hook(lambda m, args, output: seen.append("after"))
    layer.register_forward_hook(lambda m, args, output: output * 2)  # without which the gradient would be another
    layer.register_full_backward_hook(lambda m, given, output: seen.append("backward"))
    plain = copy.deepcopy(layer)
    x, other = (Tensor(X, requires_grad=True) for _ in range(2))
    (autograd.checkpoint(layer)(x) ** 3).sum().backward()
    assert seen == ["before", "after", "backward"]
    (plain(other) ** 3).sum().backward()

    np.testing.assert_array_equal(x.grad, other.grad)
    assert values(layer.state_dict()) == values(plain.state_dict())
    assert layer.num_batches_tracked == 1


def test_a_hook_that_asks_for_gradients_gets_them_of_a_checkpointed_call():
    layer, seen = nn.Tanh(), []
    layer.register_forward_hook(lambda m, args, output: seen.append("looked"))
    layer.register_forward_hook(lambda m, args, output: output.register_hook(seen.append) and None)
    (autograd.checkpoint(layer)(Tensor(0.0, requires_grad=True)) * 3).backward()

    assert seen == ["looked", 3.0]


# -- errors in a call ----------------------------------------------------------------------------------


def test_an_error_names_the_layer_what_it_was_given_and_the_way_to_it():
    class Net(nn.Module):
        def __init__(self):
            self.blocks = nn.ModuleList([nn.Sequential(nn.ReLU(), nn.Linear(3, 2))])

        def forward(self, x, *, again=False):
            return self.blocks[0](x)

    with pytest.raises(ShapeError) as caught:
        nn.Sequential(nn.Sequential(Net()))(np.ones((5, 4), np.float32))

    assert [note for note in caught.value.__notes__ if note.startswith(("in Linear(3", "in S", "in N"))] == [
        "in Linear(3, 2), given float32 (5, 4)",
        "in Sequential, its '1'",
        "in Net, its 'blocks.0'",
        "in Sequential, its '0'",
        "in Sequential, its '0'",
    ]


def test_an_error_shows_keywords_and_what_is_no_array():
    class Fails(nn.Module):
        def forward(self, *args, **options):
            raise RuntimeError

    with pytest.raises(RuntimeError) as caught:
        Fails()(None, [1, 2], mask=X)
    assert caught.value.__notes__ == ["in Fails(), given None, [1, 2], mask=float32 (5, 2)"]
    with pytest.raises(RuntimeError) as caught:
        Fails()()
    assert caught.value.__notes__ == ["in Fails(), given nothing"]


def test_an_error_of_an_inner_part_that_is_called_directly_is_found_by_its_full_name():
    class Outer(nn.Module):
        def __init__(self):
            self.inner = nn.Sequential(nn.Linear(3, 2))

        def forward(self, x):
            return self.inner[0](x)

    with pytest.raises(ShapeError) as caught:
        Outer()(X)

    assert caught.value.__notes__[-1] == "in Outer, its 'inner.0'"


# -- how it looks --------------------------------------------------------------------------------------


def test_repr_is_a_tree_with_the_parameters_of_each_part():
    assert repr(nn.Sequential(nn.Linear(4, 3), nn.LeakyReLU(0.2))) == (
        "Sequential(  # 15 parameters\n  (0): Linear(4, 3)  # 15\n  (1): LeakyReLU(negative_slope=0.2)\n)"
    )
    assert repr(nn.Sequential(Block(40))).splitlines() == [
        "Sequential(  # 3,241 parameters",
        "  (0): Block(  # 3,241",
        "    (first): Linear(40, 40)  # 1,640",
        "    (second): Linear(40, 40, bias=False)  # 1,600",
        "  )",
        ")",
    ]
    assert repr(nn.Linear(2, 1)) == "Linear(2, 1)"
    assert repr(nn.Sequential()) == "Sequential()"


# -- containers ----------------------------------------------------------------------------------------


def test_a_sequential_applies_its_modules_in_order():
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))

    np.testing.assert_array_equal(model(X).data, model[2](model[1](model[0](X))).data)
    assert nn.Sequential()(X) is X


def test_a_function_in_a_sequential_is_an_error_that_names_its_place():
    with pytest.raises(TypeError, match=r"argument 1.*nn\.Tanh\(\)"):
        nn.Sequential(nn.Linear(2, 2), np.tanh)


def test_a_sequential_of_a_dict_has_its_names():
    model = nn.Sequential({"hidden": nn.Linear(2, 3), "output": nn.Linear(3, 1)})

    assert list(model.state_dict()) == ["hidden.weight", "hidden.bias", "output.weight", "output.bias"]
    assert model(X).shape == (5, 1)
    assert model.hidden is model[0]
    with pytest.raises(KeyError, match="belongs to Sequential"):
        nn.Sequential({"forward": nn.ReLU()})


def test_a_slice_shares_its_modules_and_of_a_sequential_keeps_their_names():
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    tail = model[1:]
    assert isinstance(tail, nn.Sequential)
    assert tail[1] is model[2]
    assert list(tail.state_dict()) == ["2.weight", "2.bias"]
    tail.append(nn.Linear(1, 1))
    assert list(tail.state_dict()) == ["2.weight", "2.bias", "3.weight", "3.bias"]

    layers = nn.ModuleList(model)[::2]
    assert type(layers) is nn.ModuleList
    assert list(layers.state_dict()) == ["0.weight", "0.bias", "1.weight", "1.bias"]


def test_a_subclass_of_sequential_with_its_own_init_can_be_sliced():
    class Mlp(nn.Sequential):
        def __init__(self, width):
            super().__init__(nn.Linear(width, width), nn.ReLU())

    assert type(Mlp(3)[:1]) is nn.Sequential


def test_a_module_list_is_a_list():
    a, b, c, d = (nn.Linear(1, 1) for _ in range(4))
    layers = nn.ModuleList([a])
    assert layers.append(b) is layers
    assert layers.extend(iter([c])) is layers
    assert (len(layers), layers[-1], list(layers), b in layers) == (3, c, [a, b, c], True)
    layers[-1] = d
    layers.insert(1, c)
    assert list(layers) == [a, c, b, d]
    assert layers.pop(0) is a
    assert layers.pop() is d
    layers += [a, d]
    del layers[:2]
    assert list(layers) == [a, d]
    assert list(layers.state_dict()) == ["0.weight", "0.bias", "1.weight", "1.bias"]
    for wrong in (lambda: layers[2], lambda: layers.pop(5), lambda: layers.__setitem__(2, a)):
        with pytest.raises(IndexError):
            wrong()


def test_only_modules_go_into_a_list_and_a_bad_one_adds_none():
    layers = nn.ModuleList()
    with pytest.raises(TypeError, match="ModuleList: item 1 is 3, not a Module"):
        layers.extend([nn.ReLU(), 3])
    with pytest.raises(TypeError, match="item 0"):
        layers.append(np.tanh)
    with pytest.raises(TypeError, match="item 0"):
        layers.insert(0, None)

    assert len(layers) == 0


def test_a_module_list_has_no_forward():
    with pytest.raises(NotImplementedError, match="ModuleList"):
        nn.ModuleList([nn.ReLU()])(X)


def test_a_module_dict_is_a_dict():
    relu, tanh = nn.ReLU(), nn.Tanh()
    choices = nn.ModuleDict({"relu": relu})
    choices["tanh"] = tanh
    choices.update({"linear": nn.Linear(1, 1)})
    assert choices.keys() == list(choices) == ["relu", "tanh", "linear"]
    assert choices.values()[:2] == [relu, tanh]
    assert choices.items()[1] == ("tanh", tanh)
    assert "tanh" in choices
    assert len(choices) == 3
    assert choices.pop("relu") is relu
    del choices["tanh"]
    assert list(choices.state_dict()) == ["linear.weight", "linear.bias"]


def test_a_module_dict_says_which_names_it_has_and_which_it_cannot_take():
    choices = nn.ModuleDict({"relu": nn.ReLU()})
    choices.eval()
    for wrong in (choices.__getitem__, choices.__delitem__, choices.pop):
        with pytest.raises(KeyError, match="no 'training'; it has relu"):
            wrong("training")
    for name in ("forward", "keys", "training", "_hooks"):
        with pytest.raises(KeyError, match="belongs to ModuleDict"):
            choices[name] = nn.ReLU()
    with pytest.raises(KeyError, match="dots join"):
        choices["a.b"] = nn.ReLU()
    with pytest.raises(TypeError, match="is text, not 3"):
        choices[3] = nn.ReLU()
    with pytest.raises(TypeError, match=r"'f' is .*not a Module"):
        choices["f"] = np.tanh


def test_parts_are_registered_and_found_by_name():
    model, bias = nn.Sequential(nn.BatchNorm1d(2)), nn.Parameter([1.0])
    model.register_parameter("bias", bias)
    model.register_parameter("none", None)
    model.add_module("head", nn.ReLU())
    model.register_module("tail", nn.Tanh())

    assert (model.get_parameter("bias"), model.get_submodule("")) == (bias, model)
    assert model.get_submodule("head") is model.head
    assert model.get_parameter("0.weight") is model[0].weight
    assert model.get_buffer("0.running_mean") is model[0].running_mean
    for find, text in (
        (model.get_submodule, "has no Module '1.a'; it has 0, head, tail"),
        (model.get_parameter, "has no Parameter '1.a'; it has bias, 0.weight, 0.bias"),
        (nn.ReLU().get_buffer, "ReLU has no Buffer '1.a'; it has none"),
    ):
        with pytest.raises(AttributeError, match=text):
            find("1.a")
    with pytest.raises(TypeError, match=r"'w' would be float32 \(\), not a Parameter; make it one"):
        model.register_parameter("w", Tensor(1.0))
    with pytest.raises(TypeError, match="'w' would be 3, not a Module"):
        model.add_module("w", 3)


def test_dtypes_have_pytorchs_short_names():
    layer = nn.Linear(2, 1)

    assert layer.double().weight.dtype == np.float64
    assert layer.half().weight.dtype == np.float16
    assert layer.float().weight.dtype == np.float32


def test_a_parameter_list_is_a_list_of_parameters():
    weights = nn.ParameterList([nn.Parameter(1.0), Tensor(2.0)])
    weights.append(nn.Parameter([3.0]))
    assert [p.requires_grad for p in weights] == [True, True, True]
    assert list(weights.state_dict()) == ["0", "1", "2"]
    assert type(weights[1:]) is nn.ParameterList
    assert weights.pop() == [3.0]
    with pytest.raises(TypeError, match=r"ParameterList: item 2 is .*not a Parameter; make it one"):
        weights.append([1.0])
    with pytest.raises(TypeError, match="not a Parameter"):
        weights.append(weights[0] * 2)


def test_a_parameter_dict_is_a_dict_of_parameters():
    weights = nn.ParameterDict({"a": nn.Parameter(1.0)})
    weights["b"] = Tensor([1.0, 2.0])
    assert [name for name, _ in weights.named_parameters()] == weights.keys() == ["a", "b"]
    assert weights.pop("a") == 1.0
    with pytest.raises(KeyError, match="ParameterDict has no 'a'; it has b"):
        weights["a"]
    with pytest.raises(TypeError, match=r"ParameterDict: 'c' is 3, not a Parameter"):
        weights["c"] = 3


# -- functions of the parameters -----------------------------------------------------------------------


def test_parameters_go_into_a_vector_and_back():
    model, other = Block(2), Block(2)
    vector = parameters_to_vector(model.parameters())
    vector_to_parameters(vector, other.parameters())

    assert vector.shape == (4 + 2 + 4 + 1,)
    assert values(other.state_dict()) == values(model.state_dict())
    assert parameters_to_vector(nn.ReLU().parameters()).shape == (0,)


def test_the_vectors_gradient_reaches_each_parameter():
    model = nn.Linear(2, 1)
    (parameters_to_vector(model.parameters()) ** 2).sum().backward()

    np.testing.assert_array_equal(model.weight.grad.data, 2 * model.weight.data)


def test_a_vector_of_the_wrong_length_or_for_results_writes_nothing():
    model = nn.Linear(2, 2)
    before = values(model.state_dict())
    with pytest.raises(ShapeError, match=r"\(5,\) for 6 numbers"):
        vector_to_parameters([0.0] * 5, model.parameters())
    with pytest.raises(GraphError, match="leaves"):
        vector_to_parameters(np.zeros(10), [*model.parameters(), model.weight * 2])

    assert values(model.state_dict()) == before


def test_a_model_called_with_other_parameters_is_left_unchanged():
    model = nn.Linear(2, 1)
    before = values(model.state_dict())
    y = nn.functional_call(model, {"weight": np.ones((1, 2), np.float32)}, X)

    np.testing.assert_allclose(y.data, 2 + model.bias.data[0] + np.zeros((5, 1)), rtol=1e-6)
    assert values(model.state_dict()) == before
    assert isinstance(model.weight, nn.Parameter)


def test_a_model_is_left_unchanged_by_a_call_that_fails_or_assigns_buffers():
    model = Running()
    own = dict(vars(model))
    with pytest.raises(ShapeError):
        nn.functional_call(model, {"weight": np.zeros(2)}, Tensor(np.ones((2, 3))))
    nn.functional_call(model, {"weight": np.zeros(2)}, Tensor(X))  # += writes into what it finds
    given = Tensor(7)
    nn.functional_call(model, {"calls": given}, Tensor(X))

    assert list(vars(model).items()) == list(own.items())
    assert model.mean.tolist() == [0, 0]
    assert model.calls.item() == 0
    assert given.item() == 7


def test_wrong_names_and_shapes_are_said_at_once():
    with pytest.raises(WeightsError) as caught:
        nn.functional_call(nn.Linear(2, 1), {"weight": np.ones(2), "wait": np.ones(1)}, X)

    text = str(caught.value)
    assert "unexpected wait" in text
    assert "weight has shape (2,), the module's is (1, 2)" in text


def test_a_tied_parameter_takes_one_value_under_any_of_its_names():
    model, half = Tied(), np.full((2, 2), 0.5, np.float32)
    for name in ("encoder.weight", "decoder.weight"):
        np.testing.assert_array_equal(nn.functional_call(model, {name: half}, X).data, X)
    with pytest.raises(WeightsError, match="tied"):
        nn.functional_call(model, {"encoder.weight": half, "decoder.weight": 2 * half}, X)


def test_arguments_are_one_value_or_a_tuple_and_keywords():
    class Adds(nn.Module):
        def forward(self, a=1, b=2, *, c=0):
            return a + b + c

    assert nn.functional_call(Adds(), {}, ()) == nn.functional_call(Adds(), {}) == 3
    assert nn.functional_call(Adds(), {}, 5) == 7
    assert nn.functional_call(Adds(), {}, (5, 6), {"c": 7}) == 18


def test_a_model_is_differentiated_with_respect_to_a_dict_of_parameters_twice():
    model = Block(2)
    parameters = {name: Tensor(p.data.astype(float)) for name, p in model.named_parameters()}
    x = np.random.default_rng(0).normal(size=(3, 2))

    def loss(parameters):
        return (nn.functional_call(model, parameters, x) ** 2).sum()

    first = autograd.grad(loss)(parameters)
    assert list(first) == list(parameters)

    def size(parameters):
        return sum((g**2).sum() for g in autograd.grad(loss)(parameters).values())

    second = autograd.grad(size)(parameters)
    eps, name = 1e-6, "first.weight"
    moved = {s: parameters | {name: Tensor(parameters[name].data + s * eps * np.eye(2))} for s in (1, -1)}
    slope = (size(moved[1]).item() - size(moved[-1]).item()) / (2 * eps)

    assert np.trace(second[name].data) == pytest.approx(slope, rel=1e-5)


def test_gradients_flow_through_a_whole_model():
    model = Block(3)
    parameters = {name: p.data.astype(float) for name, p in model.named_parameters()}

    def run(x, *values):
        return nn.functional_call(model, dict(zip(parameters, values)), x)

    rng = np.random.default_rng(0)
    assert gradcheck(run, [rng.normal(size=(4, 3)), *parameters.values()], order=2)


# -- this file -----------------------------------------------------------------------------------------


def test_every_public_method_is_tested_here():
    text = inspect.getsource(inspect.getmodule(Block))
    classes = {*nn.ModuleList.__mro__[:-1], *nn.ModuleDict.__mro__, nn.Sequential, nn.Parameter, nn.Buffer} - {object}
    methods = {name for c in classes for name in vars(c) if not name.startswith("_")}

    assert {name for name in methods if name not in text} - {"rebind", "extra_repr"} == set()


LAYERS = [
    nn.ReLU(),
    nn.Sigmoid(),
    nn.Softmax(-1),
    nn.Flatten(),
    nn.Unflatten(1, (1, 2)),
    nn.Linear(2, 2),
    nn.Conv1d(1, 1, 1),
    nn.Conv2d(1, 1, 2, padding=1, padding_mode="reflect"),
    nn.MaxPool1d(2),
    nn.AvgPool2d(2),
    nn.AdaptiveAvgPool1d(1),
    nn.BatchNorm1d(2),
    nn.LayerNorm(2),
    nn.GroupNorm(1, 2),
    nn.RMSNorm(2),
    nn.Upsample(scale_factor=2),
    nn.Dropout(),
    nn.Bilinear(2, 2, 2),
    nn.LSTM(2, 2),
    nn.GRUCell(2, 2),
    nn.TransformerEncoderLayer(2, 1, 2),
    nn.SinusoidalPositions(2, 4),
]
STRANGE = [None, "text", {"a": 1}, object(), np.array(["a"]), np.array([[None]], object)]


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
def test_what_is_no_array_of_numbers_is_refused_by_name(layer):
    for strange in STRANGE[:4] if isinstance(layer, nn.Flatten) else STRANGE:
        with pytest.raises((TypeError, ValueError)) as caught:
            layer(strange) if not isinstance(layer, nn.Bilinear) else layer(strange, strange)

        assert type(layer).__name__ in "\n".join([str(caught.value), *caught.value.__notes__])
        assert re.match(rf"{type(layer).__name__}\(|[\w.]+: ", str(caught.value)), caught.value


def test_a_module_of_the_users_own_may_take_anything():
    class Reader(nn.Module):
        def forward(self, batch):
            return batch["x"] + batch["missing"]

    with pytest.raises(KeyError, match="missing"):
        Reader()({"x": 1})


def test_own_parameters_without_those_below_and_names_after_a_prefix():
    model = nn.Sequential(nn.Linear(2, 1), nn.BatchNorm1d(1))
    model.scale = nn.Parameter(1.0)

    assert [name for name, _ in model.named_parameters(recurse=False)] == ["scale"]
    assert list(model.buffers(recurse=False)) == []
    assert next(name for name, _ in model.named_buffers("net")) == "net.1.running_mean"
    assert [name for name, _ in model.named_parameters("net", recurse=False)] == ["net.scale"]


def test_zero_grad_may_keep_the_gradients_as_zeros():
    model = nn.Linear(2, 1)
    model(np.ones((1, 2), np.float32)).sum().backward()
    model.bias.grad = None
    model.zero_grad(set_to_none=False)

    assert model.bias.grad is None
    np.testing.assert_array_equal(model.weight.grad, np.zeros((1, 2)))


def test_an_interrupt_at_any_line_of_load_state_dict_leaves_the_old_weights_or_the_new(interrupted):
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
    old = model.state_dict()
    new = {name: np.array(value + 1) for name, value in old.items()}
    whole = {repr(old), repr(new)}
    seen = set()

    def prepare():
        model.load_state_dict(old)
        return lambda: model.load_state_dict(new)

    interrupted([module], prepare, lambda: seen.add(repr(model.state_dict())))

    assert seen == whole
