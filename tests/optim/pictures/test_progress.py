"""What a user of `fit` sees: in a terminal, in a file, and in a notebook that was run, saved and exported."""

import fcntl
import os
import struct
import sys
import termios
import time
from contextlib import suppress

import numpy as np
import pytest

import autograd
import nn
import optim
from optim.pictures.progress import Progress

rng = np.random.default_rng(0)
X = rng.normal(size=(64, 3)).astype(np.float32)
LABELS = (X[:, 0] > 0).astype(np.int64)
BATCHES = [(X[i : i + 16], LABELS[i : i + 16]) for i in range(0, 64, 16)]


@pytest.fixture
def terminal(monkeypatch):
    """Put a terminal of so many columns in the place of the error stream; what it is asked for later is its lines."""
    master, slave = os.openpty()
    stream = os.fdopen(slave, "w", encoding="utf-8")
    os.set_blocking(master, False)

    def lines():
        stream.flush()
        text = b""
        with suppress(BlockingIOError):
            while True:
                text += os.read(master, 4096)
        return [line for line in text.decode().replace("\n", "\r").split("\r") if line.strip()]

    def of(columns):
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        monkeypatch.setattr(sys, "stderr", stream)
        return lines

    yield of
    stream.close()
    os.close(master)


def fit(epochs=3, data=BATCHES, pause=0.0, **options):
    def forward(model, x, y):
        time.sleep(pause)
        return model(x), y

    autograd.seed(0)
    model = nn.Linear(3, 2)
    given = {"metrics": [optim.metrics.accuracy], "forward": forward, **options}
    return optim.fit(model, data, nn.CrossEntropyLoss(), optim.Adam(model.parameters()), epochs, **given)


@pytest.mark.parametrize("columns", [30, 80, 200])
@pytest.mark.parametrize("progress", [True, "a run whose name is long"])
def test_a_terminal_shows_the_loss_at_every_moment_after_the_first_step(terminal, columns, progress):
    lines = terminal(columns)
    fit(validation=BATCHES[:1], pause=0.05, progress=progress)
    first, *later = lines()

    assert "epoch 1/3" in first
    assert len(later) >= 3
    assert all(" loss=" in line for line in later)
    assert all(len(line) <= columns for line in later)


def test_eighty_columns_have_room_for_both_losses_the_bar_and_the_time_left(terminal):
    lines = terminal(80)
    history = fit(12, validation=BATCHES[:1])
    last = lines()[-1]

    for part in ("epoch 12/12", f"loss={history['loss'][-1]:.4g}", "validation_loss=", "100%|█", "00:00<00:00"):
        assert part in last


def test_thousands_of_short_epochs_are_not_all_drawn(terminal):
    lines = terminal(80)
    history = fit(100, BATCHES[:1])
    shown = lines()

    assert len(shown) < 10 + 20 * sum(history["seconds"])
    assert f"epoch 100/100 loss={history['loss'][-1]:.4g}" in shown[-1]


def test_a_wide_terminal_has_metrics_rate_and_samples_a_second_too(terminal):
    lines = terminal(160)
    history = fit(validation=BATCHES)
    last = lines()[-1]

    for part in ("192/192", "samples/s", "lr=0.001"):
        assert part in last
    for column in ("loss", "accuracy", "validation_loss", "validation_accuracy"):
        assert f"{column}={history[column][-1]:.4g}" in last


def test_data_of_unknown_size_are_counted(terminal):
    class Batches:
        def __len__(self):
            return len(BATCHES)

        def __iter__(self):
            return iter(BATCHES)

    lines = terminal(120)
    fit(2, Batches())
    last = lines()[-1]

    assert "loss=" in last
    assert "128 samples" in last
    assert "%" not in last


def test_braces_in_a_name_are_a_name(terminal):
    lines = terminal(80)
    fit(1, progress="{bar} of {}")

    assert "{bar} of {} epoch 1/1" in lines()[-1]


def test_a_file_gets_one_line_an_epoch_with_all_its_numbers(capsys):
    history = fit(3, validation=BATCHES, progress="LSTM, seed 0")
    lines = capsys.readouterr().err.splitlines()

    assert len(lines) == 3
    for i, line in enumerate(lines):
        assert line.startswith(f"LSTM, seed 0 epoch {i + 1}/3 loss={history['loss'][i]:.4g} validation_loss=")
        assert "accuracy=" in line
        assert "lr=0.001" in line
        assert line.endswith(" s")
        assert "\r" not in line


def test_without_progress_nothing_is_said(capsys):
    fit(2, progress=False)

    assert capsys.readouterr().err == ""


def test_numbers_are_asked_for_only_where_they_are_shown(capsys):
    with Progress("", 1, 4, 0, True) as progress:
        progress.begin(1)
        progress.step(4, lambda: pytest.fail("a file shows no steps"))


PROGRAM = """
import numpy as np, nn, optim, time
x = np.ones((64, 3), "f")
model = nn.Linear(3, 1)
def forward(model, x, y):
    time.sleep(0.05)
    return model(x), y
batches = [(x, x[:, :1])] * 4
optim.fit(model, batches, nn.MSELoss(), optim.SGD(model.parameters(), lr=0.1), 3, forward=forward)
"""


def test_a_notebook_has_one_live_line_which_its_file_and_its_export_keep():
    pytest.importorskip("ipykernel", reason="`make notebooks` installs it")
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    from nbconvert import HTMLExporter, MarkdownExporter

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(PROGRAM)])
    nbclient.NotebookClient(notebook, timeout=60).execute()
    line, result = notebook.cells[0].outputs  # the line, and the History that fit returned

    assert (line.output_type, result.output_type) == ("display_data", "execute_result")
    assert line.data["text/plain"].startswith("epoch 3/3 loss=")
    assert "<svg" in result.data["text/html"]
    assert "768/768" in line.data["text/plain"]
    for exporter in (HTMLExporter(), MarkdownExporter()):
        assert exporter.from_notebook_node(notebook)[0].count("epoch 3/3 loss=") == 1
