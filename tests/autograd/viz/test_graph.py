"""The picture of a record: each operation is drawn once, or stands inside what is drawn for it."""

import time
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd
import nn
from autograd import Tensor
from autograd.viz.graph import picture
from autograd.viz.picture import Block, Picture
from autograd.viz.record import INPUT, OUTPUT, read
from tests.autograd.viz.programs import outputs

RNG = np.random.default_rng(0)


def array(*shape):
    return Tensor(RNG.normal(size=shape).astype("f"))


def mlp():
    return nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3))


def deep(count=6):
    return nn.Sequential(*(layer for _ in range(count) for layer in (nn.Linear(4, 4), nn.Tanh())), nn.Linear(4, 2))


def look(output, **options):
    return picture(read([output]), **options)


def frames(drawn: Picture) -> list[str]:
    return [frame.label for frame in drawn.clusters]


def layers(drawn: Picture) -> list[str]:
    """The modules that are one operation each, drawn as that."""
    return [e.module for e in drawn.ellipses if e.module]


def joined(drawn: Picture, kind: str = "") -> set[tuple[str, str]]:
    names = {s.key: getattr(s, "label", "") or getattr(s, "name", "") or getattr(s, "kind", "") for s in drawn.shapes}
    return {(names[e.source], names[e.target]) for e in drawn.edges if e.kind == kind}


# -- modules -------------------------------------------------------------------------------------------


def test_frames_are_the_calls_of_modules_nested_and_named():
    model = mlp()
    drawn = look(model(array(6, 4)).sum())

    assert frames(drawn) == ["Sequential"]
    assert layers(drawn) == ["0: Linear", "1: Tanh", "2: Linear"]
    assert [e.label for e in drawn.ellipses if e.cluster == 0] == ["linear", "tanh", "linear"]
    assert [b.name for b in drawn.boxes if b.cluster == 0][:3] == ["0.weight", "0.bias", ""]
    assert [e.cluster for e in drawn.ellipses if e.label == "Σ"] == [None]
    both = nn.Sequential(mlp(), nn.Linear(3, 2))
    outer = look(both(array(6, 4)).sum())
    assert [(frame.label, frame.parent) for frame in outer.clusters] == [("Sequential", None), ("0: Sequential", 0)]


def test_names_come_from_the_model_that_is_given_even_if_only_a_part_of_it_was_called():
    whole = nn.Sequential(mlp(), mlp())
    out = whole[1](array(6, 4)).sum()

    assert {b.name for b in look(out).boxes} >= {"0.weight", "2.bias"}
    assert {b.name for b in picture(read([out], whole)).boxes} >= {"1.0.weight", "1.2.bias"}
    assert "1.0: Linear" in layers(picture(read([out], whole)))


def test_a_name_of_the_users_own_wins():
    model = mlp()
    model[0].weight.name = "mine"

    assert {b.name for b in look(model(array(6, 4)).sum()).boxes} >= {"mine", "0.bias"}


def test_a_model_that_is_gone_leaves_its_class_names():
    out = mlp()(array(6, 4)).sum()  # a record keeps no module alive

    assert frames(look(out)) == ["Sequential"]
    assert layers(look(out)) == ["Linear", "Tanh", "Linear"]
    assert "Linear, Tanh × 6" in frames(look(deep()(array(6, 4)).sum()))[1]


def test_a_collapsed_module_is_one_block_with_its_operations_and_parameters():
    model = mlp()
    drawn = look(model(array(6, 4)).sum(), depth=1)

    assert [(b.label, b.operations, b.parameters, b.shape) for b in drawn.blocks] == [
        ("0: Linear", 1, 25, (6, 5)),
        ("1: Tanh", 1, 0, (6, 5)),
        ("2: Linear", 1, 18, (6, 3)),
    ]
    assert joined(drawn) == {("input", "0: Linear"), ("0: Linear", "1: Tanh"), ("1: Tanh", "2: Linear")} | {
        ("2: Linear", "Σ"),
        ("Σ", "output"),
    }
    (whole,) = look(model(array(6, 4)).sum(), depth=0).blocks
    assert (whole.label, whole.operations, whole.parameters) == ("Sequential", 3, 43)


def test_a_block_knows_the_norm_of_its_parameters_gradients():
    model = mlp()
    model(array(6, 4)).sum().backward()
    block = look(model(array(6, 4)).sum(), depth=0).blocks[0]
    grads = [p.grad.data.ravel() for p in model.parameters()]

    assert block.grad == pytest.approx(np.linalg.norm(np.concatenate(grads)), rel=1e-6)


@pytest.mark.parametrize(
    ("values", "mark"),
    [
        ((1.0, 2.0), ""),
        ((0.0, 2.0), "zero"),
        ((0.0, 1e4), "exploding"),
        ((1e4, np.inf), "inf"),
        ((np.inf, np.nan), "nan"),
    ],
)
def test_a_block_bears_the_worst_mark_of_its_parameters(values, mark):
    model = nn.Linear(3, 2)
    out = model(array(6, 3)).sum()
    for parameter, value in zip(model.parameters(), values):
        parameter.grad = np.full(parameter.shape, value, "f")

    (block,) = look(out, depth=0).blocks
    assert block.mark == mark


def test_the_norm_of_a_block_does_not_overflow():
    model = nn.Linear(1, 1).to(np.float64)
    out = model(np.ones((1, 1))).sum()
    model.weight.grad, model.bias.grad = np.full((1, 1), 3e200), np.full(1, 4e200)

    assert look(out, depth=0).blocks[0].grad == pytest.approx(5e200)


def test_frozen_parameters_are_counted_and_shared_ones_once():
    model = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 4))
    model[0].requires_grad_(False)
    model[2].bias.requires_grad = False
    tied = nn.Sequential(model, model)

    assert look(tied(array(2, 4)).sum(), depth=0).blocks[0].parameters == 40
    assert [b.parameters for b in look(model(array(2, 4)).sum(), depth=1).blocks] == [20]
    earlier = look(model(array(2, 4)).sum() * 2.0, max_nodes=1).blocks
    assert [(b.label, b.parameters) for b in earlier] == [("earlier", 40)]


def test_one_module_is_opened_by_name_with_what_holds_it():
    both = nn.Sequential(nn.Sequential(nn.Linear(4, 4), nn.Tanh()), nn.Sequential(nn.Linear(4, 4), nn.ReLU()))
    drawn = look(both(array(6, 4)).sum(), depth=0, opened=lambda name: name == "1.0")
    assert [b.label for b in drawn.blocks] == ["0: Sequential", "1.1: ReLU"]
    assert [e.label for e in drawn.ellipses] == ["linear", "Σ"]


def test_an_output_made_inside_a_block_has_a_box_after_it():
    model = mlp()
    drawn = look(model(array(6, 4)), depth=0)

    assert [b.kind for b in drawn.boxes] == [INPUT, OUTPUT]
    assert joined(drawn) == {("input", "Sequential"), ("Sequential", "output")}


def test_a_tensor_that_passes_through_a_module_is_not_its_making():
    model = nn.Sequential(nn.Identity(), nn.Dropout(0.5).eval(), nn.Tanh())
    x = Tensor(1.0, requires_grad=True)
    for _ in range(3):
        out = model(x)

    assert "scopes" not in x._node.__dict__
    assert frames(look(out)) == ["Sequential"]
    assert layers(look(out)) == ["2: Tanh"]


def test_a_module_that_returns_several_tensors_has_one_frame():
    output, (h, c) = nn.LSTM(3, 4)(array(5, 2, 3))

    assert frames(picture(read([output.sum() + h.sum() + c.sum()]))) == ["LSTM"]


# -- repeats -------------------------------------------------------------------------------------------


def test_equal_modules_in_a_row_are_drawn_once():
    model = deep()
    drawn = look(model(array(6, 4)).sum())

    assert frames(drawn)[1] == "0 … 11 × 6, the first is drawn"
    assert Counter(e.label for e in drawn.ellipses) == {"linear": 2, "tanh": 1, "Σ": 1}
    assert Counter(drawn.where.values())["op1"] == 6
    assert {e.target for e in drawn.edges if e.kind == "loop"} == {"op1"}
    assert len(picture(read([model(array(6, 4)).sum()], collapse_repeats=False)).ellipses) == 14


def test_layers_of_other_sizes_are_not_folded():
    model = nn.Sequential(nn.Linear(4, 5), nn.Linear(5, 6), nn.Linear(6, 5), nn.Linear(5, 4))

    assert not [label for label in frames(look(model(array(2, 4)).sum())) if "×" in label]


def test_equal_modules_fold_from_two_on():
    assert "0 … 3 × 2, the first is drawn" in frames(look(deep(2)(array(2, 4)).sum()))
    assert not [label for label in frames(look(deep(1)(array(2, 4)).sum())) if "×" in label]


def test_modules_wired_otherwise_are_not_folded():
    class Part(nn.Module):
        def __init__(self, twice):
            self.twice = twice

        def forward(self, x):
            y = autograd.tanh(x)
            z = autograd.tanh(x if self.twice else y)
            return y * z

    x = Tensor(1.0, requires_grad=True)
    alike = nn.Sequential(*(Part(False) for _ in range(4)))
    other = nn.Sequential(Part(False), Part(True), Part(False), Part(True))
    assert "× 4" in frames(look(alike(x)))[1]
    assert not [label for label in frames(look(other(x))) if "× 4" in label]


def test_the_time_steps_of_a_cell_roll_up():
    cell, state = nn.LSTMCell(3, 4), None
    for _ in range(20):
        state = cell(array(2, 3), state)
    drawn = look(state[0].sum())

    assert frames(drawn) == ["LSTMCell × 20, the first is drawn"]
    assert len(drawn.ellipses) == 17
    assert drawn.total == 321
    assert len([e for e in drawn.edges if e.kind == "loop"]) == 2  # h and c


def test_the_time_steps_of_a_loop_without_modules_roll_up_where_there_are_many():
    w, u = Tensor(np.eye(3), requires_grad=True, name="w"), Tensor(np.eye(3), requires_grad=True, name="u")

    def loop(steps):
        h = Tensor(np.ones(3))
        for _ in range(steps):
            h = autograd.tanh(w @ h + u @ np.ones(3))
        return h.sum()

    drawn = look(loop(30))
    assert frames(drawn) == ["× 30, the first is drawn"]
    assert [e.label for e in drawn.ellipses] == ["@", "@", "+", "tanh", "Σ"]
    assert len(look(loop(5)).ellipses) == 21


def test_products_side_by_side_are_no_loop():
    x = [Tensor(1.0, requires_grad=True) for _ in range(60)]
    products = [a * 2.0 for a in x]
    total = products[0]
    for p in products[1:]:
        total = total + p

    assert Counter(e.label for e in look(total).ellipses)["×"] == 60


def test_an_output_in_the_last_run_of_a_loop_is_drawn_as_output():
    y = Tensor(1.0, requires_grad=True)
    for _ in range(100):
        y = autograd.tanh(y * 1.5)
    drawn = look(y)

    assert [b.kind for b in drawn.boxes].count(OUTPUT) == 1
    assert ("tanh", "output") in joined(drawn)


def test_blocks_of_a_transformer_fold_to_one_block_when_collapsed():
    model = nn.models.GPT(20, 16, 32, 4, 4)
    loss = model(np.arange(16)[None]).sum()
    (blocks,) = (b for b in look(loss, depth=1).blocks if "×" in b.label)

    assert blocks.label == "blocks.0 … blocks.3: Block × 4"
    assert blocks.parameters == sum(p.size for p in model.blocks.parameters())


def residual(count=6):
    class Block(nn.Module):
        def __init__(self):
            self.l = nn.Linear(4, 4)

        def forward(self, x):
            return autograd.tanh(self.l(x))

    return nn.Sequential(*(Block() for _ in range(count)))


@pytest.mark.parametrize(
    ("opened", "expected"),
    [
        ("0", ["0.l: Linear", "1 … 5: Block × 5"]),
        ("2", ["0 … 1: Block × 2", "2.l: Linear", "3 … 5: Block × 3"]),
        ("5", ["0 … 4: Block × 5", "5.l: Linear"]),
        ("3.l", ["0 … 2: Block × 3", "4 … 5: Block × 2"]),
    ],
)
def test_a_module_inside_a_repeat_is_opened_by_its_own_name(opened, expected):
    model = residual()
    drawn = look(model(array(6, 4)).sum(), depth=1, opened=lambda name: name == opened)

    assert [b.label for b in drawn.blocks] == expected
    assert f"{opened[0]}: Block" in frames(drawn)
    assert [b.parameters for b in drawn.blocks if "×" in b.label] == [
        20 * int(label.split("× ")[1]) for label in expected if "×" in label
    ]


def test_what_is_opened_in_every_run_alike_is_drawn_once():
    model = residual()
    drawn = look(model(array(6, 4)).sum(), depth=1, opened=lambda name: name.endswith(".l"))

    assert frames(drawn) == ["Sequential", "0 … 5: Block × 6, the first is drawn"]
    assert layers(drawn) == ["0.l: Linear"]


def test_a_module_inside_a_nested_repeat_is_opened_by_its_own_name():
    model = nn.Sequential(residual(4), nn.Tanh())
    drawn = look(model(array(6, 4)).sum(), depth=0, opened=lambda name: name == "0.2")

    assert frames(drawn) == ["Sequential", "0: Sequential", "0.2: Block"]
    assert [b.label for b in drawn.blocks] == ["0.0 … 0.1: Block × 2", "0.2.l: Linear", "0.3: Block", "1: Tanh"]


def test_the_blocks_of_a_transformer_are_opened_one_by_one():
    model = nn.models.GPT(20, 16, 32, 4, 4)
    drawn = look(model(np.arange(16)[None]).sum(), depth=1, opened=lambda name: name == "blocks.2.attention")

    labels = [b.label for b in drawn.blocks]
    assert [label for label in labels if "×" in label] == ["blocks.0 … blocks.1: Block × 2"]
    assert "blocks.3: Block" in labels
    assert next(label for label in frames(drawn) if "attention" in label).startswith("blocks.2.attention: ")


def test_parameters_that_only_the_undrawn_steps_of_a_loop_have_are_told():
    h = Tensor(np.ones(3))
    for _ in range(20):
        h = autograd.tanh(h * Tensor(np.ones(3), requires_grad=True))

    assert frames(look(h.sum())) == ["× 20, the first is drawn with 1 of 20 parameter tensors"]


def test_the_fading_of_the_gradient_is_told_of_the_state_not_of_the_loss_that_is_summed_up():
    rng = np.random.default_rng(0)
    w, u = (Tensor(0.4 * rng.normal(size=(3, 3)), requires_grad=True) for _ in range(2))
    h, total, states = Tensor(np.ones((2, 3))), 0.0, []
    for _ in range(20):
        h = autograd.tanh(h @ w + rng.normal(size=(2, 3)) @ u)
        h.retain_grad()
        states.append(h)
        total = total + (h**2).mean()
    total.backward(retain_graph=True)

    there, end = (f"{np.linalg.norm(states[i].grad.data):.2g}" for i in (0, -1))
    assert there != end
    repeats = [frame for frame in frames(look(total)) if "×" in frame]
    assert repeats == [f"× 20, the first is drawn; |grad| of what it hands on: {there} there, {end} in the last"]


# -- size ----------------------------------------------------------------------------------------------


def test_too_many_operations_collapse_the_deepest_level_first():
    model = nn.models.GPT(20, 16, 32, 4, 4)
    loss = model(np.arange(16)[None]).sum()
    drawn = look(loss, max_nodes=20)

    assert drawn.cuts == ["modules 3 deep and deeper are collapsed, to draw at most 20 operations"]
    assert len(drawn.ellipses) + len(drawn.blocks) <= 20
    assert [b.label for b in look(loss, max_nodes=3).blocks] == ["GPT"]


def test_wide_records_are_read_quickly():
    x = Tensor(1.0, requires_grad=True)
    total = x
    for i in range(20_000):
        total = total + (x * float(i) if i % 3 else autograd.tanh(x))
    started = time.perf_counter()
    drawn = look(total)

    assert time.perf_counter() - started < 120  # it takes a second or two
    assert drawn.total == 40_000


# -- values --------------------------------------------------------------------------------------------


def test_values_that_the_engine_did_not_keep_are_computed_again():
    model = mlp()
    x = array(6, 4)
    hidden = model[0](x)
    out = model[2](autograd.tanh(hidden)).sum()
    record = read([out])

    np.testing.assert_array_equal(record.values[hidden._node], hidden.data)


def test_values_behind_a_leaf_that_was_written_since_are_left_unknown():
    w = Tensor(np.ones(30), requires_grad=True)
    y = w * 2.0
    out = (y + 1.0).sum()
    w.data = np.zeros(30)

    assert y._node not in read([out]).values


# -- always --------------------------------------------------------------------------------------------


@given(
    outputs(),
    st.sampled_from([None, 0, 1, 2]),
    st.sampled_from([1, 2, 5, 400]),
    st.booleans(),
)
def test_every_operation_is_drawn_once_or_stands_inside_what_is_drawn(output, depth, max_nodes, collapse):
    record = read([output], collapse_repeats=collapse)
    drawn = picture(record, max_nodes, depth)
    keys = [shape.key for shape in drawn.shapes]

    assert len(set(keys)) == len(keys)
    assert set(drawn.where) == set(record.operations)
    behind = Counter(drawn.where.values())
    own = Counter(key for node, key in drawn.where.items() if node not in drawn.stands)  # not those of later runs
    shown = {shape.key: shape for shape in drawn.shapes}
    for key, count in behind.items():
        if isinstance(shown[key], Block):
            assert shown[key].operations == own[key]
            assert count == own[key] or collapse
        else:
            assert drawn.where[shown[key].node] == key  # it stands for itself, and for as many runs as there are
            assert count == 1 or collapse
    assert {shape.key for shape in (*drawn.ellipses, *drawn.blocks)} == set(behind)
    assert len(drawn.ellipses) + len(drawn.blocks) <= max_nodes + 1
    assert {e.source for e in drawn.edges} | {e.target for e in drawn.edges} <= set(keys)
    assert all(frame.parent is None or frame.parent < i for i, frame in enumerate(drawn.clusters))
    assert sum(box.kind == OUTPUT for box in drawn.boxes) == 1


@given(outputs())
def test_reading_a_record_leaves_it_as_it_was(output):
    first = picture(read([output]))
    again = picture(read([output]))

    assert first.shapes == again.shapes or str(first.shapes) == str(again.shapes)
    assert first.edges == again.edges
    output.backward(np.ones(output.shape))
