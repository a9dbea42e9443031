"""Linear algebra beyond the proof that every op gets: conventions, singular and degenerate cases, gauges, errors."""

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given, settings, strategies as st

import autograd as ag
from autograd import MistakeWarning, ShapeError, Tensor, UnsupportedError, gradients
from autograd.testing import gradcheck

rng = np.random.default_rng(0)
START = rng.bit_generator.state


@pytest.fixture(autouse=True)
def the_same_numbers_whichever_tests_ran_before():
    rng.bit_generator.state = START


def leaf(array, dtype=np.float64):
    return Tensor(np.asarray(array, dtype), requires_grad=True)


def gradient(f, *arrays):
    leaves = [leaf(a) for a in arrays]
    found = gradients(f(*leaves), leaves)
    return found[0].data if len(arrays) == 1 else [g.data for g in found]


def second(f, array):
    """The gradient of the sum of squares and values of the gradient."""
    x = leaf(array)
    g = gradients(f(x), x, create_graph=True)
    return gradients((g * g).sum() + g.sum(), x, allow_unused=True)


# -- einsum --------------------------------------------------------------------------------------------

STRINGS = [
    ("ij,jk", (2, 3), (3, 2)),
    ("kj,ji", (2, 3), (3, 2)),
    ("ba", (2, 3)),
    ("Ab", (2, 3)),
    ("ii", (3, 3)),
    ("iji->j", (2, 3, 2)),
    ("iijj->ij", (2, 2, 3, 3)),
    ("iii->i", (3, 3, 3)),
    ("ij,jj,jjk->k", (2, 3), (3, 3), (3, 3, 2)),
    ("ij->", (2, 3)),
    ("ij,kl->i", (2, 3), (2, 2)),
    (",,->", (), (), ()),
    (" i j , j -> i ", (2, 3), (3,)),
    ("...", (2, 3)),
    ("...->...", ()),
    ("...i->...", (2, 3)),
    ("...i->i...", (2, 3, 2)),
    ("i...,j...->ij...", (2, 1, 3), (2, 4, 1)),
    ("...ij,...jk", (4, 1, 2, 3), (2, 3, 2)),
    ("...,...", (2, 1, 3), (4, 1)),
    ("...ii,...i->...", (2, 3, 3), (1, 3)),
    ("i,i", (1,), (3,)),
    ("ij,ij->ij", (1, 3), (2, 1)),
    ("ij,jk,kl,lm->im", (2, 3), (3, 2), (2, 3), (3, 2)),
    ("ij,ji,ii->", (2, 2), (2, 2), (2, 2)),
]


@pytest.mark.parametrize("case", STRINGS, ids=lambda case: case[0])
def test_einsum_takes_all_of_numpys_subscripts(case):
    subscripts, *shapes = case
    arrays = [rng.normal(size=shape) for shape in shapes]

    np.testing.assert_allclose(ag.einsum(subscripts, *map(Tensor, arrays)).data, np.einsum(subscripts, *arrays))
    assert gradcheck(lambda *xs: np.einsum(subscripts, *xs), arrays, order=2)


@st.composite
def random_einsum(draw):
    sizes = {letter: draw(st.integers(1, 3)) for letter in "ijk"}
    hidden = draw(st.lists(st.integers(1, 2), max_size=2))
    terms, arrays = [], []
    for _ in range(draw(st.integers(1, 3))):
        letters = draw(st.text("ijk", max_size=3))
        shape = [sizes[c] if letters.count(c) > 1 or draw(st.integers(0, 3)) else 1 for c in letters]
        if hidden and draw(st.booleans()):
            at = draw(st.integers(0, len(letters)))
            under = hidden[draw(st.integers(0, len(hidden))) :]
            letters, shape = letters[:at] + "..." + letters[at:], [*shape[:at], *under, *shape[at:]]
        terms.append(letters)
        arrays.append(np.random.default_rng(draw(st.integers(0, 9))).normal(size=shape))
    subscripts = ",".join(terms)
    if draw(st.booleans()):
        kept = [c for c in "ijk" if c in subscripts and draw(st.booleans())]
        subscripts += "->" + "".join(["..."] * ("..." in subscripts) + draw(st.permutations(kept)))
    return subscripts, arrays


@settings(max_examples=60, deadline=None)
@given(random_einsum())
def test_einsum_of_random_subscripts(case):
    subscripts, arrays = case

    np.testing.assert_allclose(ag.einsum(subscripts, *arrays), np.einsum(subscripts, *arrays), atol=1e-12)
    assert gradcheck(lambda *xs: ag.einsum(subscripts, *xs), arrays, order=2, directions=1)


def test_einsum_with_the_same_operand_twice_adds_both_gradients():
    a = rng.normal(size=(3, 3))

    np.testing.assert_allclose(gradient(lambda x: ag.einsum("ij,ij->", x, x), a), 2 * a)
    assert gradcheck(lambda x: ag.einsum("ij,jk,ki->", x, x, x), [a], order=2)


def test_large_and_planned_contractions_agree_with_products():
    a, b, c = (rng.normal(size=(30, 30)) for _ in range(3))

    np.testing.assert_allclose(ag.einsum("ij,jk,kl->il", a, b, c), a @ b @ c)
    np.testing.assert_allclose(np.einsum("ij,jk->ik", leaf(a), b, optimize="optimal").data, a @ b)


@pytest.mark.parametrize(
    ("subscripts", "shapes", "says"),
    [
        ("ij,jk", [(2, 3)], "2 operands but was given 1"),
        ("ijk", [(2, 3)], "'ijk' does not fit operand 0, which has 2 axes"),
        ("i->i", [(2, 3)], "'i' does not fit operand 0"),
        ("...i->i", [(2, 3)], "output has no"),
        ("......", [(2, 3)], "one '...'"),
        ("ij,jk->ik", [(2, 3), (2, 3)], "float64 (2, 3)"),
    ],
)
def test_einsum_says_what_does_not_fit(subscripts, shapes, says):
    with pytest.raises(ShapeError) as error:
        ag.einsum(subscripts, *(leaf(np.ones(shape)) for shape in shapes))
    assert says in str(error.value)


# -- products and the affine map -----------------------------------------------------------------------


def test_linear_is_one_node_and_equals_its_formula():
    x, w, b = leaf(rng.normal(size=(2, 4, 3))), leaf(rng.normal(size=(5, 3))), leaf(rng.normal(size=5))
    before = b.data.copy()
    y = ag.linear(x, w, b)
    g = rng.normal(size=y.shape)

    np.testing.assert_allclose(y.data, x.data @ w.data.T + b.data)
    assert y._node.inputs == (x._node, w._node, b._node)
    ours = gradients(y, [x, w, b], g)
    theirs = gradients(np.matmul(x, w.T) + b, [x, w, b], g)
    for a, e in zip(ours, theirs):
        np.testing.assert_allclose(a.data, e.data)
    np.testing.assert_array_equal(b.data, before)


def test_linear_takes_a_vector_no_rows_and_a_wider_bias():
    w = leaf(np.ones((4, 3)), np.float32)

    assert ag.linear(np.ones(3, np.float32), w).shape == (4,)
    assert ag.linear(np.ones((2, 0, 3), np.float32), w, bias=np.ones(4, np.float32)).shape == (2, 0, 4)
    assert ag.linear(np.ones((2, 3), np.float32), w, np.ones(4)).dtype == np.float64


def test_linear_names_the_shapes_that_do_not_fit():
    w = leaf(np.ones((4, 5)))

    with pytest.raises(ShapeError, match=r"x \(7, 3\), weight \(4, 5\) .* \(out, in\).*in is 3 in x, 5 in weight"):
        ag.linear(leaf(np.ones((7, 3))), w)
    with pytest.raises(ShapeError, match=r"weight \(4, 5\), bias \(5,\) .*out is 4 in weight, 5 in bias"):
        ag.linear(leaf(np.ones((7, 5))), w, leaf(np.ones(5)))
    with pytest.raises(ShapeError, match=r"weight \(out, in\).*: weight has 1 axis"):
        ag.linear(leaf(np.ones((7, 5))), leaf(np.ones(5)))


def test_products_name_the_shapes_that_do_not_fit():
    with pytest.raises(ShapeError, match=r"axes \(1,\) of a \(2, 3\) and \(0,\) of b \(2, 3\)"):
        ag.tensordot(leaf(np.ones((2, 3))), np.ones((2, 3)), 1)
    with pytest.raises(ShapeError, match="size 3"):
        ag.cross(leaf(np.ones(2)), np.ones(2))


def test_multi_dot_multiplies_in_the_cheapest_order():
    column, row = leaf(np.ones((50, 1))), leaf(np.ones((1, 50)))
    y = ag.multi_dot([column, row, column])

    np.testing.assert_array_equal(y.data, np.full((50, 1), 50.0))
    assert [n.shape for n in y._node.inputs] == [(50, 1), (1, 1)]


def test_numpys_newer_names_reach_the_same_ops():
    a, b = rng.normal(size=3), rng.normal(size=3)

    for f in (np.linalg.cross, np.linalg.outer, np.linalg.tensordot, np.linalg.matmul):
        options = {"axes": 1} if f is np.linalg.tensordot else {}
        np.testing.assert_allclose(f(leaf(a), b, **options).data, f(a, b, **options))


# -- inverses and determinants -------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 3, 5])
@pytest.mark.parametrize("lost", [0, 1, 2, 5])
def test_det_has_the_right_gradients_whatever_the_rank(n, lost):
    rank = max(n - lost, 0)
    a = rng.normal(size=(n, rank)) @ rng.normal(size=(rank, n))

    assert gradcheck(ag.det, [a], order=3, directions=1)


def test_det_of_a_batch_with_one_singular_member():
    a = np.stack([np.arange(16.0).reshape(4, 4) / 8, np.eye(4)])

    assert gradcheck(ag.det, [a], order=2)
    np.testing.assert_allclose(gradient(lambda x: ag.det(x)[1], a)[1], np.eye(4))


def test_a_singular_matrix_has_no_inverse_and_the_error_names_it():
    with pytest.raises(np.linalg.LinAlgError, match="Singular") as error:
        ag.inv(leaf(np.zeros((2, 2))))
    assert "float64 (2, 2)" in error.value.__notes__[0]


def test_slogdet_survives_where_det_overflows():
    a = 1e4 * np.eye(100)
    x = leaf(a)

    np.testing.assert_allclose(gradients(np.linalg.slogdet(x).logabsdet, x).data, np.eye(100) / 1e4)


def test_solve_takes_a_vector_only_when_b_has_one_axis():
    a, b = rng.normal(size=(2, 3, 3)) + 3 * np.eye(3), rng.normal(size=(2, 3, 1))

    assert gradcheck(lambda a, b: ag.solve(a, b), [a, b], order=2)
    assert gradcheck(lambda a, b: ag.solve(a, b), [a, b[0, :, 0]], order=2)
    assert ag.solve(leaf(a), b[0, :, 0]).shape == (2, 3)


def test_matrix_power_zero_has_a_gradient_of_zero_and_one_is_a_copy():
    a = rng.normal(size=(2, 2))
    x = leaf(a)

    np.testing.assert_array_equal(gradient(lambda x: ag.matrix_power(x, 0).sum(), a), np.zeros((2, 2)))
    assert ag.matrix_power(x, 1) is not x
    with pytest.raises(ShapeError, match=r"matrix_power: a \(2, 3\) .* n is 2 and 3 in a"):
        ag.matrix_power(np.ones((2, 3)), 2)


def test_pinv_moves_among_matrices_of_the_same_rank():
    left, right = rng.normal(size=(4, 2)), rng.normal(size=(2, 3))

    assert gradcheck(lambda u, v: ag.pinv(u @ v), [left, right], order=2)


# -- factorisations ------------------------------------------------------------------------------------


def symmetric(*shape):
    a = rng.normal(size=shape)
    return a + np.swapaxes(a, -1, -2)


def t(x):
    return np.swapaxes(x, -1, -2)


@pytest.mark.parametrize("UPLO", ["L", "U"])
def test_functions_of_a_symmetric_matrix_through_eigh(UPLO):
    def exponential(a):
        w, v = np.linalg.eigh((a + t(a)) / 2, UPLO)
        return (v * np.exp(w / 4)[..., None, :]) @ t(v)

    for shape in [(4, 4), (2, 3, 3)]:
        assert gradcheck(exponential, [symmetric(*shape)], order=2)


@pytest.mark.parametrize("UPLO", ["L", "U"])
def test_eigh_has_a_gradient_only_where_it_reads(UPLO):
    a, weights = rng.normal(size=(3, 3)), rng.normal(size=3)
    g = gradient(lambda x: (np.linalg.eigh(x, UPLO)[0] * weights).sum(), a)

    np.testing.assert_array_equal(g, np.tril(g) if UPLO == "L" else np.triu(g))
    assert gradcheck(lambda x: ag.eigvalsh(x, UPLO), [a], order=2)


@pytest.mark.parametrize("shape", [(3, 3), (4, 3), (3, 5), (2, 4, 3)])
def test_functions_of_a_matrix_through_svd(shape):
    def bent(a):
        u, s, vt = np.linalg.svd(a, full_matrices=False)
        return (u * np.tanh(s)[..., None, :]) @ vt

    def nearest_isometry(a):
        u, _, vt = np.linalg.svd(a, full_matrices=False)
        return u @ vt

    a = rng.normal(size=shape)
    assert gradcheck(bent, [a], order=2)
    assert gradcheck(nearest_isometry, [a], order=2)


@pytest.mark.parametrize("shape", [(3, 2), (2, 3)])
def test_svd_with_full_matrices_has_a_gradient_of_what_does_not_only_complete_a_basis(shape):
    def product(a, full):
        u, s, vt = np.linalg.svd(a, full_matrices=full)
        return (u[:, :2] * np.sin(s)) @ vt[:2]

    a = rng.normal(size=shape)
    assert gradcheck(lambda a: product(a, True), [a], order=2)

    u, _, vt = np.linalg.svd(leaf(a))
    assert (u.shape, vt.shape) == ((shape[0],) * 2, (shape[1],) * 2)
    with pytest.raises(UnsupportedError, match="full_matrices=False"):
        (u[:, -1].sum() + vt[-1].sum()).backward()


def test_svd_of_a_square_matrix_needs_no_option():
    def bent(a):
        u, s, vt = np.linalg.svd(a)
        return (u * np.sin(s)) @ vt

    assert gradcheck(bent, [rng.normal(size=(3, 3))])


@pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 4), (2, 3, 2), (2, 2, 3)])
def test_projections_through_qr(shape):
    def projection(a):
        q, r = np.linalg.qr(a)
        return np.concatenate([q @ t(q), q @ np.tanh(t(q) @ q) @ r], axis=-1)

    def gram(a):
        r = np.linalg.qr(a)[1]
        return np.sqrt(np.abs(t(r) @ r) + 1)

    a = rng.normal(size=shape)
    assert gradcheck(projection, [a], order=2)
    assert gradcheck(gram, [a], order=2)


def test_qr_refuses_a_derivative_that_does_not_exist():
    a = leaf([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]])

    with pytest.raises(np.linalg.LinAlgError, match="first 2 columns"):
        ag.qr(a)[0].sum().backward()
    with pytest.raises(UnsupportedError, match="'raw'"):
        ag.qr(a, mode="raw")


def test_cholesky_has_a_symmetric_gradient_of_either_factor():
    a = symmetric(3, 3) + 8 * np.eye(3)
    weights = rng.normal(size=(3, 3))
    lower = gradient(lambda x: (ag.cholesky(x) * weights).sum(), a)
    upper = gradient(lambda x: (np.linalg.cholesky(x, upper=True) * weights.T).sum(), a)

    np.testing.assert_allclose(lower, lower.T)
    np.testing.assert_allclose(lower, upper)


def test_cholesky_refuses_what_is_not_symmetric_or_not_positive():
    with pytest.raises(ValueError, match="differs from its transpose by up to 2"):
        ag.cholesky(leaf([[4.0, 0.0], [2.0, 5.0]]))
    with pytest.raises(np.linalg.LinAlgError):
        ag.cholesky(leaf([[1.0, 2.0], [2.0, 1.0]]))
    with pytest.raises(ShapeError, match=r"cholesky: a \(2, 3\) .* n is 2 and 3 in a; it takes square"):
        ag.cholesky(leaf(np.ones((2, 3))))


DEGENERATE = [
    np.eye(3),
    np.zeros((3, 3)),
    np.diag([2.0, 2.0, 1.0]),
    np.ones((3, 3)),
    np.stack([np.eye(2), np.ones((2, 2))]),
]


@pytest.mark.filterwarnings("ignore::autograd.MistakeWarning")  # which is tested below
@pytest.mark.parametrize("a", DEGENERATE)
def test_equal_eigenvalues_and_singular_values_never_give_nan(a):
    weights = rng.normal(size=a.shape)
    functions = [
        lambda x: sum((y * y * y).sum() for y in ag.eigh(x)) + (ag.eigh(x)[1] * weights).sum(),
        lambda x: sum((y * y * y).sum() for y in ag.svd(x)) + (ag.svd(x)[2] * weights).sum(),
        lambda x: (ag.svd(x, compute_uv=False) ** 2).sum(),
        lambda x: (ag.eigvalsh(x) ** 3).sum(),
    ]
    for f in functions:
        assert np.isfinite(gradient(f, a)).all()
        assert np.isfinite(second(f, a).data).all()


def test_equal_eigenvalues_up_to_rounding_count_as_equal():
    q = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    a = (q * [1.0, 1.0, 3.0]) @ q.T

    with pytest.warns(MistakeWarning, match="eigenvalues 0 and 1 are equal"):
        g = gradient(lambda x: (ag.eigh(x)[1] ** 3).sum(), (a + a.T) / 2)
    assert np.abs(g).max() < 10


def test_the_sum_of_eigenvalues_of_the_identity_has_the_identity_as_gradient():
    np.testing.assert_allclose(gradient(lambda x: ag.eigvalsh(x).sum(), np.eye(3)), np.eye(3), atol=1e-15)


def root_by_eigh(a):
    w, v = ag.eigh((a + t(a)) / 2)
    return (v * np.sqrt(w)[..., None, :]) @ t(v)


def isometry_by_svd(a):
    u, _, vt = ag.svd(a, full_matrices=False)
    return u @ vt


def test_a_function_through_vectors_of_equal_values_warns_and_names_them_and_the_mend():
    twice = np.diag([3.0, 1.0, 3.0])
    with pytest.warns(MistakeWarning, match=r"eigh: the eigenvalues 1 and 2 are equal, 3\..*autograd.sqrtm") as caught:
        gradient(lambda x: (root_by_eigh(x) * np.ones((3, 3))).sum(), twice)
    assert caught[0].filename == __file__
    with pytest.warns(MistakeWarning, match=r"svd: the singular values 0 and 1 are equal, 3\..*autograd.polar"):
        gradient(lambda x: (isometry_by_svd(x) * np.tri(3)).sum(), twice)
    with pytest.warns(MistakeWarning, match=r"0 and 1 of matrix \(1,\) are equal"):
        gradient(lambda x: root_by_eigh(x).sum(), np.stack([np.diag([1.0, 2.0]), np.eye(2)]))
    with pytest.warns(MistakeWarning, match="eigenvalues 0 and 1 are equal"):  # the second derivative is that of a**3
        second(lambda x: (ag.eigvalsh(x) ** 3).sum(), np.eye(2))


@pytest.mark.parametrize("a", [np.diag([2.0, 0.0, 1.0])[:, :2], np.diag([2.0, 0.0, 1.0])[:2]])
def test_the_vector_of_a_singular_value_of_zero_warns_where_it_would_leave_the_space_of_all(a):
    with pytest.warns(MistakeWarning, match="svd: singular value 1 is 0"):
        gradient(lambda x: (isometry_by_svd(x) * np.arange(6.0).reshape(a.shape)).sum(), a)


def test_equal_values_whose_vectors_nothing_asks_for_make_no_warning():
    functions = [
        lambda x: (ag.eigh(x)[0] ** 2).sum(),
        lambda x: (ag.eigh(x)[1][:, 2] * [1.0, 2.0, 3.0]).sum(),  # of the only value that is alone
        lambda x: (ag.eigh(x)[1] ** 2)[:, 0].sum(),  # which is 1, whatever the vector
        lambda x: (ag.svd(x)[0][:, 0] * [1.0, 2.0, 3.0]).sum(),
        lambda x: ag.norm(x, "nuc"),
    ]
    for f in functions:  # warnings are errors here
        assert np.isfinite(gradient(f, np.diag([1.0, 1.0, 4.0]))).all()


# -- functions of matrices -----------------------------------------------------------------------------

EQUAL = [np.eye(3), np.diag([2.0, 2.0, 1.0]), np.stack([np.eye(3), np.diag([3.0, 1.0, 1.0])])]


@pytest.mark.parametrize("a", EQUAL)
@pytest.mark.parametrize("function", [ag.expm, ag.sqrtm, ag.logm, lambda a: ag.polar(a)[0], lambda a: ag.polar(a)[1]])
def test_functions_of_matrices_are_right_to_order_three_where_values_are_equal(function, a):
    assert gradcheck(function, [a], order=3, directions=1)


def test_functions_of_matrices_agree_with_scipys_and_with_each_other():
    a = symmetric(4, 4) / 2
    positive = scipy.linalg.expm(a)

    np.testing.assert_allclose(ag.sqrtm(positive), scipy.linalg.sqrtm(positive), atol=1e-12)
    np.testing.assert_allclose(ag.logm(positive), a, atol=1e-12)
    np.testing.assert_allclose(ag.expm(a + np.tri(4)), scipy.linalg.expm(a + np.tri(4)))
    for x in (a, a[:, :2], a[:2]):
        for ours, theirs in zip(ag.polar(x), scipy.linalg.polar(x)):
            np.testing.assert_allclose(ours, theirs, atol=1e-12)
    assert gradcheck(lambda x: ag.expm(ag.logm(x) / 2) - ag.sqrtm(x), [positive], order=2)


def test_expm_takes_matrices_that_have_no_eigenvectors():
    assert gradcheck(ag.expm, [np.eye(3, k=1)], order=3)


def test_a_large_cotangent_costs_expm_no_digits():
    a = np.array([[0.1, 0.2], [0.3, 0.4]])
    small, large = (gradient(lambda x, c=c: (ag.expm(x) * c).sum(), a) for c in (1.0, 1e12))

    np.testing.assert_allclose(large / 1e12, small, rtol=1e-13)


def test_functions_of_matrices_say_where_they_or_their_derivatives_end():
    with pytest.raises(np.linalg.LinAlgError, match=r"sqrtm: an eigenvalue is -1"):
        ag.sqrtm(np.diag([1.0, -1.0]))
    with pytest.raises(np.linalg.LinAlgError, match=r"logm: an eigenvalue is 0"):
        ag.logm(np.diag([1.0, 0.0]))
    with pytest.raises(ValueError, match="logm: a differs from its transpose by up to 1"):
        ag.logm(np.tri(2))
    np.testing.assert_array_equal(ag.sqrtm(np.diag([4.0, 0.0])), np.diag([2.0, 0.0]))
    for f in (ag.sqrtm, lambda a: ag.polar(a)[0]):
        with pytest.raises(np.linalg.LinAlgError, match="not all singular values are above 0"):
            gradient(lambda x, f=f: f(x).sum(), np.diag([4.0, 0.0]))


# -- norms ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ord", [None, 2, 1, np.inf, -np.inf, 0, 3, 1.5, 0.5])
def test_the_norm_of_a_zero_vector_has_a_gradient_of_zero(ord):
    np.testing.assert_array_equal(gradient(lambda x: ag.norm(x, ord), np.zeros(3)), np.zeros(3))
    assert np.isfinite(second(lambda x: ag.norm(x, ord) + (x * x).sum(), np.zeros(3)).data).all()


@pytest.mark.parametrize("ord", [None, "fro", "nuc", 2, -2, 1, -1, np.inf, -np.inf])
def test_the_norm_of_a_zero_matrix_has_a_gradient_of_zero(ord):
    np.testing.assert_array_equal(gradient(lambda x: ag.norm(x, ord, (0, 1)), np.zeros((2, 3))), np.zeros((2, 3)))


def test_a_zero_row_among_others_keeps_the_gradient_finite():
    x = np.array([[0.0, 0.0], [3.0, 4.0]])

    np.testing.assert_allclose(gradient(lambda x: ag.norm(x, axis=1).sum(), x), [[0, 0], [0.6, 0.8]])
    assert np.isfinite(second(lambda x: ag.norm(x, axis=1).sum(), x).data).all()


def test_a_norm_that_underflows_has_no_infinite_gradient():
    assert np.isfinite(gradient(lambda x: ag.norm(x), np.full(3, 1e-200))).all()


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize(
    ("shape", "ord", "axis"),
    [
        ((2, 3, 4), None, None),
        ((3,), 3, None),
        ((2, 3), "fro", None),
        ((2, 3), "nuc", None),
        ((2, 3, 4), 2, (2, 0)),
        ((2, 3, 4), -1, (-1, 1)),
        ((2, 3, 4), np.inf, (0, 1)),
        ((2, 3, 4), 0, (1,)),
    ],
)
def test_norm_takes_numpys_axes(shape, ord, axis, keepdims):
    x = rng.normal(size=shape)

    np.testing.assert_allclose(
        np.linalg.norm(leaf(x), ord, axis, keepdims).data, np.linalg.norm(x, ord, axis, keepdims)
    )
    assert gradcheck(lambda x: ag.norm(x, ord, axis, keepdims), [x])


def test_norm_refuses_orders_and_axes_that_mean_nothing():
    with pytest.raises(ValueError, match="'fro' is one of matrices"):
        ag.norm(leaf(np.ones(3)), "fro")
    with pytest.raises(ValueError, match="no norm of order 3"):
        ag.norm(leaf(np.ones((3, 3))), 3)
    with pytest.raises(ShapeError, match="not 3"):
        ag.norm(leaf(np.ones((3, 3, 3))), 2)


def test_norm_of_integers_is_a_float():
    assert ag.norm(Tensor([3, 4])).item() == 5.0
