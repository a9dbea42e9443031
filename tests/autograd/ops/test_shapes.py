"""Shapes as an op declares them: what fits, and what the sentence says where it does not."""

import numpy as np
import pytest

import autograd
from autograd import ShapeError, Tensor, op
from autograd.ops.declare import composite
from autograd.ops.shapes import Shapes, fit

LINEAR = {"x": "... in", "weight": "out in", "bias": "out"}


def problem(declared, *shapes, **options):
    found = Shapes("f", declared, tuple(declared))
    return found.problem([None if s is None else np.empty(s) for s in shapes], options)


@pytest.mark.parametrize(
    "shapes", [((3,), (2, 3), (2,)), ((5, 3), (2, 3), (2,)), ((7, 5, 3), (2, 3), None), ((0, 3), (0, 3), (0,))]
)
def test_shapes_that_fit_have_no_problem(shapes):
    assert problem(LINEAR, *shapes) == ""


@pytest.mark.parametrize(
    ("declared", "shapes", "says"),
    [
        (LINEAR, [(5, 4), (2, 3), None], "in is 4 in x, 3 in weight"),
        (LINEAR, [(5, 3), (2, 3), (3,)], "out is 2 in weight, 3 in bias"),
        (LINEAR, [(), (2, 3), None], "x has 0 axes"),
        (LINEAR, [(5, 3), (2, 3, 1), None], "weight has 3 axes"),
        ({"a": "... n n"}, [(4, 2, 3)], "n is 2 and 3 in a"),
        ({"a": "...", "b": "..."}, [(8, 1), (8,)], "... is (8, 1) in a, (8,) in b"),
        ({"a": "N ... C", "b": "N ..."}, [(2, 5, 6, 3), (2, 5)], "... is (5, 6) in a, (5,) in b"),
        ({"a": "3 n"}, [(2, 4)], "a has 2 where 3 is needed"),
        ({"a": "4*n", "b": "n"}, [(8,), (3,)], "n is 2 in a, 3 in b"),
        ({"a": "4*n"}, [(6,)], "a has 6 where 4*n is needed"),
        ({"a": "N? C"}, [(2, 3, 4)], "a has 3 axes"),
        ({"a": "N? C", "b": "N?"}, [(2, 3), ()], "N is 2 in a, missing in b"),
        ({"a": "N? C", "b": "N? C"}, [(3,), (2, 3)], "N is missing in a, 2 in b"),
    ],
)
def test_what_does_not_fit_is_said(declared, shapes, says):
    text = problem(declared, *shapes)

    assert text.startswith("f: ")
    assert text.endswith(says)
    assert all(f"{name} {shape}" in text for name, shape in zip(declared, shapes) if shape is not None)


def test_arguments_by_keyword_lists_and_numbers_are_looked_at_too():
    shapes = Shapes("f", LINEAR, ("x", "other", "weight", "bias"))

    assert shapes.problem([[1.0, 2.0, 3.0], 0.1], {"weight": np.empty((2, 3))}) == ""
    assert "in is 2 in x" in shapes.problem([[1.0, 2.0]], {"weight": np.empty((2, 3)), "bias": None})
    assert "x has 0 axes" in shapes.problem([1.0], {"weight": np.empty((2, 3))})


@pytest.mark.parametrize("x", [np.ones((2, 3)), Tensor(np.ones((2, 3)))])
@pytest.mark.parametrize("declare", [op, composite])
def test_an_op_checks_its_shapes_says_them_in_its_documentation_and_gives_its_hint(declare, x):
    @declare(cases=None, shapes={"a": "n n"}, hint=lambda a: f"a square has {a[0] ** 2} elements")
    def corner(a):
        """The first element."""
        return a[0, 0]

    assert corner(np.ones((2, 2))) == 1.0
    assert corner.__doc__ == "The first element.\n\nShapes: a (n, n)."
    with pytest.raises(
        ShapeError, match=r"corner: a \(2, 3\) does not fit a \(n, n\): .*; a square has 4 elements"
    ) as e:
        corner(x)
    assert e.value.__notes__ == ["in corner(a: float64 (2, 3))"]


def test_a_declaration_that_cannot_be_meant_is_an_error_at_once():
    with pytest.raises(TypeError, match="op f: a shape for 'y', but its arguments are x"):
        Shapes("f", {"y": "n"}, ("x",))
    with pytest.raises(TypeError, match="more than one"):
        Shapes("f", {"x": "... n ..."}, ("x",))
    with pytest.raises(TypeError, match=r"or one and a '\?'"):
        Shapes("f", {"x": "N? ..."}, ("x",))


@pytest.mark.parametrize("shapes", [((5, 3), (5, 12)), ((3,), (12,))])
def test_an_axis_may_be_left_out_by_all_and_be_a_multiple(shapes):
    assert problem({"h": "N? H", "gates": "N? 4*H"}, *shapes) == ""


def test_lengths_that_are_known_stand_in_the_sentence_and_an_optional_one_may_be_missing():
    declared = "mask (rows?, L, S)"

    fit("f", declared, np.empty((6, 2, 3)), rows=6, L=2, S=3)
    fit("f", declared, np.empty((2, 3)), rows=6, L=2, S=3)
    with pytest.raises(
        ShapeError, match=r"^f: mask \(3, 2\) .*\(rows=6, L=2, S=3\) or \(L=2, S=3\): L is 3 in mask; a$"
    ):
        fit("f", declared, np.empty((3, 2)), hint="a", rows=6, L=2, S=3)
    with pytest.raises(ShapeError, match=r"; 3 rows$"):
        fit("f", "x (n,)", np.empty((3, 2)), hint=lambda shape: f"{shape[0]} rows")


def test_the_first_value_is_never_left_out():
    with pytest.raises(autograd.DtypeError, match=r"^f: x \(n\), bias \(n\) is needed, not None$"):
        fit("f", "x (n), bias (n)", None, None)


def test_losses_say_that_their_operands_would_broadcast():
    with pytest.raises(ShapeError, match=r"prediction \(8, 1\), target \(8,\) .* they would broadcast; reshape one"):
        autograd.mse(np.ones((8, 1)), np.ones(8))
