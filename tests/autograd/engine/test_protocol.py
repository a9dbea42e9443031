"""NumPy's protocols: its spelling of arguments, the methods of ufuncs, and questions about values."""

import sys

import numpy as np
import pytest
from scipy.special import logsumexp

import autograd
from autograd import Tensor, TraceError, UnsupportedError

X = np.array([[0.3, -1.2, 2.0], [0.7, 0.1, -0.4]])
MASK = X > 0

SPELLINGS = {
    "sum, by position": lambda x: np.sum(x, 0, None, None, True),
    "sum, its names": lambda x: np.sum(a=x, axis=1, where=MASK, initial=3.0),
    "sum, in another dtype": lambda x: np.sum(x, dtype=np.float32),
    "ufunc, in another dtype": lambda x: np.exp(x, dtype=np.float32),
    "prod of some": lambda x: np.prod(x, axis=1, where=MASK, initial=2.0),
    "mean of some": lambda x: np.mean(x, axis=0, where=MASK | (X < -1), keepdims=True),
    "var of some": lambda x: np.var(x, where=MASK, ddof=1),
    "var, correction": lambda x: np.var(x, axis=1, correction=1),
    "std around a mean": lambda x: np.std(x, axis=1, mean=np.zeros((2, 1))),
    "max of some": lambda x: np.max(x, axis=0, initial=0.2, where=MASK),
    "min of some": lambda x: np.min(x, axis=0, initial=0.2, where=MASK),
    "max, from a start": lambda x: np.max(x, initial=5.0),
    "all of some": lambda x: np.all(x, where=MASK) * np.sum(x),
    "reshape by columns": lambda x: np.reshape(x, (3, 2), order="F"),
    "reshape by columns into one": lambda x: np.reshape(x, -1, order="F"),
    "ravel by columns": lambda x: np.ravel(x, "F"),
    "clip, its old names": lambda x: np.clip(x, a_min=-0.5, a_max=0.5),
    "concatenate into a dtype": lambda x: np.concatenate([x, x], dtype=np.float32),
    "sort, kind": lambda x: np.sort(x, kind="heapsort"),
    "split, its names": lambda x: np.split(ary=x, indices_or_sections=[1], axis=1)[1],
    "quantile, by position": lambda x: np.quantile(x, 0.3, 0, None, False, "linear", True),
    "add.reduce": lambda x: np.add.reduce(x, where=MASK, initial=1.0),
    "logaddexp.reduce": lambda x: np.logaddexp.reduce(x, axis=1),
    "hypot.reduce": lambda x: np.hypot.reduce(x, axis=1),
    "add.accumulate": lambda x: np.add.accumulate(x),
    "multiply.accumulate": lambda x: np.multiply.accumulate(x, axis=1),
    "maximum.accumulate": lambda x: np.maximum.accumulate(x, axis=1),
    "logaddexp.accumulate": lambda x: np.logaddexp.accumulate(x, axis=1),
    "subtract.outer": lambda x: np.subtract.outer(x, x[0]),
    "multiply.outer with an array": lambda x: np.multiply.outer([1.0, 2.0], x),
    "einsum, in lists of axes": lambda x: np.einsum(x, [0, 1], x, [0, 2], [2, 1]),
    "einsum, in lists, to what is left": lambda x: np.einsum(x, [27, 1]),
    "einsum, in lists with dots": lambda x: np.einsum(x, [..., 0], [...]),
    "linspace": lambda x: np.linspace(x[0], x[1], 4),
    "geomspace": lambda x: np.geomspace(-np.abs(x[0]), -np.abs(x[1]), 4),
    "geomspace of complex numbers": lambda x: np.geomspace(x[0] + 1j, x[1] - 2j, 4),
    "add.reduceat": lambda x: np.add.reduceat(x, [0, 2, 1], axis=1),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_a_call_in_numpys_own_spelling_gives_numpys_values_and_a_gradient(name):
    t = Tensor(X, requires_grad=True)
    found, expected = SPELLINGS[name](t), SPELLINGS[name](X)

    assert isinstance(found, Tensor)
    assert found.requires_grad
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
    np.testing.assert_allclose(found.data, expected, rtol=1e-6 if found.dtype == np.float32 else 1e-14)
    if found.dtype == np.float64:
        autograd.testing.gradcheck(SPELLINGS[name], [X])


def test_our_own_names_take_numpys_arguments_too():
    t = Tensor(X)

    assert np.allclose(t.sum(1, where=MASK), X.sum(1, where=MASK))
    assert np.allclose(autograd.var(t, 0, 1), np.var(X, 0, ddof=1))  # our order: axis, then ddof
    assert np.allclose(t.var(correction=1), X.var(ddof=1))
    assert t.mean(dtype=np.float32).dtype == np.float32


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda t: np.sum(t, out=np.ones(())), "sum: out=.*results are new Tensors"),
        (lambda t: np.ravel(t, "K"), "ravel: order='K'"),
        (lambda t: np.sort(t, order="x"), "sort: order='x'"),
        (lambda t: np.nan_to_num(t, copy=False), "nan_to_num: copy=False"),
        (lambda t: np.exp(t, where=MASK), "np.exp with where.*np.where"),
        (lambda t: np.multiply.at(t, 0, 1.0), "np.multiply.at.*scatter_add"),
        (lambda t: t.sum(dim=1), "dim=.*axis="),
    ],
)
def test_what_only_numpy_has_is_refused_with_the_reason(call, words):
    with pytest.raises(UnsupportedError, match=words):
        call(Tensor(X))


def test_one_argument_under_two_of_its_names_is_an_error_as_in_numpy():
    for call in (
        lambda t: np.var(t, ddof=1, correction=2),
        lambda t: np.clip(t, a_min=0, min=1),
        lambda t: t.std(ddof=1, correction=2),
    ):
        with pytest.raises(ValueError, match="give one of them"):
            call(Tensor(X))


def test_max_of_nothing_without_a_start_is_an_error():
    with pytest.raises(ValueError, match="initial="):
        np.max(Tensor(X), where=MASK)


def test_where_of_a_condition_alone_says_where_it_holds():
    rows, columns = np.where(Tensor(X) > 0)

    assert (rows.tolist(), columns.tolist()) == ([0, 0, 1, 1], [0, 2, 0, 1])


def test_a_question_about_values_is_never_baked_into_a_program_or_a_batch():
    def near(x):
        return np.where(np.isin(x, 1.0), x, 0.0).sum()

    compiled = autograd.compile(near)
    with pytest.warns(autograd.CompileWarning, match="runs as it is"):
        assert compiled(Tensor([1.0, 2.0])) == 1.0
    assert compiled(Tensor([3.0, 3.0])) == 0.0
    with pytest.raises(TraceError, match="2 examples differ"):
        autograd.vmap(near)(np.array([[1.0, 2.0], [3.0, 3.0]]))


def test_a_value_everywhere_gets_the_gradients_of_all():
    t = Tensor(2.0, requires_grad=True)
    (autograd.full((2, 3), t).sum() + np.full_like(t, t, shape=4).sum()).backward()

    assert t.grad == 10.0


def test_logsumexp_takes_scipys_factors():
    b = np.array([0.5, -0.1, 2.0])
    t = Tensor(X, requires_grad=True)

    np.testing.assert_allclose(autograd.logsumexp(t, 1, b=b).data, logsumexp(X, 1, b))
    autograd.testing.gradcheck(lambda x, b: autograd.logsumexp(x, axis=1, b=b), [X, b], order=2)
    assert autograd.logsumexp(t, b=None).data == autograd.logsumexp(X)


def test_numpys_keywords_cost_hardly_more_than_places():
    def calls(act):
        act()  # what is found out once for a way of calling
        made = []
        sys.setprofile(lambda frame, event, _: made.append(frame) if event == "call" else None)
        try:
            act()
        finally:
            sys.setprofile(None)
        return len(made)

    t = Tensor(X, requires_grad=True)
    assert calls(lambda: np.sum(t, axis=0)) <= calls(lambda: np.sum(t, 0)) + 1
    assert calls(lambda: np.clip(t, 0.0, 1.0)) < 30


def test_a_variance_of_some_complex_numbers_is_numpys():
    z = X + 1j * X[::-1]

    np.testing.assert_allclose(
        np.var(Tensor(z), axis=1, where=MASK | (X < -1)).data, np.var(z, 1, where=MASK | (X < -1))
    )


@pytest.mark.parametrize("join", [np.concatenate, np.hstack, autograd.concatenate, autograd.stack])
def test_a_list_of_recorded_tensors_among_what_is_joined_is_refused(join):
    x = Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(autograd.GraphError, match=r"gradient|graph"):
        join([[x[0], x[1]], x])
    assert join([[1.0, 2.0], x])._node is not None
