import numpy as np
import pytest
from hypothesis import Phase, given, settings
from scipy.sparse import csr_array

import autograd
import nn
from autograd import Tensor, grad, hessian, jacobian, jvp, registry, sparse_jacobian
from autograd.program import sparsity
from autograd.program.sparsity import coloured
from autograd.testing.case import Case
from autograd.testing.strategies import arguments

from .derivatives import arrays_of, derivative, floats

RNG = np.random.default_rng(0)
FEW = max(2, settings().max_examples // 30)


@pytest.fixture
def pushes(monkeypatch):
    """The forms of what is pushed: a matrix of booleans at first, then directions."""
    seen, pushed = [], sparsity.pushed

    def counted(f, rebuild, points, ways, *forward):
        seen.append(ways[0])
        return pushed(f, rebuild, points, ways, *forward)

    monkeypatch.setattr(sparsity, "pushed", counted)
    return seen


def band(x):
    """Each result depends on five elements."""
    left, right = np.pad(x, 2)[:-4], np.pad(x, 2)[4:]
    near = np.pad(x, 1)
    return np.sin(left) * right + near[:-2] * near[2:] - x**3


def test_a_band_five_wide_takes_six_pushes(pushes):
    x = RNG.normal(size=200)
    found = sparse_jacobian(band)(x)

    assert len(pushes) - 1 <= 6  # the first of them told what depends on what
    assert found.shape == (200, 200)
    assert found.nnz <= 5 * 200
    assert np.allclose(found.toarray(), jacobian(band)(x), 1e-12)


def test_a_pattern_that_is_given_saves_the_first_run(pushes):
    x = RNG.normal(size=50)
    pattern = sparse_jacobian(band)(x)
    pushes.clear()
    again = sparse_jacobian(band, pattern=pattern)(x * 2)

    assert len(pushes) <= 6
    assert np.allclose(again.toarray(), jacobian(band)(x * 2), 1e-12)


def test_a_pattern_that_lacks_an_entry_is_an_error():
    lacking = csr_array(np.eye(4, dtype=bool))
    with pytest.raises(autograd.GraphError, match="the pattern lacks an entry in row 1: along a random direction"):
        sparse_jacobian(np.cumsum, pattern=lacking)(np.ones(4))
    with pytest.raises(autograd.ShapeError, match=r"pattern \(4, 4\) for a Jacobian of shape \(3, 3\)"):
        sparse_jacobian(np.cumsum, pattern=lacking)(np.ones(3))


@pytest.mark.no_cover
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(name for name, op in registry.items() if op.differentiable))
def test_every_op_and_its_gradient_have_a_pattern_that_holds_all_that_is_not_zero(name):
    @settings(max_examples=FEW, phases=[Phase.generate], deadline=None)
    @given(arguments(registry[name]))
    def property(drawn):
        case = Case(registry[name], *drawn)
        for i in range(len(case.arrays)):
            for order in (0, 1):
                g = derivative(case, order)

                def f(x, i=i, g=g):
                    every = floats(g(*map(Tensor, case.arrays[:i]), x, *map(Tensor, case.arrays[i + 1 :])))
                    return autograd.concatenate([y.ravel() for y in every]) if every else Tensor(np.zeros(0))

                with np.errstate(all="ignore"):
                    try:
                        found = sparse_jacobian(f)(case.arrays[i])
                    except autograd.UnsupportedError:  # complex vectors, whose phases are arbitrary
                        assert name in ("eig", "eigh", "svd")
                        continue
                    way = np.asarray(RNG.normal(size=np.shape(case.arrays[i])))[()]
                    along = arrays_of(jvp(f, [case.arrays[i]], [way])[1])[0]
                assert np.allclose(found @ np.ravel(way), along, 1e-7, 1e-7, equal_nan=True), (i, order)

    property()


@pytest.mark.parametrize(
    ("f", "count"),
    [
        (lambda x: x[::-1] * 2, 6),  # moved
        (lambda x: (x[1:] - x[:-1]) ** 2, 10),  # beside each other
        (lambda x: x.reshape(2, 3).sum(axis=1), 6),  # added up
        (lambda x: x.reshape(2, 3).T.ravel() * np.arange(6.0), 6),
        (lambda x: autograd.stack([x, x * 0.0 + 1]).ravel(), 12),
        (lambda x: autograd.softmax(x.reshape(2, 3)).ravel(), 18),  # each slice of three on itself
        (lambda x: np.diag([1.0, 0, 2, 3, 0, 4]) @ x, 4),  # zeros of a constant
        (lambda x: x.reshape(2, 3) @ np.array([[1.0, 0], [0, 1], [0, 0]]), 4),
        (lambda x: np.where(x > 0, x, 0.0), 6),
        (lambda x: x.detach() * 2 + 1, 0),
        (lambda x: autograd.sort(x), 6),
        (lambda x: autograd.cumsum(x), 36),  # no less is known of a slice
        (lambda x: autograd.inv(x[:4].reshape(2, 2)), 16),  # nor of an op that does not say
        (lambda x: np.tile(x, 2), 12),
        (lambda x: np.pad(x, 1, constant_values=3.0), 6),
    ],
)
def test_the_pattern_has_no_more_than_there_is(f, count):
    x = RNG.uniform(1, 2, size=6)
    found = sparse_jacobian(f)(x)

    assert found.nnz == count
    assert np.allclose(found.toarray(), jacobian(f)(x).reshape(found.shape), 1e-12)


def test_the_hessian_of_a_chain_has_three_diagonals(pushes):
    x = RNG.normal(size=40)

    def rosenbrock(x):
        return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()

    found = sparse_jacobian(grad(rosenbrock))(x)

    assert found.nnz == 40 + 2 * 39
    assert len(pushes) - 1 <= 4
    assert np.allclose(found.toarray(), hessian(rosenbrock)(x), 1e-12)


def test_arguments_keywords_and_dropout_are_as_in_a_jacobian():
    def f(k, x, *, shift=0.0):
        return nn.functional.dropout(k * x * x + shift, 0.5)

    x = np.arange(1.0, 5.0)
    autograd.seed(1)
    found = sparse_jacobian(f, argnum=-1)(3.0, x, shift=1.0)
    autograd.seed(1)

    assert np.array_equal(found.toarray(), jacobian(f, 1)(3.0, x, shift=1.0))
    assert sparse_jacobian(np.sin)(np.float32(0.0)).toarray() == np.ones((1, 1), np.float32)
    assert sparse_jacobian(np.sin)(np.ones((2, 2), np.float32)).dtype == np.float32


def test_misuse_is_explained():
    with pytest.raises(autograd.DtypeError, match="sparse_jacobian: argument 0 holds int64"):
        sparse_jacobian(np.sin)(Tensor([0, 1, 2]))
    with pytest.raises(autograd.ShapeError, match="the function returned 2 arrays"):
        sparse_jacobian(lambda x: (x, x))(np.ones(2))
    with pytest.raises(autograd.UnsupportedError, match="no transform around it"):
        autograd.jvp(lambda x: sparse_jacobian(np.sin)(x), [np.ones(2)], [np.ones(2)])


def test_colours_are_the_first_that_are_free():
    pattern = csr_array(np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 0]], dtype=bool))

    assert coloured(pattern).tolist() == [0, 1, 0, 0]
