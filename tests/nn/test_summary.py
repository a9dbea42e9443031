"""The table of a model: what it counts, and that looking changes nothing."""

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor


class Net(nn.Module):
    """Two outputs, a layer called twice, a list of layers, a tied weight, a frozen head, a layer never called."""

    def __init__(self):
        self.blocks = nn.ModuleList(nn.Linear(4, 4) for _ in range(2))
        self.head = nn.Linear(4, 2)
        self.mirror = nn.Linear(4, 4, bias=False)
        self.mirror.weight = self.blocks[0].weight
        self.spare = nn.Linear(2, 2)
        self.calls = nn.Buffer(0)
        self.head.requires_grad_(False)

    def forward(self, x):
        self.calls += 1
        self.seen = x
        x = self.blocks[1](self.blocks[0](self.blocks[0](x)))
        return self.head(self.mirror(x)), (x @ x.T, {"sum": autograd.einsum("ij,ik->jk", x, x)})


def row(found, name):
    (row,) = [row for row in found.rows if row.name == name]
    return row


def test_shapes_calls_parameters_and_multiply_adds_of_each_layer():
    found = nn.summary(Net(), (5, 4))

    assert [r.name for r in found.rows] == ["", "blocks", "blocks.0", "blocks.1", "head", "mirror", "spare"]
    assert [r.depth for r in found.rows] == [0, 1, 2, 2, 1, 1, 1]
    assert row(found, "").output_shape == [(5, 2), (5, 5), (4, 4)]
    assert row(found, "").multiply_adds == found.multiply_adds == 4 * 80 + 40 + 5 * 5 * 4 + 4 * 4 * 5
    assert (row(found, "blocks.0").calls, row(found, "blocks.0").multiply_adds) == (2, 160)
    assert row(found, "blocks.1").output_shape == (5, 4)
    assert (row(found, "blocks").output_shape, row(found, "blocks").multiply_adds) == (None, 240)
    assert (row(found, "spare").output_shape, row(found, "spare").calls) == (None, 0)


def test_shared_parameters_are_counted_once_and_frozen_ones_apart():
    model = Net()
    found = nn.summary(model, (5, 4))

    assert found.parameters == sum(p.size for p in model.parameters()) == 20 + 20 + 10 + 6
    assert (found.trainable, found.frozen, found.parameter_bytes) == (46, 10, 4 * 56)
    assert [r.parameters for r in found.rows] == [56, 40, 20, 20, 10, 0, 6]


def test_a_frozen_model_counts_the_same():
    model = Net()
    expected = nn.summary(model, (5, 4)).multiply_adds

    assert nn.summary(model.requires_grad_(False), (5, 4)).multiply_adds == expected
    with autograd.no_grad():
        assert nn.summary(model, (5, 4)).multiply_adds == expected
        assert not (Tensor(1.0, requires_grad=True) * 2).requires_grad


def test_a_part_called_under_no_grad_or_cut_off_by_detach_counts_too():
    class Frozen(nn.Module):
        def __init__(self):
            self.body, self.head = nn.Linear(4, 3), nn.Linear(3, 2)

        def forward(self, x):
            with autograd.no_grad():
                features = self.body(x)
            return self.head(features.detach())

    assert nn.summary(Frozen(), (5, 4)).multiply_adds == 60 + 30


def gradients(model):
    return {name: None if p.grad is None else p.grad.tolist() for name, p in model.named_parameters()}


def test_it_leaves_everything_as_it_was():
    model = Net()
    model.head.eval()
    fired = []
    model.head.register_forward_hook(lambda *_: fired.append(1))
    model(Tensor(np.ones((1, 4), np.float32)))[0].sum().backward()
    before = {name: dict(vars(module)) for name, module in model.named_modules()}
    hooks = list(model.head._hooks[1])
    grads = gradients(model)
    state = model.state_dict()
    autograd.seed(0)
    expected = autograd.rand(3)

    autograd.seed(0)
    nn.summary(nn.Sequential(model, Random()), (5, 4))

    np.testing.assert_array_equal(autograd.rand(3).data, expected.data)
    for name, module in model.named_modules():
        assert list(vars(module).items()) == list(before[name].items())
    assert model.training
    assert not model.head.training
    assert model.head._hooks[1] == hooks
    assert fired == [1, 1]
    assert gradients(model) == grads
    for name, value in model.state_dict().items():
        np.testing.assert_array_equal(value, state[name])


class Random(nn.Module):
    def forward(self, x):
        return x[0] * autograd.randn(*x[0].shape)


def test_it_leaves_everything_as_it_was_after_an_error_too():
    model = nn.Sequential(nn.Linear(4, 3), nn.Linear(2, 2))
    before = {name: dict(vars(module)) for name, module in model.named_modules()}
    with autograd.no_grad(), pytest.raises(autograd.ShapeError):
        nn.summary(model, (5, 4))

    for name, module in model.named_modules():
        assert vars(module) == before[name]
    assert (Tensor(1.0, requires_grad=True) * 2).requires_grad


def test_an_error_that_the_model_catches_does_not_mix_up_the_layers():
    class Careful(nn.Module):
        def __init__(self):
            self.wrong, self.right = nn.Linear(3, 2), nn.Linear(4, 2)

        def forward(self, x):
            try:
                return self.wrong(x)
            except ValueError:
                return self.right(x)

    found = nn.summary(Careful(), (5, 4))

    assert [(r.calls, r.multiply_adds) for r in found.rows] == [(1, 40), (0, 0), (1, 40)]


def test_a_module_that_calls_itself_is_not_counted_twice():
    class Again(nn.Module):
        def __init__(self):
            self.layer = nn.Linear(4, 4)

        def forward(self, x, times=3):
            return self.layer(x) if times == 1 else self(self.layer(x), times - 1)

    found = nn.summary(Again(), (5, 4))

    assert [(r.calls, r.multiply_adds) for r in found.rows] == [(3, 240), (3, 240)]


def test_inputs_may_be_integers_nested_keywords_or_none_at_all():
    class Odd(nn.Module):
        def __init__(self):
            self.table = nn.Parameter(np.ones((7, 4)))

        def forward(self, index=None, state=None, *, scale=None):
            if index is None:
                return self.table
            assert index.dtype.kind == "i"
            return self.table[index] @ state[0]["h"] * scale

    index = np.array([1, 2, 6])
    found = nn.summary(Odd(), index, [{"h": np.ones((4, 5))}], scale=Tensor(2.0))

    assert found.rows[0].output_shape == (3, 5)
    assert found.multiply_adds == 3 * 4 * 5
    assert nn.summary(Odd()).rows[0].output_shape == (7, 4)


def test_an_input_given_by_shape_has_the_models_dtype():
    found = []
    model = nn.Linear(4, 2).to(np.float64)
    model.register_forward_pre_hook(lambda module, args: found.append(args[0].dtype))
    nn.summary(model, (5, 4))

    assert found == [np.float64]


def test_the_call_is_made_in_eval_mode():
    modes = []
    model = nn.Sequential(nn.ReLU())
    for module in model.modules():
        module.register_forward_pre_hook(lambda m, args: modes.append(m.training))
    nn.summary(model, (2,))

    assert modes == [False, False]


def test_a_model_may_write_into_its_input():
    class InPlace(nn.Module):
        def forward(self, x):
            x -= x.mean()
            return x

    given = np.ones((2, 3))
    assert nn.summary(InPlace(), given).rows[0].output_shape == (2, 3)
    assert (given == 1).all()


def test_an_einsum_counts_each_combination_of_its_indices():
    class Sum(nn.Module):
        def forward(self, a, b):
            return autograd.einsum("nik,nkj->nij", a, b) + autograd.einsum("nij->n", a @ b)[:, None, None]

    assert nn.summary(Sum(), (2, 3, 4), (2, 4, 5)).multiply_adds == 2 * (2 * 3 * 4 * 5)


def test_it_prints_as_a_table():
    text = str(nn.summary(Net(), (5, 4))).splitlines()

    assert text[0].split() == ["layer", "output", "parameters", "multiply-adds"]
    assert text[1].startswith("Net                   (5, 2), (5, 5), (4, 4)          56            540")
    assert text[2].split() == ["blocks:", "ModuleList", "-", "40", "240"]
    assert text[3].startswith("    0: Linear ×2      (5, 4)")
    assert text[-2:] == ["56 parameters (224 bytes): 46 trainable, 10 frozen", "540 multiply-adds for this input"]
    assert len({len(line) for line in text[:-2]}) == 1
    assert "1,001,000 parameters (3.8 MiB)" in str(nn.summary(nn.Linear(1000, 1000), (1, 1000)))


def test_what_is_no_module_is_an_error():
    with pytest.raises(TypeError, match="Module, not ndarray"):
        nn.summary(np.ones(3), (3,))


@pytest.mark.parametrize(
    ("name", "args", "inputs", "expected"),
    [
        ("Linear", (3, 2), ((4, 5, 3),), 4 * 5 * 3 * 2),
        ("Conv2d", (2, 4, 3), ((5, 2, 8, 8),), 5 * 4 * 6 * 6 * 2 * 9),
        ("Conv2d", (2, 4, 3, 2, 1, 1, 2), ((5, 2, 8, 8),), 5 * 4 * 4 * 4 * 1 * 9),
        ("ConvTranspose1d", (4, 3, 2), ((5, 4, 6),), 5 * 6 * 4 * 3 * 2),
        ("RNN", (3, 4, 2), ((6, 5, 3),), 30 * (3 * 4 + 4 * 4) + 30 * (4 * 4 + 4 * 4)),
        ("LSTM", (3, 4), ((6, 5, 3),), 30 * 4 * (3 * 4 + 4 * 4)),
        ("GRU", (3, 4), ((6, 5, 3),), 30 * 3 * (3 * 4 + 4 * 4)),
        ("GRUCell", (3, 4), ((5, 3),), 5 * 3 * (3 * 4 + 4 * 4)),
        (
            "MultiheadAttention",
            (8, 2),
            ((5, 3, 8), (7, 3, 8), (7, 3, 8)),
            3 * (2 * 5 * 64 + 2 * 7 * 64 + 2 * 5 * 7 * 8),
        ),
        ("MultiheadAttention", (8, 2), ((5, 3, 8),) * 3, 3 * (4 * 5 * 64 + 2 * 5 * 5 * 8)),
    ],
)
def test_multiply_adds_of_a_layer_are_those_worked_out_by_hand(name, args, inputs, expected):
    if not hasattr(nn, name):
        pytest.skip(f"there is no {name} yet")
    assert nn.summary(getattr(nn, name)(*args), *inputs).multiply_adds == expected


def test_a_shape_given_to_a_model_of_tokens_is_explained():
    with pytest.raises(autograd.AutogradError) as caught:
        nn.summary(nn.Sequential(nn.Embedding(5, 2)), (3, 4))

    assert "a model of tokens takes np.zeros" in "\n".join(caught.value.__notes__)


def test_without_an_input_the_parameters_are_counted():
    found = nn.summary(nn.Sequential(nn.Linear(2, 3), nn.ReLU()))

    assert found.parameters == 9
    assert [row.output_shape for row in found.rows] == [None] * 3
    assert str(found).endswith("give an input, or its shape, for the rest")
