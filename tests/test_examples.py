"""Each example runs from the command line, trains a little, and leaves what it says."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nn.data.datasets import sunspots
from optim import lr_scheduler

ROOT = Path(__file__).parents[1]


def run(*command):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "agg"}
    done = subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def example(name):
    specification = importlib.util.spec_from_file_location(name, ROOT / "examples" / f"{name}.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_digits_mlp_learns_and_draws(tmp_path):
    printed = run("examples/digits_mlp.py", "--epochs", "4", "--out", str(tmp_path))

    assert float(re.search(r"test accuracy +([\d.]+)%", printed)[1]) > 90
    assert "cross_entropy" in (tmp_path / "backprop.svg").read_text()
    assert (tmp_path / "training.png").read_bytes().startswith(b"\x89PNG")
    assert str(tmp_path / "backprop.svg") in printed


def test_augmentation_draws_each_transform(tmp_path):
    printed = run("examples/augmentation.py", "--out", str(tmp_path))

    assert str(tmp_path / "augmentation.png") in printed
    assert (tmp_path / "augmentation.png").read_bytes().startswith(b"\x89PNG")


def test_every_schedule_is_drawn(tmp_path):
    printed = run("examples/schedules.py", "--out", str(tmp_path))
    source = (ROOT / "examples" / "schedules.py").read_text()

    assert (tmp_path / "schedules.png").read_bytes().startswith(b"\x89PNG")
    assert str(tmp_path / "schedules.png") in printed
    assert [name for name in (*lr_scheduler.__all__, "SWALR") if f".{name}(" not in source] == ["LRScheduler"]


@pytest.mark.parametrize("workload", ["scalar", "overhead", "data", "adam"])
def test_the_benchmark_runs_with_whatever_is_installed(workload):
    printed = run("-m", "benchmarks", "--rounds", "2", "--seconds", "0.01", "--only", workload)

    assert any(word in printed for word in ("forward", "glassgrad", "% of a step"))


def test_char_gpt_learns_to_spell_and_writes(tmp_path):
    printed = run("examples/char_gpt.py", "--limit", "10000", "--epochs", "7", "--out", str(tmp_path))

    bits = {name: float(x) for name, x in re.findall(r"^(GPT|\d-gram) +([\d.]+)", printed, re.MULTILINE)}
    assert (
        bits["3-gram"] < bits["GPT"] < 0.95 * bits["1-gram"]
    )  # the latter knows no more than how frequent letters are
    assert len(re.search(r"it writes\n\n(.*)\n\nbits", printed, re.DOTALL)[1]) == 400
    assert (tmp_path / "char_gpt.png").read_bytes().startswith(b"\x89PNG")


def test_char_gpt_never_judges_by_paragraphs_that_it_trained_on():
    train, validation, test = example("char_gpt").load("python", None)

    known = set(train.split("\n\n"))
    judged = [p for text in (validation, test) for p in text.split("\n\n")[1:-1]]
    assert len(judged) > 50
    assert not known.intersection(judged)


def test_seq2seq_learns_to_write_sums(tmp_path):
    printed = run("examples/seq2seq.py", "--limit", "2000", "--epochs", "3", "--out", str(tmp_path))

    first, last = map(float, re.search(r"loss +([\d.]+) in the first epoch, ([\d.]+)", printed).groups())
    assert last < 0.9 * first
    assert re.search(r"whole answers right +[\d.]+% of 1,500 sums", printed)
    assert (tmp_path / "seq2seq.png").read_bytes().startswith(b"\x89PNG")


def test_seq2seq_asks_for_sums_that_were_not_in_training_in_either_order():
    sums = example("seq2seq").pairs(3000, seed=0)

    assert len(sums) == 3000
    assert len({frozenset(pair) for pair in sums.tolist()}) == 3000
    assert sums.min() == 0
    assert sums.max() == 999


def test_sunspots_networks_beat_last_year(tmp_path):
    printed = run("examples/sunspots.py", "--epochs", "25", "--seeds", "0", "--out", str(tmp_path))

    errors = {name: float(x) for name, x in re.findall(r"^([a-z0-9 ]+?) {2,}([\d.]+)", printed, re.MULTILINE)}
    assert set(errors) == {"rnn", "gru", "lstm", "as last year", "as 11 years ago", "linear in 9 years"}
    assert max(errors[kind] for kind in ("rnn", "gru", "lstm")) < 0.8 * errors["as last year"]
    assert (tmp_path / "sunspots.png").read_bytes().startswith(b"\x89PNG")


def test_the_forecast_as_last_year_errs_by_the_change_from_year_to_year():
    years, counts = sunspots()

    change = np.diff(counts)[years[1:] >= 1960]
    assert example("sunspots").rivals(years, counts)["as last year"] == pytest.approx(np.sqrt(np.mean(change**2)))


def test_long_memory_gru_adds_what_it_was_told_to_keep(tmp_path):
    short = ("--length", "10", "--limit", "1000", "--epochs", "6", "--seeds", "0")
    printed = run("examples/long_memory.py", *short, "--out", str(tmp_path))

    errors = {name: float(x) for name, x in re.findall(r"^([A-Z][\w, ]+?) {2,}([\d.]+)", printed, re.MULTILINE)}
    assert set(errors) == {"RNN", "LSTM", "LSTM, gates open", "GRU"}
    assert errors["GRU"] < 0.3 * 1 / 6  # the error of always saying 1
    assert (tmp_path / "long_memory.png").read_bytes().startswith(b"\x89PNG")
