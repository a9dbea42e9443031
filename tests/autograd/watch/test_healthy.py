"""What is well stays without a finding: the first step of every example, and networks near each threshold."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

import autograd as ag
import nn
import optim
from nn.data import datasets

EXAMPLES = Path(__file__).parents[3] / "examples"
rng = np.random.default_rng(0)


class Enough(Exception):
    """The first step of an example was seen."""


def example(name):
    specification = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def consulted(monkeypatch):
    """`optim.fit` shows the model and its first batch to the doctor, and trains a step inside of detect_anomaly."""
    diagnoses = []

    def fit(model, data, loss, optimizer, *args, forward=None, **settings):
        def total(model, *batch):
            output, target = forward(model, *batch) if forward else (model(*batch[:-1]), batch[-1])
            return loss(output, target)

        batch = next(iter(data))
        diagnoses.append(ag.doctor(model, total, batch))
        with ag.detect_anomaly():
            for _ in range(2):
                optimizer.zero_grad()
                total(model, *batch).backward()
                optimizer.step()
        raise Enough

    monkeypatch.setattr(optim, "fit", fit)
    return diagnoses


@pytest.fixture
def images(monkeypatch):
    """Random images in the place of those that must be downloaded."""
    blurred = rng.random((256, 1, 28, 28), np.float32) ** 4
    data = blurred, rng.integers(0, 10, 256), blurred[:64], rng.integers(0, 10, 64)
    monkeypatch.setattr(datasets, "fashion_mnist", lambda: data)
    monkeypatch.setattr(datasets, "mnist", lambda: data)


@pytest.mark.parametrize(
    "name",
    [
        *("autoencoder", "char_gpt", "digits_cnn", "digits_mlp", "fashion_cnn", "fashion_resnet", "long_memory"),
        *("seq2seq", "sunspots", "vae"),
    ],
)
@pytest.mark.usefixtures("images")
def test_an_example_that_fits_is_healthy(name, consulted, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "argv", [name, "--out", str(tmp_path)])
    with pytest.raises(Enough):
        example(name).main()

    (diagnosis,) = consulted
    assert list(diagnosis) == []
    assert str(diagnosis).startswith("doctor: no finding")


def test_each_network_of_the_ablation_is_healthy(consulted):
    ablation = example("ablation")
    for settings in ablation.ROWS.values():
        with pytest.raises(Enough):
            ablation.run(0, 1, **settings)

    assert [list(d) for d in consulted] == [[]] * len(ablation.ROWS)


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
def test_each_kind_of_memory_is_healthy(kind):
    long_memory = example("long_memory")
    model = nn.models.SequenceClassifier(kind, 2, 32, classes=1)
    if kind == "lstm":
        long_memory.open_gates(model.recurrent, 100)
    x, y = datasets.adding_problem(50, 100, np.random.default_rng(0))

    assert list(ag.doctor(model, lambda m, x, y: nn.MSELoss()(m(x), y), (x, y))) == []


def test_both_networks_of_the_gan_are_healthy():
    gan = example("gan")
    forger, critic = gan.generator(), gan.discriminator()
    digits = datasets.digits()[0][:64].reshape(64, -1) * 2 - 1
    score = nn.functional.binary_cross_entropy_with_logits

    def of_critic(critic, real):
        forged = forger(ag.randn(len(real), gan.CODE)).detach()
        truth = np.repeat(np.float32([0.9, 0.0]), len(real))[:, None]
        return score(critic(ag.concatenate([real, forged])), truth)

    def of_forger(forger):
        return score(critic(forger(ag.randn(64, gan.CODE))), np.ones((64, 1), np.float32))

    assert list(ag.doctor(critic, of_critic, (digits,))) == []
    assert list(ag.doctor(forger, of_forger, ())) == []


def test_the_programs_without_a_model_are_healthy():
    maml, private, influence, spectral = map(example, ("maml", "private", "influence", "spectral_filter"))
    weights = maml.initial()

    def adapted(weights, x, y, query_x, query_y):
        return maml.losses(maml.adapt(weights, x, y, 5, 0.01, create_graph=True)[-1], query_x, query_y).mean()

    assert list(ag.doctor(weights, adapted, maml.sine_tasks(50, maml.SHOTS, rng, queries=10))) == []

    images, labels = (a[:100] for a in datasets.digits())
    assert list(ag.doctor(private.network(), lambda m, x, y: nn.CrossEntropyLoss()(m(x), y), (images, labels))) == []

    start = ag.Tensor(np.zeros((65, 10)), requires_grad=True)
    flat = influence.flat(images, labels)
    assert list(ag.doctor(start, lambda w, x, y: influence.objective(w, x, y, np.ones(100)), flat)) == []

    response = ag.Tensor(np.ones(spectral.N // 2 + 1, np.float32), requires_grad=True)
    noisy = spectral.signals(50, rng)
    assert list(ag.doctor(response, lambda r, x, y: ((spectral.filtered(x, r) - y) ** 2).mean(), noisy)) == []


def test_poisson_and_the_rest_make_no_anomaly():
    poisson, schedules = example("poisson"), example("schedules")
    measured = poisson.solve(poisson.blobs(16))
    rows, columns = np.divmod(np.arange(0, 256, 3), 16)
    with ag.detect_anomaly():
        found = poisson.fit(measured[rows, columns], rows, columns, 16, 0.02, 0.1)
        for _, make in schedules.SCHEDULES:
            schedules.follow(make)

    assert np.isfinite(found).all()


def test_the_programs_that_draw_are_healthy():
    cartpole, flow, hmc = map(example, ("cartpole", "flow", "hmc"))
    networks = nn.ModuleList([nn.models.MLP((4, 64, 64, outputs), nn.Tanh) for outputs in (2, 1)])
    states, choices, standing = cartpole.play(lambda s: rng.integers(0, 2, len(s)), 16, rng)
    better = cartpole.advantages(np.zeros(standing.shape), standing, 0.95).astype(np.float32)
    played = standing[:-1]
    state, choice, earned = (a[played] for a in (states[:-1], choices, better))

    def of_pole(networks, state, choice, gain, earned):
        policy, value = networks
        log_prob = nn.distributions.Categorical(logits=policy(state)).log_prob(choice)
        error = ((value(state)[:, 0] - earned) / 50) ** 2
        return error.mean() - cartpole.objective(0.2, log_prob, log_prob.data, gain)

    gain = (earned - earned.mean()) / earned.std()
    assert list(ag.doctor(networks, of_pole, (state, choice, gain, earned))) == []

    model = flow.flow()
    couplings = nn.ModuleList([coupling.net for coupling in model.transforms])
    points = flow.moons().sample((256,)).data
    assert list(ag.doctor(couplings, lambda _, x: -model.log_prob(x).mean(), (points,))) == []

    x, y = rng.normal(size=(50, 3)), rng.normal(size=50)
    position = ag.Tensor(rng.normal(size=(hmc.CHAINS, 4)), requires_grad=True)
    assert list(ag.doctor(position, lambda p, x, y: hmc.log_density(p, x, y).sum(), (x, y))) == []


def test_every_example_is_looked_at():
    looked = Path(__file__).read_text()

    # the one that is left draws pictures, and computes no gradient
    assert [p.stem for p in EXAMPLES.glob("*.py") if f'"{p.stem}"' not in looked] == ["augment" + "ation"]
