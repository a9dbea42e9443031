"""Each example runs from the command line, trains a little, and leaves what it says."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

import autograd
from nn.data.datasets import sine_tasks, sunspots
from optim import lr_scheduler

ROOT = Path(__file__).parents[1]


def run(*command, **variables):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "agg", **variables}
    done = subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def example(name):
    specification = importlib.util.spec_from_file_location(name, ROOT / "examples" / f"{name}.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def printed_accuracy(printed):
    return float(re.search(r"test accuracy +([\d.]+)%", printed)[1])


def is_png(path):
    return path.read_bytes().startswith(b"\x89PNG")


def write_idx(path, array):
    path.parent.mkdir(parents=True, exist_ok=True)
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    path.write_bytes(header + array.astype(np.uint8).tobytes())


@pytest.fixture
def clothes(tmp_path):
    """A folder with bars of ten lengths in the place of Fashion-MNIST."""
    rng = np.random.default_rng(0)
    folder = tmp_path / "data" / "fashion-mnist"
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
    assert is_png(tmp_path / "augmentation.png")


def test_every_schedule_is_drawn(tmp_path):
    printed = run("examples/schedules.py", "--out", str(tmp_path))
    source = (ROOT / "examples" / "schedules.py").read_text()

    assert is_png(tmp_path / "schedules.png")
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
    assert is_png(tmp_path / "char_gpt.png")


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
    assert is_png(tmp_path / "seq2seq.png")


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
    assert is_png(tmp_path / "sunspots.png")


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
    assert is_png(tmp_path / "long_memory.png")


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


def test_autoencoder_restores_better_than_the_mean_and_draws(tmp_path, small_images):
    printed = run("examples/autoencoder.py", "--epochs", "25", "--out", str(tmp_path), **small_images)

    assert number("test error, autoencoder", printed) < 0.6 * number("test error, the mean image", printed)
    assert 0 < number("test error, PCA", printed) < number("test error, autoencoder", printed) + 0.05
    assert is_png(tmp_path / "autoencoder.png")
    assert is_png(tmp_path / "autoencoder_training.png")


def test_vae_describes_digits_in_fewer_nats_than_independent_pixels_and_draws(tmp_path):
    printed = run("examples/vae.py", "--data", "digits", "--epochs", "60", "--hidden", "100", "--out", str(tmp_path))

    assert number("negative ELBO on the test set", printed) < number("pixels taken as independent", printed) - 1
    assert is_png(tmp_path / "vae.png")


def test_gan_forges_digits_that_say_something_and_draws(tmp_path):
    printed = run("examples/gan.py", "--epochs", "12", "--out", str(tmp_path))

    assert number("inception score of 1,000 forged digits", printed) > 3
    assert number("of 500 real ones", printed) > 8
    assert is_png(tmp_path / "gan.png")


def test_maml_adapts_in_five_steps_and_draws(tmp_path):
    printed = run("examples/maml.py", "--steps", "200", "--out", str(tmp_path))

    assert number("MAML      after  5 steps", printed) < 0.9 * number("MAML      after  0 steps", printed)
    assert number("baseline  after  5 steps", printed) > number("MAML      after  5 steps", printed)
    assert is_png(tmp_path / "maml.png")


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


def test_private_learns_less_where_it_tells_less():
    printed = run("examples/private.py", "--steps", "100")
    rows = [tuple(map(float, row)) for row in re.findall(r"epsilon +(\S+) +test accuracy ([\d.]+)%", printed)]

    assert [epsilon for epsilon, _ in rows] == [np.inf, 7.78, 2.69, 1.18]
    assert rows[0][1] > 90
    assert rows[1][1] > 85
    assert rows[3][1] < rows[0][1] - 3


def test_the_epsilon_of_private_is_that_of_one_gaussian_where_all_images_are_drawn(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "examples")
    import private

    # of the Gaussian mechanism the divergence of order a is a / (2 sigma^2)
    assert private.spent(1.0, 4.0, 1) == pytest.approx(
        min(a / 32 + np.log(1 / private.DELTA) / (a - 1) for a in range(2, 33))
    )


def test_influence_foretells_what_training_again_gives_and_draws(tmp_path):
    printed = run("examples/influence.py", "--left-out", "3", "--out", str(tmp_path))

    assert number("correlation of 9 images", printed) > 0.99
    predicted, true = re.search(r"most for .*predicted \+([\d.]+), trained again \+([\d.]+)", printed).groups()
    assert float(predicted) == pytest.approx(float(true), rel=0.3)
    assert is_png(tmp_path / "influence.png")


def test_poisson_finds_the_sources_and_draws(tmp_path):
    printed = run("examples/poisson.py", "--size", "32", "--points", "200", "--out", str(tmp_path))

    assert number("sources, off by", printed) < 30
    assert number("potential, off by", printed) < 3
    assert is_png(tmp_path / "poisson.png")


def test_the_potential_of_poisson_solves_its_equation():
    x = np.arange(32) / 32
    wave = np.sin(2 * np.pi * x)[:, None] * np.cos(4 * np.pi * x)

    # of a product of waves, -laplace multiplies by the squares of both
    np.testing.assert_allclose(example("poisson").solve(3.0 + wave), wave / (20 * np.pi**2), atol=1e-12)


def test_a_spectral_filter_comes_near_wieners_and_draws(tmp_path):
    printed = run("examples/spectral_filter.py", "--steps", "100", "--out", str(tmp_path))

    assert number("learnt", printed) < 1.03 * number("Wiener's", printed)
    assert number("Wiener's", printed) < 0.2 * number("not filtered", printed)
    assert is_png(tmp_path / "spectral_filter.png")


def test_cartpole_learns_to_balance_and_draws(tmp_path):
    printed = run("examples/cartpole.py", "--rounds", "6", "--seeds", "0", "--out", str(tmp_path))

    lengths = {n: int(x) for n, x in re.findall(r"^(\w[\w ]*?) {2,}.*; {2}(\d+)$", printed, re.MULTILINE)}
    assert list(lengths) == ["REINFORCE", "PPO", "PPO without its clip"]
    assert lengths["REINFORCE"] > 50  # of choices by chance, 22
    assert lengths["PPO"] > 100
    assert is_png(tmp_path / "cartpole.png")


def test_the_cart_moves_as_lagranges_equations_say(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "examples")
    import cartpole

    def lagrangian(at, rate):  # a rod of 0.1 kg and 1 m turns about its middle with m (2 l)**2 / 12
        across, up = rate[0] + 0.5 * rate[1] * np.cos(at[1]), -0.5 * rate[1] * np.sin(at[1])
        energy = 1.0 * rate[0] ** 2 / 2 + 0.1 * (across**2 + up**2) / 2 + (0.1 / 12) * rate[1] ** 2 / 2
        return energy - 0.1 * 9.8 * 0.5 * np.cos(at[1])

    at, rate = np.array([0.3, 0.2]), np.array([-0.4, 0.7])
    mass = autograd.hessian(lambda rate: lagrangian(at, rate))(rate)
    mixed = autograd.jacobian(lambda at: autograd.grad(lagrangian, 1)(at, rate))(at)
    pull = autograd.grad(lagrangian)(at, rate) - mixed @ rate
    state = np.array([[at[0], rate[0], at[1], rate[1]]])

    for right, force in ((True, 10.0), (False, -10.0)):
        change = (cartpole.move(state, np.array([right])) - state)[0] / 0.02
        np.testing.assert_allclose(change[[0, 2]], rate)
        np.testing.assert_allclose(change[[1, 3]], np.linalg.solve(mass, pull + np.array([force, 0.0])), rtol=1e-10)


def test_an_advantage_trusts_what_was_earned_or_what_was_foreseen(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "examples")
    import cartpole

    foreseen = np.array([[3.0, 1.0], [5.0, 2.0], [7.0, 4.0]])
    standing = np.array([[True, True], [True, False], [True, False]])  # the second one falls at once
    g = cartpole.DISCOUNT

    earned = cartpole.advantages(foreseen, standing, trust=1.0)
    np.testing.assert_allclose(earned, [[1 + g + g**2 * 7 - 3, 1 - 1], [1 + g * 7 - 5, 0]])
    next_step = cartpole.advantages(foreseen, standing, trust=0.0)
    np.testing.assert_allclose(next_step, [[1 + g * 5 - 3, 1 - 1], [1 + g * 7 - 5, 0]])


def test_a_flow_knows_moons_better_than_a_normal_density_does_and_draws(tmp_path):
    printed = run("examples/flow.py", "--steps", "60", "--seeds", "0", "--out", str(tmp_path))

    assert number("the best normal", printed) + 0.1 < number("flow", printed) < number("true density", printed)
    assert is_png(tmp_path / "flow.png")


def test_a_coupling_goes_back_and_knows_its_stretch(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "examples")
    import flow

    autograd.seed(0)
    for moved in (0, 1):
        coupling, x = flow.Coupling(moved), np.array([0.3, -0.8], np.float32)
        y = coupling(x)
        assert y[1 - moved] == x[1 - moved]
        assert y[moved] != x[moved]
        np.testing.assert_allclose(coupling.inv(y).data, x, rtol=1e-5)
        with autograd.no_grad():
            stretch = coupling.log_abs_det_jacobian(autograd.Tensor(x), y).item()
        assert stretch == pytest.approx(np.log(np.linalg.det(autograd.jacobian(coupling)(x).data)), rel=1e-4)


def test_draws_of_hmc_have_the_posterior_of_the_closed_form(tmp_path):
    printed = run("examples/hmc.py", "--draws", "60", "--seeds", "0", "--out", str(tmp_path))

    row = re.search(r"^ +0 +([\d.]+)% +([\d.]+) +([\d.]+)% +([\d.]+)%", printed, re.MULTILINE)
    accepted, r_hat, mean, spread = map(float, row.groups())
    assert accepted > 60
    assert r_hat < 1.1
    assert mean < 25  # percent of a standard deviation; 240 independent draws would be off by about 12
    assert spread < 20
    assert is_png(tmp_path / "hmc.png")


def test_a_leapfrog_goes_back_and_keeps_the_energy(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "examples")
    import hmc

    start, push = np.array([[0.3, -1.0]]), np.array([[1.0, 0.5]])
    slope = autograd.grad(lambda q: -(q**4).sum() / 4)
    there, momentum = hmc.leapfrog(start, push, slope, 0.01, 50)
    back, returned = hmc.leapfrog(there, -momentum, slope, 0.01, 50)

    np.testing.assert_allclose(back, start, atol=1e-12)
    np.testing.assert_allclose(returned, -push, atol=1e-12)
    energy = [(q**4).sum() / 4 + (p**2).sum() / 2 for q, p in ((start, push), (there, momentum))]
    assert abs(there - start).max() > 0.2
    assert energy[1] == pytest.approx(energy[0], rel=1e-4)
