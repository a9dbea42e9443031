"""The names of HIPS's package that programs and other packages import."""

from importlib import import_module

import pytest

NAMES = {
    "autograd": "grad grad_and_aux grad_named value_and_grad jacobian hessian elementwise_grad deriv holomorphic_grad "
    "hessian_vector_product hessian_tensor_product tensor_jacobian_product vector_jacobian_product make_vjp make_jvp "
    "make_hvp make_ggnvp multigrad_dict checkpoint primitive dict list tuple isinstance",
    "autograd.numpy": "array sum dot einsum linalg fft random pi newaxis float64 where concatenate r_ c_",
    "autograd.numpy.linalg": "inv solve det slogdet norm eigh svd cholesky pinv LinAlgError",
    "autograd.numpy.fft": "fft ifft fft2 ifft2 fftn ifftn rfft irfft fftshift ifftshift",
    "autograd.numpy.random": "randn rand seed RandomState normal permutation",
    "autograd.numpy.numpy_boxes": "ArrayBox",
    "autograd.numpy.numpy_vjps": "unbroadcast unbroadcast_f",
    "autograd.scipy": "integrate linalg misc signal special stats",
    "autograd.scipy.special": "beta betaln digamma erf erfc erfinv expit gamma gammainc gammaln i0 i1 iv j0 jn logit "
    "logsumexp multigammaln polygamma psi rgamma y0 yn",
    "autograd.scipy.stats": "beta chi2 dirichlet gamma multivariate_normal norm poisson t",
    "autograd.scipy.linalg": "solve_banded solve_sylvester solve_triangular sqrtm",
    "autograd.scipy.signal": "convolve",
    "autograd.scipy.integrate": "odeint",
    "autograd.scipy.misc": "logsumexp",
    "autograd.extend": "primitive defvjp defjvp defvjp_argnum defvjp_argnums defjvp_argnum defjvp_argnums def_linear "
    "notrace_primitive register_notrace vspace VSpace Box",
    "autograd.builtins": "dict list tuple isinstance type",
    "autograd.misc": "const_graph flatten",
    "autograd.misc.flatten": "flatten flatten_func",
    "autograd.misc.optimizers": "adam rmsprop sgd unflatten_optimizer",
    "autograd.misc.fixed_points": "fixed_point",
    "autograd.misc.tracers": "const_graph",
    "autograd.test_util": "check_grads check_vjp check_jvp check_equivalent combo_check scalar_close",
    "autograd.core": "make_vjp make_jvp vspace VSpace getval isbox",
    "autograd.tracer": "getval isbox Box Node trace primitive notrace_primitive",
    "autograd.differential_operators": "grad jacobian hessian make_vjp make_jvp make_hvp make_jvp_reversemode",
    "autograd.util": "func subval subvals quick_grad_check",
    "autograd.wrap_util": "unary_to_nary",
}


@pytest.mark.parametrize("module", NAMES)
def test_a_module_has_its_names(module):
    found = import_module(module)
    assert [name for name in NAMES[module].split() if not hasattr(found, name)] == []
