"""The grader: of a hundred mistakes planted by hand (planted.py) it names ninety and more, each with an example."""

import dataclasses
import re

import numpy as np
import pytest

import autograd as ag
from autograd.ops.cases import reals
from autograd.testing import Grade, Mistake, grade
from tests.autograd.testing.planted import PLANTED

OTHERWISE = {19}  # found, and described by an equal formula, but not by the name that it was planted under


def test_a_hundred_mistakes_are_planted_in_more_than_twenty_ops():
    assert len(PLANTED) == 100
    assert len({op for op, *_ in PLANTED}) > 20
    assert len(PLANTED) - len(OTHERWISE) >= 90


@pytest.mark.no_cover
@pytest.mark.parametrize("number", range(len(PLANTED)))
def test_a_planted_mistake_is_named_with_the_smallest_example(number):
    op, cases, rule, words = PLANTED[number]

    found = grade(rule, op, cases=cases)

    assert not found
    assert "no mistake that is known here" not in str(found)
    assert bool(re.search(words, str(found))) is (number not in OTHERWISE)
    for mistake in found.mistakes:
        assert all(np.size(value) <= 12 for value in mistake.example.values())
        assert not np.array_equal(mistake.yours, mistake.right)


RIGHT = [
    (ag.sin, None, lambda g, x: g * np.cos(x)),
    (ag.tanh, None, lambda dy, value: dy / np.cosh(value) ** 2),  # by place, under names of one's own
    (ag.multiply, None, {"a": lambda g, b: g * b, "b": lambda g, a: g * a}),  # the engine sums over what is broadcast
    (ag.mean, lambda d: (d.array(min_side=1),), lambda g, x, y, x_shape: np.full(x_shape, g / x.size)),
    (ag.matmul, lambda d: (d.array((2, 3)), d.array((3, 2))), lambda g, a, b: (g @ b.T, a.T @ g)),
    (ag.stack, lambda d: ([d.array((2,)), d.array((2,))],), lambda g: (g[0], g[1])),
    (ag.slogdet, None, lambda g, a, y: g[1][..., None, None] * np.swapaxes(np.linalg.inv(a), -1, -2)),
    (lambda x: x * np.sin(x), reals(-2, 2), lambda g, x: g * (np.sin(x) + x * np.cos(x))),
]


@pytest.mark.parametrize(("op", "cases", "rule"), RIGHT)
def test_a_right_rule_is_right(op, cases, rule):
    found = grade(rule, op, cases=cases)

    assert found
    assert str(found).endswith(": right")


def test_the_text_says_what_is_wrong_and_shows_small_whole_numbers():
    told = str(grade(lambda g, x: g * x, ag.square))

    assert told.splitlines() == [
        "square: the gradient of x is wrong: a factor 2 is missing: it is half of what it should be",
        "  x = 1",
        "  g = 1",
        "  y = 1",
        "  yours: 1",
        "  right: 2",
    ]


def test_the_result_is_frozen():
    found = grade(lambda g: g, ag.exp)

    assert isinstance(found, Grade)
    assert isinstance(found.mistakes[0], Mistake)
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.mistakes = ()


def test_a_rule_that_raises_is_told_with_its_error():
    def rule(g, x):
        raise ZeroDivisionError("by me")

    assert "the rule raised ZeroDivisionError: by me" in str(grade(rule, ag.sin))


def test_a_mistake_of_no_known_kind_is_still_shown():
    found = grade(lambda g, x: g * np.cos(x + 0.3), ag.sin)

    assert "no mistake that is known here" in str(found)
    assert "right: " in str(found)


def test_a_rule_that_is_right_for_vectors_only_shows_the_shape_that_is_not():
    found = grade(lambda g, a, b: (g @ b.T, a.T @ g), ag.matmul)

    assert not found
    assert "raised" in str(found) or "its shape is" in str(found)


def test_a_rule_may_write_to_what_it_is_given():
    def rule(g, x):
        g *= np.cos(x)
        x[...] = 0
        return g

    assert grade(rule, ag.sin)


@pytest.mark.parametrize(
    ("rule", "op", "error", "words"),
    [
        (lambda g, x, z: g, ag.sin, TypeError, "takes g, x, z; it may ask for g, x, x_dtype, x_shape, y"),
        (lambda g, a, b: g * b, ag.multiply, TypeError, "one gradient for the inputs a, b"),
        ({"z": lambda g: g}, ag.sin, TypeError, "a rule for 'z', but the inputs of sin are x"),
        (lambda g, x: g, lambda x: x + 1.0, ValueError, "no cases to be graded on"),
    ],
)
def test_what_cannot_be_graded_says_why(rule, op, error, words):
    with pytest.raises(error, match=re.escape(words)):
        grade(rule, op)
