"""The shape of a record: what is folded is the same over and over, and folding and naming are quick."""

import random
import time

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd
import nn
from autograd import Tensor
from autograd.engine.node import Leaf
from autograd.viz import structure
from autograd.viz.record import read
from autograd.viz.structure import LONGEST, LOOP, RUNS, SMALL, Call, Repeat, calls, maker, operations
from tests.autograd.viz.programs import outputs


class Block(nn.Module):
    def __init__(self):
        self.l = nn.Linear(3, 3)

    def forward(self, x):
        return autograd.tanh(self.l(x))


def blocks(count=6):
    return nn.Sequential(*(Block() for _ in range(count)))


def titles(output):
    return [item.title for item in walk(read([output]).items)]


def walk(items):
    for item in items:
        if isinstance(item, (Call, Repeat)):
            yield item
            yield from walk(item.items)


X = Tensor(np.ones((2, 3), "f"))


# -- the definition, run by run ------------------------------------------------------------------------


def plain_folded(folder, level, looks):
    """What `_Folder.folded` promises, word for word and slowly."""
    made, i = [], 0
    while i < len(level):
        best = []
        for period in range(1, min(LONGEST, len(level)) + 1):
            runs = plain_runs(folder, level, looks, i, period)
            if len(runs) * period > len(best) * len(best[0] if best else ()):
                best = runs
        made.append(Repeat(best) if best else level[i])
        i += len(best) * len(best[0]) if best else 1
    return made


def plain_runs(folder, level, looks, start, period):
    runs = [level[start : start + period]]
    called = any(isinstance(item, Call) for item in runs[0])
    if not (called or folder.total > SMALL):
        return []
    for k in range(start + period, len(level) - period + 1, period):
        before, run = runs[-1], level[k : k + period]
        if list(looks[k - period : k]) != list(looks[k : k + period]) or not wired_alike(before, run, len(runs) == 1):
            break
        makers = set(operations(before))
        if not called and not any(maker(p) in makers for node in operations(run) for p in node.inputs):
            break
        runs.append(run)
    return runs if len(runs) >= (RUNS if called else LOOP) else []


def wired_alike(before, run, first):
    one, two = list(operations(before)), list(operations(run))
    for a, b in zip(one, two):
        for p, q in zip(a.inputs, b.inputs):
            inside = [nodes.index(maker(x)) if maker(x) in nodes else -1 for nodes, x in ((one, p), (two, q))]
            carried = first and maker(q) in one
            if inside[0] != inside[1] or (what(p) != what(q) and not carried):
                return False
    return True


def what(parent):
    return "leaf" if isinstance(parent, Leaf) else "made" if maker(parent) is not None else "other"


def spelled(items):
    return [
        item.birth
        if not isinstance(item, (Call, Repeat))
        else ("call", *spelled(item.items))
        if isinstance(item, Call)
        else ("repeat", *(tuple(spelled(run)) for run in item.runs))
        for item in items
    ]


@st.composite
def loops(draw):
    """Single operations in random patterns that are repeated, with some steps out of line."""
    leaves = [Tensor(0.5, requires_grad=True) for _ in range(3)]
    made = [leaves[0] * 1.0]
    for _ in range(draw(st.integers(1, 3))):
        pattern = draw(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 4)), min_size=1, max_size=4))
        for _ in range(draw(st.integers(1, 12))):
            for kind, back in pattern:
                last, other = made[-1], made[-min(back, len(made))]
                made.append(
                    (
                        lambda a, b: autograd.tanh(a),
                        lambda a, b: a + b,
                        lambda a, b: b * leaves[1],
                        lambda a, b: b * 2.0,
                        lambda a, b: leaves[2] * 3.0,
                    )[kind](last, other)
                )
    total = made[0]
    for one in made[1:]:
        total = autograd.maximum(total, one)
    return total


@given(st.one_of(outputs(), loops()), st.sampled_from([SMALL, SMALL + 1]))
def test_folding_does_what_its_definition_says(output, total):
    def items():
        return read([output], collapse_repeats=False).items

    plain = structure._Folder(total)
    plain.folded = lambda level, looks: plain_folded(plain, level, looks)
    assert spelled(structure.fold(items(), total)) == spelled(plain.visit(items()))


# -- what is alike -------------------------------------------------------------------------------------


def test_blocks_of_which_some_are_frozen_are_not_alike():
    model = blocks()
    for i in (0, 2):
        model[i].requires_grad_(False)

    repeats = [t for t in titles(model(X).sum()) if "×" in t]
    assert repeats == ["3 … 5: Block × 3"]


def test_frozen_blocks_in_the_middle_fold_among_themselves():
    model = blocks(9)
    for i in (3, 4, 5):
        model[i].requires_grad_(False)

    repeats = [t for t in titles(model(X).sum()) if "×" in t]
    assert repeats == ["0 … 2: Block × 3", "3 … 5: Block × 3", "6 … 8: Block × 3"]


def test_the_first_run_may_begin_with_a_leaf_where_the_others_go_on():
    model = blocks()
    for begin in (X, Tensor(np.ones((2, 3), "f"), requires_grad=True)):
        assert [t for t in titles(model(begin).sum()) if "×" in t] == ["0 … 5: Block × 6"]


def test_later_runs_that_are_given_a_leaf_are_not_like_those_given_a_result():
    class Gated(nn.Module):
        def forward(self, x, gate):
            return autograd.tanh(x * gate)

    y, part = Tensor(0.5, requires_grad=True), Gated()
    leaves = [Tensor(1.0, requires_grad=True) for _ in range(3)]
    results = [leaf.exp() for leaf in leaves]
    for gate in (*leaves, *results):
        y = part(y, gate)

    assert [t for t in titles(y) if "×" in t] == ["Gated × 3", "Gated × 3"]


def test_an_input_that_is_left_out_is_not_one_that_is_given():
    class Part(nn.Module):
        def __init__(self, bias):
            self.weight, self.bias = nn.Parameter(np.eye(3)), nn.Parameter(np.ones(3)) if bias else None

        def forward(self, x):
            return nn.functional.linear(x, self.weight, self.bias)

    mixed = nn.Sequential(Part(False), Part(True))
    assert not [t for t in titles(mixed(np.ones((2, 3))).sum()) if "×" in t]


# -- names ---------------------------------------------------------------------------------------------


def test_parts_of_two_models_with_the_same_paths_begin_with_the_class_of_their_model():
    class Generator(nn.Sequential):
        pass

    one, two, three = (kind(nn.Linear(3, 3)) for kind in (Generator, nn.Sequential, nn.Sequential))
    out = three(two(one(X))).sum()
    record = read([out])

    assert [call.title for call in calls(record.items)] == [
        "Generator",
        "Generator.0: Linear",
        "Sequential",
        "Sequential.0: Linear",
        "Sequential_2: Sequential",
        "Sequential_2.0: Linear",
    ]
    assert record.names.name(two[0].weight._node) == "Sequential.0.weight"
    assert read([out], two).names.name(two[0].weight._node) == "0.weight"


def test_a_layer_called_before_its_model_has_its_name_in_the_model():
    model = nn.Sequential(nn.Linear(3, 3), nn.Tanh())

    assert titles(model(model[0](X)).sum()) == ["0: Linear", "Sequential", "0: Linear", "1: Tanh"]


# -- speed ---------------------------------------------------------------------------------------------


MANY = 50_000


def chain(x):
    y = x
    for _ in range(MANY):
        y = y.sin()
    return y


def tree(x):
    level = [x * float(i) for i in range(MANY // 2)]
    while len(level) > 1:
        level = [a + b for a, b in zip(level[::2], level[1::2])] + level[len(level) & ~1 :]
    return level[0]


def tangle(x):
    chance, made = random.Random(0), [x]
    for _ in range(MANY):
        a, b = chance.choices(made[-50:], k=2)
        made.append((a.sin(), autograd.maximum(a, b), autograd.minimum(a, b))[chance.randrange(3)])
    return made[-1]


def interleaved(x):
    total = x
    for i in range(MANY // 2):
        total = total + (x * float(i) if i % 3 else x.sin())
    return total


def modules(x):
    parts = [nn.Sequential(nn.Tanh(), nn.ReLU()) for _ in range(50)]
    for i in range(3_000):
        x = parts[i % 50](x) if i % 7 else parts[0][0](x)
    return x


@pytest.mark.parametrize("program", [chain, tree, tangle, interleaved, modules])
def test_a_record_of_any_kind_is_read_and_folded_quickly(program):
    output = program(Tensor(1.0, requires_grad=True))
    started = time.process_time()
    read([output])

    assert time.process_time() - started < 10  # it takes 0.5 s
