"""The ledger: its peak is tracemalloc's, what it says is kept is there, and its promises of checkpoints hold."""

import gc
import sys
import tracemalloc
import weakref

import numpy as np
import pytest

import autograd
import nn
import optim
from autograd import Tensor
from autograd.memory import ledger
from autograd.watch.memory import text
from autograd.watch.memory.buffers import NEVER
from benchmarks import networks
from benchmarks.workloads import classes, pixels

TOKENS = classes(8 * 33, 65).reshape(8, 33)
NETWORKS = {
    "MLP": (lambda: networks.mlp(nn, (784, 256, 256, 10)), pixels(64, 784), classes(64)),
    "LeNet": (lambda: networks.lenet(nn), pixels(32, 1, 28, 28), classes(32)),
    "LSTM": (lambda: networks.recurrent(nn, "LSTM", 32, 64), pixels(32, 16, 32), classes(16)),
    "GPT": (lambda: networks.gpt(nn, 65, 32, 64, 4, 2), TOKENS[:, :-1].copy(), TOKENS[:, 1:].reshape(-1)),
}


def step_of(name):
    """A training step with Adam, after a first one, which makes what stays; and the model."""
    build, x, y = NETWORKS[name]
    model = build()
    optimizer = optim.Adam(model.parameters())
    x, y = Tensor(x), Tensor(y)

    def step():
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()

    step()
    optimizer.zero_grad()
    return step, model


def traced_peak(act):
    """By tracemalloc alone."""
    gc.collect()
    tracemalloc.start()
    act()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


@pytest.mark.parametrize("name", NETWORKS)
def test_the_peak_is_within_five_per_cent_of_tracemallocs(name):
    step, _ = step_of(name)
    expected = traced_peak(step)
    optimizerless = step_of(name)[0]
    with ledger() as memory:
        optimizerless()

    assert memory.peak == pytest.approx(expected, rel=0.05)
    assert sum(memory._account.parts.values()) == pytest.approx(memory.peak, rel=0.05)


@pytest.mark.no_cover  # a measurement of coverage notes lines, in memory that tracemalloc sees
def test_what_the_ledger_notes_is_not_counted():
    x = Tensor(np.ones(8), requires_grad=True)

    def act():
        y = x
        for _ in range(500):
            y = y * x
        return y

    expected = traced_peak(act)
    with ledger() as memory:
        act()

    assert memory.peak == pytest.approx(expected, rel=0.1)  # some hundred bytes a call; noted are a thousand


@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_kept_is_what_the_forward_pass_leaves_behind(name):
    build, x, y = NETWORKS[name]
    model, x, y = build(), Tensor(x), Tensor(y)
    nn.functional.cross_entropy(model(x), y)
    gc.collect()
    tracemalloc.start()
    loss = nn.functional.cross_entropy(model(x), y)
    arrays = tracemalloc.take_snapshot().filter_traces([tracemalloc.DomainFilter(True, np.lib.tracemalloc_domain)])
    tracemalloc.stop()
    expected = sum(trace.size for trace in arrays.traces)
    del loss
    with ledger() as memory:
        nn.functional.cross_entropy(model(x), y)

    assert memory.kept == pytest.approx(expected, rel=0.01)
    for what in ("op", "module", "line"):
        assert sum(row.kept for row in memory.by(what)) == memory.kept


def test_every_array_counts_once_and_parameters_and_inputs_do_not():
    w, x = Tensor(np.ones((50, 50)), requires_grad=True), Tensor(np.ones((50, 50)))
    with ledger() as memory:
        y = autograd.exp(x * w)  # the product keeps x; exp keeps y
        z = y * y.T  # keeps y, twice
        z.sum().backward()

    assert memory.kept == y.data.nbytes
    assert [(row.name, row.kept) for row in memory.by("op")] == [("exp", 20_000)]
    assert "test_memory.py" in memory.by("line")[0].name


def test_modules_are_named_by_their_paths():
    _, model = step_of("GPT")
    with ledger() as memory:
        nn.functional.cross_entropy(model(Tensor(NETWORKS["GPT"][1])), Tensor(NETWORKS["GPT"][2])).backward()
    names = {row.name for row in memory.by("module")}

    assert {"blocks.0.gelu", "blocks.1.norm1", "no module"} <= names
    assert {m.module for m in memory.timeline if m.op == "gelu" and m.phase == "backward"} == {
        "blocks.0.gelu",
        "blocks.1.gelu",
    }


def test_modules_of_two_models_are_told_apart():
    first, second = (nn.Sequential(nn.Linear(4, 4), nn.Tanh()) for _ in range(2))
    with ledger() as memory:
        second(first(Tensor(np.ones((9, 4), np.float32)))).sum().backward()

    assert {"Sequential.1", "Sequential_2.1"} <= {row.name for row in memory.by("module")}


class Checkpointed(nn.Module):
    """A module that is run again for backward."""

    def __init__(self, inner):
        self.inner = inner

    def forward(self, *args):
        return autograd.checkpoint(self.inner)(*args)


def kept_at_backward(memory):
    return memory._account.held[[m.phase for m in memory.timeline].index("backward") - 1]


def test_a_checkpoint_saves_what_was_promised():
    build, x, y = NETWORKS["GPT"][0], *map(Tensor, NETWORKS["GPT"][1:])

    def run(model):
        nn.functional.cross_entropy(model(x), y).backward()

    model = build()
    run(model)
    with ledger() as memory:
        run(model)
    promised = {saving.name: saving for saving in memory.savings()}
    blocks = promised["blocks.0 … blocks.1: Block"]
    model.blocks = nn.Sequential(*map(Checkpointed, model.blocks))
    run(model)
    with ledger() as after:
        run(model)

    assert blocks.modules == 2
    assert blocks.peak < 0.8 * memory.peak
    assert traced_peak(lambda: run(model)) == pytest.approx(blocks.peak, rel=0.06)
    assert kept_at_backward(memory) - kept_at_backward(after) == pytest.approx(blocks.kept, rel=0.01)


def test_what_cannot_lower_the_peak_is_not_promised():
    model = nn.Sequential(nn.ReLU(), nn.Flatten())
    x = Tensor(np.ones((100, 10), np.float32), requires_grad=True)
    with ledger() as memory:
        model(x).sum().backward()

    assert memory.savings() == []
    assert "checkpoint" not in str(memory)


def test_temporaries_of_an_operation_are_part_of_its_peak():
    x = Tensor(np.ones((8, 3, 32, 32), np.float32), requires_grad=True)
    layer = nn.Conv2d(3, 4, 5)
    layer(x)
    with ledger() as memory:
        layer(x)
    (call,) = [m for m in memory.timeline if m.op.startswith("conv")]

    assert call.peak > call.live
    assert call.line.rpartition("/")[2].startswith("test_memory.py:")


def test_several_steps_are_one_account_and_the_table_is_of_one():
    step, _ = step_of("MLP")
    with ledger() as one:
        step()
    with ledger() as three:
        for _ in range(3):
            step()

    assert three.kept == pytest.approx(one.kept, rel=0.02)
    assert three.by("op") == one.by("op")
    assert [m.phase for m in three.timeline].count("between") == 3
    assert three.peak == pytest.approx(one.peak, rel=0.05)


def test_it_changes_no_result_and_keeps_nothing_alive():
    x = Tensor(np.ones(1000), requires_grad=True)
    (x * x).exp().sum().backward()
    expected, x.grad = x.grad, None
    gc.collect()
    gc.disable()
    try:
        with ledger() as memory:
            loss = (x * x).exp().sum()
            loss.backward()
        del loss
        np.testing.assert_array_equal(x.grad.data, expected.data)
        assert [b for b in memory._buffers.seen if b.role == "result" and b.size > 100 and b.died == NEVER] == []
        gone = weakref.ref(memory)
        del memory
        assert gone() is None  # with the collector of cycles off
    finally:
        gc.enable()


def test_a_report_says_where_the_peak_is_and_draws_the_sweep():
    step, _ = step_of("GPT")
    with ledger() as memory:
        step()
    said = str(memory).splitlines()

    assert said[0].startswith(f"peak {text.size(memory.peak)}, in ")
    assert said[1].startswith("  of it ")
    assert said[2].startswith("kept for backward ")
    assert max(said[4]) == "█"
    assert said[5].split() == ["forward", "backward"]
    assert any("blocks.0 … blocks.1: Block × 2" in line for line in said)
    assert max(map(len, said)) <= 120


def test_the_plot_is_a_figure():
    step, _ = step_of("MLP")
    with ledger() as memory:
        step()
    figure = memory.plot()

    assert figure.axes[0].get_title().startswith("peak ")
    assert figure._repr_png_()[1:4] == b"PNG"


def test_without_matplotlib_the_error_names_the_pip_command(monkeypatch):
    with ledger() as memory:
        pass
    monkeypatch.delitem(sys.modules, "autograd.support.figure", raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"ledger.plot draws with matplotlib; mend: pip install matplotlib"):
        memory.plot()


def test_misuse_is_explained():
    assert str(ledger()) == "ledger: nothing noted yet"
    with ledger() as memory, pytest.raises(autograd.GraphError, match=r"another one is open.*use one of them"):
        ledger().__enter__()
    with pytest.raises(ValueError, match=r"ledger.by: what='size' is not one of 'op', 'module', 'line'"):
        memory.by("size")
    with pytest.raises(autograd.GraphError, match="nothing was noted yet"):
        _ = ledger().peak
    assert not tracemalloc.is_tracing()


def test_whoever_traces_already_goes_on_tracing():
    tracemalloc.start()
    try:
        with ledger():
            pass
        assert tracemalloc.is_tracing()
    finally:
        tracemalloc.stop()


def test_a_block_that_fails_leaves_everything_as_it_was():
    with pytest.raises(ZeroDivisionError), ledger():
        _ = Tensor(1.0, requires_grad=True) * (1 / 0)
    with ledger() as memory:
        Tensor(1.0, requires_grad=True).exp().backward()

    assert memory.timeline
    assert not tracemalloc.is_tracing()
