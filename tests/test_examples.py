"""Each example runs from the command line, trains a little, and leaves what it says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

import autograd
from nn.data.datasets import sine_tasks
from optim import lr_scheduler

ROOT = Path(__file__).parents[1]


def run(*command, **variables):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "agg", **variables}
    done = subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


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


def write_idx(path, array):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes())


@pytest.fixture(scope="module")
def small_images(tmp_path_factory):
    """Digits of scikit-learn blown up to 28 x 28, in the files of MNIST and Fashion-MNIST: nothing to download."""
    digits = load_digits()
    images = np.kron(digits.images / 16 * 255, np.ones((1, 3, 3))).astype(np.uint8)
    images, labels = np.pad(images, ((0, 0), (2, 2), (2, 2))), digits.target.astype(np.uint8)
    folder = tmp_path_factory.mktemp("data")
    for name in ("mnist", "fashion-mnist"):
        for part, rows in (("train", slice(None, 1000)), ("t10k", slice(1000, 1300))):
            write_idx(folder / name / f"{part}-images-idx3-ubyte", images[rows])
            write_idx(folder / name / f"{part}-labels-idx1-ubyte", labels[rows])
    return {"GLASSGRAD_DATA": str(folder)}


def number(label, printed):
    """The number that follows `label`."""
    return float(re.search(rf"^{re.escape(label)}\s+(-?[\d.]+)", printed, re.MULTILINE)[1])


def is_picture(path):
    return path.read_bytes().startswith(b"\x89PNG")


def test_autoencoder_restores_better_than_the_mean_and_draws(tmp_path, small_images):
    printed = run("examples/autoencoder.py", "--epochs", "25", "--out", str(tmp_path), **small_images)

    assert number("test error, autoencoder", printed) < 0.6 * number("test error, the mean image", printed)
    assert 0 < number("test error, PCA", printed) < number("test error, autoencoder", printed) + 0.05
    assert is_picture(tmp_path / "autoencoder.png")
    assert is_picture(tmp_path / "autoencoder_training.png")


def test_vae_describes_digits_in_fewer_nats_than_independent_pixels_and_draws(tmp_path):
    printed = run("examples/vae.py", "--data", "digits", "--epochs", "60", "--hidden", "100", "--out", str(tmp_path))

    assert number("negative ELBO on the test set", printed) < number("pixels taken as independent", printed) - 1
    assert is_picture(tmp_path / "vae.png")


def test_gan_forges_digits_that_say_something_and_draws(tmp_path):
    printed = run("examples/gan.py", "--epochs", "12", "--out", str(tmp_path))

    assert number("inception score of 1,000 forged digits", printed) > 3
    assert number("of 500 real ones", printed) > 8
    assert is_picture(tmp_path / "gan.png")


def test_maml_adapts_in_five_steps_and_draws(tmp_path):
    printed = run("examples/maml.py", "--steps", "200", "--out", str(tmp_path))

    assert number("MAML      after  5 steps", printed) < 0.9 * number("MAML      after  0 steps", printed)
    assert number("baseline  after  5 steps", printed) > number("MAML      after  5 steps", printed)
    assert is_picture(tmp_path / "maml.png")


def test_mamls_gradient_goes_through_the_steps_of_adaptation(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "examples")
    import maml

    rng = np.random.default_rng(0)
    weights = [autograd.Tensor(p.data.astype(np.float64), requires_grad=True) for p in maml.initial()]
    direction = [rng.normal(size=w.shape) for w in weights]
    x, y, query_x, query_y = (a.astype(np.float64) for a in sine_tasks(3, 5, 0))

    def loss(weights):
        return maml.losses(maml.adapt(weights, x, y, 2, 0.1, create_graph=True)[-1], query_x, query_y).mean()

    def along(step):
        moved = [autograd.Tensor(w.data + step * d, requires_grad=True) for w, d in zip(weights, direction)]
        return loss(moved).item()

    exact = sum(np.sum(g.data * d) for g, d in zip(autograd.gradients(loss(weights), weights), direction))

    np.testing.assert_allclose(exact, (along(1e-6) - along(-1e-6)) / 2e-6, rtol=1e-5)
