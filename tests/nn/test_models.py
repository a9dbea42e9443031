import numpy as np
import pytest
from sklearn.datasets import load_digits

import autograd
import optim
from nn import functional, models

IMAGES, LABELS = load_digits(return_X_y=True)
IMAGES = (IMAGES[:64] / 16).astype(np.float32)
LABELS = LABELS[:64]
PLANES = IMAGES.reshape(-1, 1, 8, 8)
ROWS = IMAGES.reshape(-1, 8, 8)
LARGE = PLANES.repeat(2, axis=2).repeat(2, axis=3)
TOKENS = np.arange(48).reshape(3, 16) * 7 % 11


def trained(model, loss, steps=30, rate=1e-2):
    """The loss before and after some steps of Adam."""
    optimizer = optim.Adam(model.parameters(), lr=rate)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        value = loss()
        value.backward()
        assert all(p.grad is not None for p in model.parameters())
        optimizer.step()
        losses.append(value.item())
    return losses[0], losses[-1]


CLASSIFIERS = {
    "MLP": lambda: (models.MLP((64, 32, 10)), IMAGES),
    "MLP with dropout": lambda: (models.MLP((64, 32, 10), dropout=0.1), IMAGES),
    "ConvNet": lambda: (models.ConvNet(size=16), LARGE),
    "ResNet": lambda: (models.ResNet((1, 1), width=8, channels=1), PLANES),
    "RNN": lambda: (models.SequenceClassifier("rnn", 8, 32, 10), ROWS),
    "LSTM": lambda: (models.SequenceClassifier("lstm", 8, 32, 10, num_layers=2), ROWS),
    "GRU": lambda: (models.SequenceClassifier("gru", 8, 32, 10, bidirectional=True), ROWS),
}


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_classifier_learns_some_digits(name):
    autograd.seed(0)
    model, x = CLASSIFIERS[name]()
    first, last = trained(model, lambda: functional.cross_entropy(model(x), LABELS))

    assert first == pytest.approx(np.log(10), rel=0.35)
    assert last < 0.5 * first


@pytest.mark.parametrize("build", [lambda: models.Autoencoder((64, 32, 8)), lambda: models.ConvAutoencoder(1, 4, 8, 8)])
def test_an_autoencoder_learns_to_restore_some_digits(build):
    autograd.seed(0)
    model = build()
    x = PLANES if isinstance(model, models.ConvAutoencoder) else IMAGES
    first, last = trained(model, lambda: functional.mse_loss(model(x), x), steps=60)

    assert last < 0.5 * first


def test_a_forecaster_learns_a_wave_and_continues_it():
    autograd.seed(0)
    wave = np.sin(np.arange(60) * 0.4, dtype=np.float32)[None, :, None]
    model = models.SequenceForecaster("lstm", 1, 16)
    first, last = trained(model, lambda: functional.mse_loss(model(wave[:, :39]), wave[:, 1:40]), steps=150)

    ahead = model.forecast(wave[:, :40], 5)

    assert last < 0.02 * first
    assert not ahead.requires_grad
    np.testing.assert_allclose(ahead, wave[:, 40:45], atol=0.25)


def test_a_variational_autoencoder_lowers_its_bound_and_samples_values_between_0_and_1():
    autograd.seed(0)
    model = models.VAE(64, 32, 2)
    first, last = trained(model, lambda: model.loss(IMAGES), steps=60)
    sample = model.sample(5).data

    assert first == pytest.approx(64 * np.log(2), rel=0.2)
    assert last < 0.75 * first
    assert 0 <= sample.min() <= sample.max() <= 1


def test_the_divergence_of_the_variational_autoencoder_is_that_of_its_normal_distribution():
    autograd.seed(0)
    model = models.VAE(4, 3, 2)
    x = np.full((1, 4), 0.5, np.float32)
    autograd.seed(1)
    logits, mean, log_var = (t.data.astype(float) for t in model(x))
    autograd.seed(1)
    z = np.random.default_rng(0).normal(size=(200_000, 2)) * np.exp(log_var / 2) + mean
    log_ratio = 0.5 * (z**2 - (z - mean) ** 2 / np.exp(log_var) - log_var).sum(axis=1)  # log q(z) / p(z)
    reconstruction = np.sum(np.log1p(np.exp(logits)) - logits * x)

    assert model.loss(x).item() == pytest.approx(reconstruction + log_ratio.mean(), abs=5e-3)


def test_an_adversarial_pair_learns_from_each_other():
    autograd.seed(0)
    generator, discriminator = models.DCGANGenerator(8, 1, 8, 16), models.DCGANDiscriminator(1, 8, 16)
    ones, zeros = np.ones((64, 1), np.float32), np.zeros((64, 1), np.float32)
    judge = functional.binary_cross_entropy_with_logits
    codes = autograd.normal(size=(64, 8))
    real = LARGE * 2 - 1

    def told_apart():
        return judge(discriminator(real), ones) + judge(discriminator(generator(codes).detach()), zeros)

    first, last = trained(discriminator, told_apart, steps=15, rate=1e-3)
    forged = judge(discriminator(generator(codes)), ones).item()
    _, after = trained(generator, lambda: judge(discriminator(generator(codes)), ones), steps=15, rate=1e-3)

    assert generator(codes).shape == real.shape
    assert last < 0.5 * first
    assert after < 0.5 * forged


def test_a_language_model_learns_a_sequence_and_writes_it():
    autograd.seed(0)
    model = models.GPT(11, context=16, width=32, heads=4, layers=2)
    first, last = trained(
        model, lambda: functional.cross_entropy(model(TOKENS[:, :-1]).reshape(-1, 11), TOKENS[:, 1:].reshape(-1)), 40
    )

    assert first == pytest.approx(np.log(11), rel=0.1)
    assert last < 0.2
    np.testing.assert_array_equal(model.generate(TOKENS[:, :4], 12, temperature=0), TOKENS)


def test_kept_keys_and_values_change_nothing_even_beyond_the_context():
    autograd.seed(0)
    model = models.GPT(11, context=8, width=16, heads=2, layers=2).eval()
    for p in model.parameters():
        p.data = p.data * 8  # far from uniform, so that a wrong position would show
    written = TOKENS[:, :3]
    for _ in range(9):
        logits = model(written[:, -8:]).data[:, -1]
        written = np.concatenate([written, logits.argmax(axis=1, keepdims=True)], axis=1)

    np.testing.assert_array_equal(model.generate(TOKENS[:, :3], 9, temperature=0), written)


def test_drawn_tokens_follow_temperature_and_top_k():
    from nn.models.gpt import _draw

    autograd.seed(0)
    logits = np.log(np.tile([0.5, 0.3, 0.15, 0.05], (20_000, 1)))

    def shares(**options):
        return np.bincount(_draw(logits, **options)[:, 0], minlength=4) / len(logits)

    np.testing.assert_allclose(shares(temperature=1.0, top_k=None), [0.5, 0.3, 0.15, 0.05], atol=0.015)
    np.testing.assert_allclose(shares(temperature=1.0, top_k=2), [0.625, 0.375, 0, 0], atol=0.015)
    squared = np.square([0.5, 0.3, 0.15, 0.05])
    np.testing.assert_allclose(shares(temperature=0.5, top_k=None), squared / squared.sum(), atol=0.015)
    np.testing.assert_array_equal(shares(temperature=0, top_k=None), [1, 0, 0, 0])


def test_among_equals_top_k_keeps_as_many_as_it_says():
    from nn.models.gpt import _draw

    drawn = _draw(np.zeros((200, 5)), 1.0, 2)

    assert len(np.unique(drawn)) == 2


def test_writing_leaves_frozen_parts_frozen():
    model = models.GPT(5, 4, width=8, heads=2)
    model.dropout.eval()
    model.generate(np.zeros((1, 1), int), 1)

    assert model.training
    assert not model.dropout.training


def test_writing_is_repeatable_and_leaves_the_mode_as_it_was():
    autograd.seed(0)
    model = models.GPT(11, context=8, width=16, heads=2, layers=1, dropout=0.5)
    autograd.seed(1)
    first = model.generate(TOKENS[:, :3], 5)
    autograd.seed(1)

    np.testing.assert_array_equal(model.generate(TOKENS[:, :3], 5), first)
    assert model.training
    assert first[:, :3].tolist() == TOKENS[:, :3].tolist()


def test_a_later_token_changes_no_earlier_prediction():
    autograd.seed(0)
    model = models.GPT(11, context=8, width=16, heads=2, layers=2)
    changed = TOKENS[:, :8].copy()
    changed[:, 5] = 10 - changed[:, 5]

    difference = np.abs(model(TOKENS[:, :8]).data - model(changed).data).max(axis=(0, 2))

    assert difference[:5].max() == 0
    assert difference[5:].min() > 0


def test_a_transformer_learns_to_reverse():
    autograd.seed(0)
    rng = np.random.default_rng(0)
    source = rng.integers(2, 6, (64, 3))
    target = source[:, ::-1]
    given = np.concatenate([np.zeros((64, 1), int), target[:, :-1]], axis=1)
    model = models.Seq2SeqTransformer(6, width=32, heads=2, layers=1)
    first, last = trained(
        model, lambda: functional.cross_entropy(model(source, given).reshape(-1, 6), target.reshape(-1)), 60
    )

    assert last < 0.1 * first
    assert (model.generate(source, start=0, count=3) == target).mean() > 0.95


def test_a_transformer_minds_the_order_in_a_sequence_and_not_the_place_in_a_batch():
    autograd.seed(0)
    model = models.Seq2SeqTransformer(6, width=16, heads=2, layers=1).eval()
    source, target = np.array([[1, 2, 3], [3, 2, 1]]), np.array([[0, 1], [0, 1]])
    forwards, backwards = model(source, target).data

    assert np.abs(forwards - backwards).max() > 1e-3
    np.testing.assert_allclose(model(source[1:], target[1:]).data[0], backwards, atol=1e-6)


def test_padding_in_a_source_changes_nothing():
    autograd.seed(0)
    model = models.Seq2SeqTransformer(6, width=16, heads=2, layers=1, padding=5).eval()
    source, target = np.array([[1, 2, 3]]), np.array([[0, 1]])
    padded = np.concatenate([source, [[5, 5]]], axis=1)

    np.testing.assert_allclose(model(source, target).data, model(padded, target).data, atol=1e-6)


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (lambda: models.MLP((4,)), r"MLP: sizes=\(4,\)"),
        (lambda: models.ConvNet(size=8), "ConvNet: size=8"),
        (lambda: models.ResNet(()), "ResNet: blocks"),
        (lambda: models.SequenceClassifier("mamba", 1, 2, 3), "kind='mamba' is not one of 'rnn', 'lstm', 'gru'"),
        (lambda: models.ConvAutoencoder(size=30), "ConvAutoencoder: size=30"),
        (lambda: models.DCGANGenerator(size=28), "DCGAN: size=28"),
        (lambda: models.GPT(5, 4, width=10, heads=3), "3 heads must divide the width 10"),
        (lambda: models.GPT(5, 4, width=8, heads=2)(np.zeros((1, 5), int)), "GPT: 5 tokens; its context holds 4"),
        (lambda: models.GPT(5, 4, width=8, heads=2).generate(np.zeros((1, 1), int), 1, top_k=0), "top_k=0"),
    ],
)
def test_wrong_settings_are_errors(build, text):
    with pytest.raises(ValueError, match=text):
        build()


def test_a_resnet_is_as_deep_as_its_blocks_say():
    def convolutions(model):
        return sum(type(m).__name__ == "Conv2d" and m.kernel_size == (3, 3) for m in model.modules())

    assert convolutions(models.ResNet((3, 3, 3))) + 1 == 20
    assert convolutions(models.ResNet((9, 9, 9), width=2)) + 1 == 56


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: models.VAE(64, 8, 2).loss(IMAGES[0]), r"VAE.loss: x \(64,\) does not fit x \(N, inputs\).*x\[None\]"),
        (lambda: models.VAE(64, 8, 2).loss(IMAGES * 16), r"from 0 to 16, but .* scale it"),
        (lambda: models.GPT(5, 4, width=8, heads=2)(np.zeros(3, int)), r"GPT: tokens \(3,\).*tokens\[None\]"),
        (
            lambda: models.GPT(5, 4, width=8, heads=2).generate(np.zeros(3, int), 1),
            r"GPT: tokens \(3,\) .*tokens\[None\]",
        ),
        (lambda: models.GPT(5, 4, width=8, heads=2).generate(np.zeros((1, 0), int), 1), "T of 1 or more"),
        (lambda: models.MLP(64), "MLP: sizes=64; it takes all sizes in one"),
    ],
)
def test_inputs_that_do_not_fit_are_explained(call, text):
    with pytest.raises(ValueError, match=text):
        call()


def test_an_activation_is_given_as_what_makes_layers():
    with pytest.raises(TypeError, match="one layer; give what makes layers"):
        models.MLP((2, 2), activation=models.MLP((2, 2)))
