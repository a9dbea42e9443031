"""Every public function of NumPy has a fate on Tensors, and docs/numpy.md tells the one it has."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import scipy
import scipy.special

import autograd
from autograd import Tensor, UnsupportedError
from autograd.engine import protocol
from autograd.engine.op import numpy_functions, numpy_ufuncs

spec = importlib.util.spec_from_file_location("numpy_table", Path(__file__).parent.parent / "docs" / "numpy_table.py")
numpy_table = importlib.util.module_from_spec(spec)
spec.loader.exec_module(numpy_table)

MODULES = {"np": np, "np.linalg": np.linalg, "np.fft": np.fft}
FUNCTIONS = {
    f"{prefix}.{name}": function
    for prefix, module in MODULES.items()
    for name, function in numpy_table.functions(module)
}

# what HIPS's autograd (1.9.1) differentiates, as its own files list it
HIPS = {
    np: """
        nan_to_num negative abs absolute fabs reciprocal exp exp2 expm1 log log2 log10 log1p sin cos tan arcsin arccos
        arctan sinh cosh tanh arcsinh arccosh arctanh rad2deg degrees deg2rad radians square sqrt sinc reshape roll
        array_split split vsplit hsplit dsplit ravel expand_dims squeeze diag diagonal flipud fliplr rot90 trace triu
        tril clip swapaxes moveaxis rollaxis diff gradient repeat tile kron transpose broadcast_to sum mean prod var std
        max min amax amin cumsum inner matmul dot tensordot outer concatenate append sort partition atleast_1d
        atleast_2d atleast_3d einsum pad add multiply subtract divide maximum minimum fmax fmin logaddexp logaddexp2
        true_divide mod remainder power arctan2 hypot where cross linspace full stack vstack hstack row_stack
        column_stack select real imag conj conjugate angle real_if_close astype""",
    np.linalg: "det slogdet inv pinv solve norm eigh eig cholesky svd",
    np.fft: """
        fft ifft fft2 ifft2 fftn ifftn rfft irfft rfft2 irfft2 rfftn irfftn fftshift ifftshift""",
    scipy.special: """
        beta betainc betaln polygamma psi digamma gamma gammaln gammainc gammaincc gammasgn rgamma multigammaln j0 y0 j1
        y1 jn yn i0 i1 iv ive erf erfc erfinv erfcinv logit expit logsumexp""",
}
# what it knows to be constant, and answers with plain values; here they may carry a gradient of 0, too
HIPS_QUESTIONS = """
    floor ceil round rint around fix trunc all any argmax argmin argpartition argsort argwhere nonzero flatnonzero
    count_nonzero searchsorted sign ndim shape floor_divide logical_and logical_or logical_not logical_xor isfinite
    isinf isnan isneginf isposinf allclose isclose array_equal array_equiv greater greater_equal less less_equal equal
    not_equal iscomplexobj iscomplex size isreal zeros_like ones_like empty_like full_like result_type"""
# of complex numbers there is no order, and SciPy has no such function of them
REAL_ONLY = """
    fabs rad2deg degrees deg2rad radians clip max min amax amin sort partition maximum minimum fmax fmin logaddexp
    logaddexp2 mod remainder arctan2 hypot"""
SCIPY = (
    "expm logm sqrtm solve_triangular solve_banded solve_sylvester convolve"  # of linalg and signal, under our names
)
STATS = {
    "norm": "pdf cdf sf logpdf logcdf logsf",
    "t": "pdf cdf logpdf logcdf",
    "beta": "cdf logpdf pdf",
    "gamma": "cdf logpdf pdf",
    "chi2": "cdf logpdf pdf",
    "dirichlet": "pdf logpdf",
    "multivariate_normal": "pdf logpdf entropy",
    "poisson": "cdf logpmf pmf",
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_public_function_of_numpy_has_one_fate(name):
    assert numpy_table.fate(FUNCTIONS[name]), (
        f"{name}: make it an op, a composition, a question, or say why it is refused"
    )


@pytest.mark.parametrize("name", [name for name, f in FUNCTIONS.items() if numpy_table.fate(f) == "operation"])
def test_what_is_called_an_operation_is_in_the_registry_that_is_proven(name):
    function = FUNCTIONS[name]
    ours = (numpy_ufuncs if isinstance(function, np.ufunc) else numpy_functions)[function]

    assert autograd.registry[ours.op.name] is ours.op
    assert ours.op.cases is not None


def test_what_is_refused_says_why():
    for function, reason in protocol.refused.items():
        if not (isinstance(function, np.ufunc) or hasattr(function, "_implementation")):
            continue  # NumPy lets nobody answer for it
        with pytest.raises((UnsupportedError, TypeError)) as caught:
            function(Tensor([1.0, 2.0])) if getattr(function, "nin", 1) == 1 else function(Tensor([1.0]), Tensor([1.0]))
        if caught.type is UnsupportedError:
            assert reason in str(caught.value)


def test_the_page_is_what_would_be_written_now():
    text = numpy_table.PAGE.read_text(encoding="utf-8")
    if not all(f"{name} {numpy_table.minor(m)} " in text for name, m in {"NumPy": np, "SciPy": scipy}.items()):
        pytest.skip("the page is of another version of NumPy or SciPy")
    assert text == numpy_table.page(), "run python docs/numpy_table.py"


UFUNCS = {name: f for name, f in numpy_table.functions(scipy.special) if isinstance(f, np.ufunc)}


@pytest.mark.parametrize("name", UFUNCS)
def test_a_ufunc_of_scipy_has_a_gradient_or_is_refused_by_name(name):
    function = UFUNCS[name]
    args = [0.5] * (function.nin - 1) + [Tensor(np.array(0.5), requires_grad=True)]
    if numpy_table.fate(function):
        assert function(*args).requires_grad
    else:
        with pytest.raises(UnsupportedError, match=rf"{function.__name__} has no derivative rule"):
            function(*args)


@pytest.mark.parametrize("module", HIPS, ids=lambda module: module.__name__)
def test_what_hips_autograd_differentiates_is_here(module):
    """Under NumPy's own name, or under ours where NumPy lets nobody answer for it, as of np.full."""
    missing = [
        name
        for name in HIPS[module].split()
        if numpy_table.fate(getattr(module, name)) not in ("operation", "composition") and not hasattr(autograd, name)
    ]

    assert missing == []


def test_what_hips_autograd_knows_to_be_constant_is_answered():
    assert [n for n in HIPS_QUESTIONS.split() if numpy_table.fate(getattr(np, n)) in ("", "refused")] == []


def test_what_hips_autograd_differentiates_takes_complex_numbers_where_it_makes_sense():
    """An operation or composition says so in the registry, and the property test proves what it says."""
    named = {name: getattr(np, name) for name in HIPS[np].split()}
    ours = {name: numpy_ufuncs.get(function) or numpy_functions.get(function) for name, function in named.items()}
    real = [name for name, function in ours.items() if hasattr(function, "op") and not function.op.complex]

    assert sorted(real) == sorted(REAL_ONLY.split())


def test_what_hips_autograd_has_of_scipy_is_here():
    assert [name for name in SCIPY.split() if name not in autograd.registry] == []
    for family, names in STATS.items():
        assert [name for name in names.split() if f"_{family}_{name}" not in autograd.registry] == []
