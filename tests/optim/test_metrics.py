import functools

import numpy as np
import pytest
from hypothesis import given, strategies as st
from sklearn import metrics as sk

from autograd import ShapeError, Tensor
from optim import metrics
from optim.metrics import Metric, as_metrics


@st.composite
def answers(draw, classes=(2, 5), n=(1, 40)):
    """Logits (N, C) and labels (N,), at random."""
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    c, m = draw(st.integers(*classes)), draw(st.integers(*n))
    return rng.normal(size=(m, c)), rng.integers(0, c, m)


@given(answers())
def test_accuracy_precision_recall_f1_and_the_confusion_matrix_are_those_of_scikit_learn(case):
    logits, labels = case
    said = logits.argmax(axis=1)
    options = {"average": "macro", "zero_division": 0}

    assert metrics.accuracy(logits, labels) == pytest.approx(sk.accuracy_score(labels, said))
    assert metrics.precision(logits, labels) == pytest.approx(sk.precision_score(labels, said, **options))
    assert metrics.recall(logits, labels) == pytest.approx(sk.recall_score(labels, said, **options))
    assert metrics.f1(logits, labels) == pytest.approx(sk.f1_score(labels, said, **options))
    expected = sk.confusion_matrix(labels, said, labels=range(logits.shape[1]))
    np.testing.assert_array_equal(metrics.confusion_matrix(logits, labels), expected)


@given(answers(classes=(4, 6)), st.integers(1, 3))
def test_top_k_is_that_of_scikit_learn(case, k):
    logits, labels = case
    expected = sk.top_k_accuracy_score(labels, logits, k=k, labels=range(logits.shape[1]))

    assert metrics.top_k(k)(logits, labels) == pytest.approx(expected)


@given(answers())
def test_perplexity_and_bits_are_those_of_the_log_loss(case):
    logits, labels = case
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    nats = -np.log(chances[np.arange(len(labels)), labels]).mean()

    assert metrics.perplexity(logits, labels) == pytest.approx(np.exp(nats))
    assert metrics.bits_per_character(logits, labels) == pytest.approx(nats / np.log(2))


@given(st.integers(0, 10**6), st.integers(2, 30), st.integers(1, 3), st.sampled_from([0.0, 1e3, 1e8]))
def test_r2_is_that_of_scikit_learn_wherever_the_mean_lies(seed, n, columns, mean):
    rng = np.random.default_rng(seed)
    truth = rng.normal(mean, 1.0, size=(n, columns))
    guess = truth + rng.normal(size=(n, columns))

    assert metrics.r2(guess, truth) == pytest.approx(sk.r2_score(truth, guess), rel=1e-5)


EVERY = [
    *(metrics.accuracy, metrics.top_k(2), metrics.precision, metrics.recall, metrics.f1),
    *(metrics.perplexity, metrics.bits_per_character),
]


@pytest.mark.parametrize("metric", EVERY, ids=lambda m: m.name)
@given(case=answers(classes=(4, 4), n=(3, 40)), data=st.data())
def test_the_number_of_all_samples_does_not_depend_on_how_they_are_batched(metric, case, data):
    logits, labels = case
    cut = data.draw(st.integers(1, len(labels) - 1))
    parts = [metric.statistics(logits[s], labels[s]) for s in (slice(cut), slice(cut, None))]

    assert metric.result(metric.merge(*parts)) == pytest.approx(metric(logits, labels))


@given(st.integers(0, 10**6), st.integers(1, 9), st.sampled_from([0.0, 1e8]))
def test_r2_of_all_samples_does_not_depend_on_how_they_are_batched(seed, cut, mean):
    truth, noise = np.random.default_rng(seed).normal(size=(2, 10, 2))
    truth += mean
    parts = [metrics.r2.statistics((truth + noise)[s], truth[s]) for s in (slice(cut), slice(cut, None))]

    assert metrics.r2.result(metrics.r2.merge(*parts)) == pytest.approx(metrics.r2(truth + noise, truth), rel=1e-5)


def test_classes_lie_along_axis_1_as_in_cross_entropy():
    logits = np.zeros((2, 3, 4))
    labels = np.array([[0, 1, 2, 0], [2, 2, 1, 1]])
    np.put_along_axis(logits, labels[:, None], 1.0, axis=1)

    assert metrics.accuracy(logits, labels) == 1.0
    assert metrics.accuracy(Tensor(logits), Tensor(labels)) == 1.0


def test_targets_of_minus_100_are_left_out():
    logits = np.array([[2.0, 1.0], [2.0, 1.0], [2.0, 1.0]])

    assert metrics.accuracy(logits, np.array([0, -100, 1])) == 0.5
    assert metrics.perplexity(logits, np.array([0, -100, 0])) == metrics.perplexity(logits[:1], np.array([0]))


def test_targets_that_are_probabilities_count_as_their_largest_class():
    assert metrics.accuracy(np.array([[2.0, 1.0], [0.0, 1.0]]), np.array([[0.9, 0.1], [0.6, 0.4]])) == 0.5


def test_a_metric_of_ones_own_is_merged_over_batches():
    worst = Metric("worst", lambda o, t: np.abs(o - t).max(), lambda s: s, best="min", merge=np.maximum)

    assert worst(np.array([1.0, 4.0]), np.array([1.0, 1.0])) == 3.0
    assert worst.result(worst.merge(np.float64(3.0), np.float64(2.0))) == 3.0


@pytest.mark.parametrize(
    ("metric", "output", "target", "error", "words"),
    [
        (metrics.accuracy, np.zeros((3,)), np.zeros(3, int), ShapeError, r"output \(3,\) has no axis of two classes"),
        (metrics.accuracy, np.zeros((3, 1)), np.zeros(3, int), ShapeError, r"output \(3, 1\) has no axis of two"),
        (
            metrics.accuracy,
            np.zeros((3, 2)),
            np.zeros(4, int),
            ShapeError,
            r"target is int64 \(4,\), but output",
        ),
        (metrics.f1, np.zeros((3, 2)), np.zeros(3), ShapeError, r"target is float64 \(3,\).*class numbers \(3,\)"),
        (
            metrics.perplexity,
            np.zeros((3, 2)),
            np.array([0, 1, 2]),
            ValueError,
            "holds 0 to 2; classes are 0 to 1",
        ),
        (metrics.top_k(2), np.zeros((3, 2)), np.array([0, -1, 1]), ValueError, "target holds -1 to 1"),
        (
            metrics.r2,
            np.zeros((3, 1)),
            np.zeros(3),
            ShapeError,
            r"output \(3, 1\) and target \(3,\) must have one shape",
        ),
        (metrics.r2, np.zeros((0, 1)), np.zeros((0, 1)), ShapeError, "numbers in it"),
    ],
)
def test_shapes_that_do_not_fit_are_explained(metric, output, target, error, words):
    with pytest.raises(error, match=words):
        metric(output, target)


def test_top_k_needs_a_count():
    with pytest.raises(ValueError, match="top_k: k=0 is less than 1"):
        metrics.top_k(0)
    with pytest.raises(ValueError, match="top_k: k=3 is more than the 2 classes"):
        metrics.top_k(3)(np.zeros((1, 2)), np.array([0]))


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int16, np.uint16])
@pytest.mark.parametrize("classes", [47, 200, 300])
def test_labels_of_few_bits_count_as_those_of_many(dtype, classes):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, min(classes, np.iinfo(dtype).max + 1), 500)
    logits = rng.normal(size=(500, classes)) + 3.0 * np.eye(classes)[labels]

    expected = sk.confusion_matrix(labels, logits.argmax(axis=1), labels=range(classes))
    np.testing.assert_array_equal(metrics.confusion_matrix(logits, labels.astype(dtype)), expected)
    assert [m(logits, labels.astype(dtype)) for m in EVERY] == [m(logits, labels) for m in EVERY]


@given(st.integers(0, 10**6), st.integers(2, 4), st.sampled_from([0.0, 0.3]))
def test_top_1_is_the_accuracy_also_with_ties_and_nan(seed, classes, holes):
    rng = np.random.default_rng(seed)
    logits, labels = rng.integers(0, 3, (20, classes)).astype(float), rng.integers(0, classes, 20)
    logits[rng.random(logits.shape) < holes] = np.nan

    assert metrics.top_k(1)(logits, labels) == metrics.accuracy(logits, labels)


def test_of_equal_outputs_only_the_first_k_are_among_the_k_largest():
    logits, labels = np.zeros((10, 10)), np.arange(10)

    assert metrics.top_k(3)(logits, labels) == 0.3
    assert metrics.top_k(3)(logits, labels[::-1]) == 0.3


def test_an_output_with_nan_is_never_right():
    logits, labels = np.array([[np.nan, 1.0], [1.0, np.nan], [2.0, 1.0], [1.0, 2.0]]), np.array([0, 0, 0, 1])

    assert (
        metrics.accuracy(logits, labels) == metrics.top_k(1)(logits, labels) == metrics.top_k(2)(logits, labels) == 0.5
    )
    assert metrics.recall(logits, labels) == pytest.approx((1 / 3 + 1) / 2)
    assert metrics.precision(logits, labels) == 1.0
    assert metrics.f1(np.full((4, 2), np.nan), labels) == 0.0
    with pytest.raises(ValueError, match="2 of 4 outputs hold NaN"):
        metrics.confusion_matrix(logits, labels)


def test_perplexity_of_float16_does_not_overflow():
    assert metrics.perplexity(np.zeros((2, 70_000), np.float16), np.array([0, 1])) == pytest.approx(70_000, rel=1e-5)


@pytest.mark.parametrize("metric", EVERY, ids=lambda m: m.name)
def test_errors_name_the_metric(metric):
    with pytest.raises(ShapeError, match=f"^{'top_k' if metric.name == 'top_2' else metric.name}: output"):
        metric(np.zeros(3), np.zeros(3, int))


# -- lists of metrics ----------------------------------------------------------------------------------


def error(output, target):
    return Tensor(np.abs(output - target).mean())


def test_a_function_of_outputs_and_targets_is_a_metric_of_its_mean():
    (metric,) = as_metrics([error])
    parts = [metric.statistics(np.zeros(n), np.full(n, value)) for n, value in ((3, 1.0), (1, 5.0))]

    assert metric.name == "error"
    assert metric.result(metric.merge(*parts)) == 2.0
    assert as_metrics((metrics.accuracy,)) == [metrics.accuracy]


@pytest.mark.parametrize(
    ("given", "kind", "words"),
    [
        (metrics.accuracy, TypeError, r"metrics is Metric\('accuracy'\); it takes a list, such as metrics=\["),
        ("accuracy", TypeError, "metrics is 'accuracy'; it takes a list"),
        (None, TypeError, "metrics is None; it takes a list"),
        (["accuracy"], TypeError, "functions of .*, not 'accuracy'"),
        ([Metric], TypeError, "functions of .*, not the class Metric"),
        ([metrics.top_k], TypeError, r"top_k needs a count; .*top_k\(5\)"),
        ([metrics.confusion_matrix], TypeError, "confusion_matrix is a matrix"),
        ([metrics.f1, metrics.f1], ValueError, "'f1' 2 times"),
        ([Metric("loss", error, float)], ValueError, "'loss' has the name of another column"),
        ([Metric("validation_f1", error, float)], ValueError, "'validation_f1' has the name"),
    ],
    ids=["one", "text", "None", "texts", "class", "top_k", "matrix", "twice", "loss", "validation"],
)
def test_lists_that_are_none_of_metrics_are_explained(given, kind, words):
    with pytest.raises(kind, match=f"fit: .*{words}"):
        as_metrics(given)


@pytest.mark.parametrize(
    ("value", "words"),
    [(np.ones(3), r"an array \(3,\) of float64"), (None, "None"), ("high", "'high'"), (1j, "1j")],
    ids=["array", "None", "text", "complex"],
)
def test_a_function_that_returns_no_number_is_explained(value, words):
    (metric,) = as_metrics([functools.partial(lambda value, output, target: value, value)])

    with pytest.raises(TypeError, match=f"the metric partial returned {words}; it takes one number"):
        metric(np.ones(3), np.ones(3))


def test_a_metric_has_a_name_and_says_which_values_are_better():
    with pytest.raises(TypeError, match="name=3 is no text"):
        Metric(3, error, float)
    with pytest.raises(ValueError, match="Metric: best='maximum' is not one of 'max', 'min'"):
        Metric("error", error, float, best="maximum")
