"""Each example runs from the command line, trains a little, and leaves what it says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from optim import lr_scheduler

ROOT = Path(__file__).parents[1]


def run(*command, **variables):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "agg", **variables}
    done = subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def printed_accuracy(printed):
    return float(re.search(r"test accuracy +([\d.]+)%", printed)[1])


def is_png(path):
    return path.read_bytes().startswith(b"\x89PNG")


def write_idx(path, array):
    header = bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
    path.write_bytes(header + array.astype(np.uint8).tobytes())


@pytest.fixture
def clothes(tmp_path):
    """A folder with bars of ten lengths in the place of Fashion-MNIST."""
    rng = np.random.default_rng(0)
    folder = tmp_path / "data" / "fashion-mnist"
    folder.mkdir(parents=True)
    for name, count in (("train", 960), ("t10k", 200)):
        labels = rng.integers(0, 10, count)
        images = rng.integers(0, 100, (count, 28, 28))
        for image, label in zip(images, labels):
            image[4 : 6 + 2 * label] += 150
        write_idx(folder / f"{name}-images-idx3-ubyte", images)
        write_idx(folder / f"{name}-labels-idx1-ubyte", labels)
    return str(tmp_path / "data")


def test_digits_mlp_learns_and_draws(tmp_path):
    printed = run("examples/digits_mlp.py", "--epochs", "4", "--out", str(tmp_path))

    assert printed_accuracy(printed) > 90
    assert "cross_entropy" in (tmp_path / "backprop.svg").read_text()
    assert is_png(tmp_path / "training.png")
    assert str(tmp_path / "backprop.svg") in printed


def test_digits_cnn_learns_and_draws(tmp_path):
    printed = run("examples/digits_cnn.py", "--epochs", "2", "--out", str(tmp_path))

    assert printed_accuracy(printed) > 90
    assert is_png(tmp_path / "digits_cnn.png")
    assert is_png(tmp_path / "digits_cnn_curves.png")


def test_fashion_cnn_learns_and_draws(tmp_path, clothes):
    printed = run("examples/fashion_cnn.py", "--epochs", "3", "--out", str(tmp_path), GLASSGRAD_DATA=clothes)

    assert printed_accuracy(printed) > 60
    assert is_png(tmp_path / "fashion_cnn_confusion.png")
    assert is_png(tmp_path / "fashion_cnn_curves.png")


def test_fashion_resnet_learns_and_finds_its_finished_run_again(tmp_path, clothes):
    command = "examples/fashion_resnet.py", "--epochs", "3", "--batch", "32", "--out", str(tmp_path)
    printed = run(*command, GLASSGRAD_DATA=clothes)
    written = (tmp_path / "fashion_resnet.checkpoint").read_bytes()

    assert printed_accuracy(printed) > 60
    assert is_png(tmp_path / "fashion_resnet_mistakes.png")
    assert is_png(tmp_path / "fashion_resnet_curves.png")
    assert run(*command, GLASSGRAD_DATA=clothes) == printed
    assert (tmp_path / "fashion_resnet.checkpoint").read_bytes() == written


def test_ablation_compares_each_regularisation_over_seeds(tmp_path):
    printed = run("examples/ablation.py", "--epochs", "2", "--seeds", "2", "--out", str(tmp_path))
    rows = dict(re.findall(r"^(\w[\w ]*?) {2,}([\d.]+) ±", printed, re.MULTILINE))

    assert list(rows) == [
        *(
            "nothing",
            "L2",
            "dropout",
            "batch norm",
            "augmentation",
            "early stopping",
            "all five",
            "all but stopping",
            "200 more images",
        )
    ]
    assert float(rows["batch norm"]) > 60
    assert is_png(tmp_path / "ablation.png")


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
