"""Complex numbers: functions answer in plain transposes, Tensors show conjugates, and real inputs stay real."""

import re

import numpy as np
import pytest

import autograd as ag
import nn
import optim
from autograd import (
    DtypeError,
    GraphError,
    Tensor,
    TraceError,
    UnsupportedError,
    grad,
    gradients,
    holomorphic_grad,
    jacobian,
    jvp,
    op,
    vjp,
)
from autograd.testing import GradientError, gradcheck
from autograd.viz import draw, explain, player
from autograd.viz.text import look

Z = np.array([1 + 2j, 0.5 - 1j])


def leaf(value):
    return Tensor(value, requires_grad=True)


def test_a_step_against_grad_lowers_a_real_loss():
    z = leaf(Z)
    loss = (abs(z - (2 - 1j)) ** 2).sum()
    loss.backward()

    np.testing.assert_allclose(z.grad.data, 2 * (Z - (2 - 1j)))


def test_functions_answer_in_the_plain_transpose_of_which_grad_is_the_conjugate():
    def f(z):
        return (abs(z) ** 2 + (z**3).imag).sum()

    z = leaf(Z)
    f(z).backward()

    step = 1e-6 * (0.3 - 0.7j)
    for found in (grad(f)(Z), vjp(f, Z)[1](1.0)[0], gradients(f(z), z).data, np.conj(z.grad.data)):
        np.testing.assert_allclose(np.real(found * step).sum(), f(Z + step) - f(Z), 1e-5)


HOLOMORPHIC = {
    "exp": np.exp,
    "sin": np.sin,
    "tanh": np.tanh,
    "log": np.log,
    "cube": lambda z: z**3,
    "1 / z": lambda z: 1 / z,
}


@pytest.mark.parametrize("f", HOLOMORPHIC.values(), ids=HOLOMORPHIC)
def test_the_rule_of_a_holomorphic_function_is_its_derivative(f):
    slope = (f(Z + 1e-6) - f(Z - 1e-6)) / 2e-6

    np.testing.assert_allclose(ag.elementwise_grad(f)(Z), slope, 1e-6)
    np.testing.assert_allclose(jvp(f, [Z], [np.full(2, 2j)])[1], slope * 2j, 1e-6)
    np.testing.assert_allclose(np.diag(jacobian(f)(Z)), slope, 1e-6)
    np.testing.assert_allclose(holomorphic_grad(lambda z: f(z).sum())(Z), slope, 1e-6)


def test_a_real_input_of_a_complex_computation_gets_a_real_gradient():
    x = leaf(np.array([0.3, 0.4], np.float32))
    (np.exp(1j * x) * Z).real.sum().backward()

    assert x.grad.dtype == np.float32
    np.testing.assert_allclose(x.grad.data, (1j * np.exp(1j * x.data) * Z).real, 1e-6)


def test_a_complex_jacobian_by_real_inputs_is_complex_in_either_mode():
    x = np.array([0.3, 0.4])
    expected = np.diag(1j * np.exp(1j * x))

    for mode in ("forward", "reverse"):
        np.testing.assert_allclose(jacobian(lambda x: np.exp(1j * x), mode=mode)(x), expected)


def test_python_numbers_become_the_complex_default_and_precision_stays():
    assert Tensor([1j]).dtype == np.complex64
    assert Tensor([1.0, 2j]).dtype == np.complex64
    with ag.default_dtype(np.float64):
        assert Tensor(1j).dtype == np.complex128
    assert Tensor(Z).dtype == np.complex128
    x = leaf(np.float32(2.0))
    assert (x * 1j).dtype == np.complex64
    assert abs(x * 1j).dtype == np.float32


ON_A_FLOAT = {
    "i t": lambda t: np.exp(1j * t),
    "i + t": lambda t: abs(1j + t) ** 2 + 0j,
    "t / i": lambda t: t / 2j,
    "i ** t": lambda t: 1j**t,
    "t ** i": lambda t: t**2j,
    "(-t) ** (i t)": lambda t: (-t) ** (1j * t),
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("f", ON_A_FLOAT.values(), ids=ON_A_FLOAT)
def test_pythons_complex_numbers_on_either_side_of_one_float_keep_its_precision_and_differentiate(f, dtype):
    t, h = dtype(0.375), dtype(2.0**-7)
    x = leaf(t)
    y = f(x)
    y.imag.backward()

    assert y.dtype == np.result_type(dtype, 1j)
    assert isinstance(y.data, np.complexfloating)
    up, down = (f(np.float64(t + s)) for s in (h, -h))
    np.testing.assert_allclose(x.grad.data, (up - down).imag / (2 * h), 1e-3)
    tangents = [jvp(f, [t], [dtype(1.0)])[1].imag, ag.compile(grad(lambda t: f(t).imag))(t)]
    np.testing.assert_allclose(tangents, [x.grad.data] * 2, 1e-5)


def test_parts_are_properties_as_in_numpy_and_conj_a_method():
    z = Tensor(Z)

    np.testing.assert_array_equal(z.real.data, Z.real)
    np.testing.assert_array_equal(np.imag(z).data, Z.imag)
    np.testing.assert_array_equal(z.conj().data, np.conj(Z))
    np.testing.assert_array_equal(np.angle(z).data, np.angle(Z))
    assert Tensor([1.0]).imag.data == 0


def test_at_0_abs_and_norm_and_sign_give_0():
    for f in (np.abs, np.linalg.norm, lambda z: np.sign(z).real):
        z = leaf(np.zeros(1, complex))
        f(z).sum().backward()
        assert z.grad.data == 0


def test_a_hook_sees_and_returns_what_grad_shows():
    z, seen = leaf(Z), []
    z.register_hook(lambda g: seen.append(g.data) or g * 2)
    (z * (1 + 1j)).real.sum().backward()

    np.testing.assert_array_equal(seen[0], [1 - 1j, 1 - 1j])
    np.testing.assert_array_equal(z.grad.data, 2 * seen[0])


def test_a_checkpoint_and_a_compiled_function_give_the_same():
    def f(z):
        return (abs(np.exp(z) * z) ** 2).sum()

    expected = grad(f)(Z)
    for same in (ag.checkpoint(f), ag.compile(f)):
        np.testing.assert_allclose(grad(same)(Z), expected)


def squares(z):
    kept = np.zeros(2, complex)
    kept[0] = z[0]
    return (abs(z + kept) ** 2).sum()


LEFT_FOR_NUMPY = {
    "recorded": (lambda: squares(leaf(Z)), GraphError, "join them with autograd.stack"),
    "in grad": (lambda: grad(squares)(Z), GraphError, "join them with autograd.stack"),
    "in jvp": (lambda: jvp(squares, [Z], [Z]), GraphError, "drop the tangent"),
    "in vmap": (lambda: ag.vmap(squares)(np.stack([Z, 2 * Z])), TraceError, "the 2 examples differ"),
}


@pytest.mark.parametrize("way", LEFT_FOR_NUMPY)
def test_a_complex_number_written_into_an_array_is_an_error_and_no_constant(way):
    act, kind, words = LEFT_FOR_NUMPY[way]
    with pytest.raises(kind, match=words):
        act()


def test_a_complex_number_that_a_compiled_function_gives_to_python_is_looked_at_in_every_run():
    def f(z):
        return (z * complex(z[0])).sum()

    compiled = ag.compile(f)
    for z in (Z, 2 * Z):
        np.testing.assert_array_equal(compiled(z), f(z))


@pytest.mark.parametrize("number", [float, int])
def test_one_complex_number_is_no_python_float_or_int(number):
    with pytest.raises(DtypeError, match="would lose the imaginary parts"):
        number(Tensor(1 + 2j))


def test_what_depends_on_the_phase_of_a_vector_is_an_error_and_what_does_not_has_a_gradient():
    a = Z[:, None] * Z.conj() + np.array([[1, 2j], [-2j, 4]])
    for vectors in (lambda a: ag.eigh(a)[1], lambda a: ag.eig(a)[1], lambda a: ag.svd(a)[0]):
        with pytest.raises(UnsupportedError, match="phases"):
            vectors(leaf(a)).real.sum().backward()
        with pytest.raises(UnsupportedError, match="phases"):
            jvp(vectors, [a], [a])
        assert np.isfinite(grad(lambda a, f=vectors: (abs(f(a)) ** 3).sum())(a)).all()


def test_a_compiled_step_of_a_complex_parameter_runs_as_it_is_and_says_so():
    def weights(wrap):
        w = leaf(np.ones(2, complex))
        optimizer = optim.Adam([w], lr=0.1)

        def step(x):
            loss = (abs(w - x) ** 2).sum()
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()

        step = wrap(step)
        for _ in range(3):
            step(Tensor(Z))
        return w.data

    with pytest.warns(ag.CompileWarning, match="a complex parameter is stepped as real numbers"):
        found = weights(ag.compile)
    np.testing.assert_array_equal(found, weights(lambda step: step))


NO_DERIVATIVE = {
    "a complex result": (lambda: grad(lambda z: z.sum())(Z), DtypeError, "holomorphic_grad"),
    "real arguments": (lambda: holomorphic_grad(np.sum)(Z.real), DtypeError, "astype"),
    "a real result": (lambda: holomorphic_grad(lambda z: abs(z).sum())(Z), DtypeError, "take grad"),
    "a conjugate": (lambda: holomorphic_grad(lambda z: np.conj(z).sum())(Z), ValueError, "not holomorphic"),
    "a Jacobian of abs": (lambda: jacobian(lambda z: z * abs(z))(Z), ValueError, "not holomorphic"),
    "a Jacobian forward": (lambda: jacobian(np.exp, mode="forward")(Z), DtypeError, "reverse"),
    "a sparse Jacobian": (lambda: ag.sparse_jacobian(np.exp)(Z), DtypeError, "jacobian"),
    "a clipped value": (lambda: ag.clip(Z, 0, 1), DtypeError, "order"),
    "a sorted array": (lambda: ag.sort(Z), DtypeError, "order"),
}


@pytest.mark.parametrize("case", NO_DERIVATIVE)
def test_what_complex_numbers_do_not_have_is_an_error_that_names_the_mend(case):
    act, kind, words = NO_DERIVATIVE[case]
    with pytest.raises(kind, match=words):
        act()


def test_a_sigmoid_far_out_is_0_or_1_and_never_nan():
    z = np.array([1000 + 1j, -1000 + 2j, -30 + 1j])

    np.testing.assert_allclose(ag.sigmoid(z), [1, 0, np.exp(z[2])], 1e-12)
    assert np.isfinite(grad(lambda z: abs(ag.sigmoid(z)).sum())(z)).all()


def test_numpys_ways_to_ask_for_angles_in_degrees_float_powers_and_closeness_take_complex_numbers():
    z = leaf(Z)

    np.testing.assert_array_equal(np.angle(z, deg=True).data, np.angle(Z, deg=True))
    np.testing.assert_array_equal(np.float_power(z.astype(np.complex64), 2.5).data, np.float_power(Z, 2.5))
    assert np.isclose(z, Z + 1e-12j).data.all()


def test_gradcheck_takes_complex_numbers_and_sees_a_conjugate_that_is_missing():
    @op(x=lambda g, x: g * np.sign(x), complex=True)
    def wrong(x):
        return np.abs(x)

    assert gradcheck(lambda z: abs(np.exp(z)) ** 2 + z.imag, [Z], order=2)
    with pytest.raises(GradientError, match=r"wrong rule of wrong.*looks like: a conjugate"):
        gradcheck(wrong, [Z])


def test_a_result_is_real_where_its_imaginary_parts_are_rounding():
    z = leaf(np.array([1 + 1e-15j, 2.0]))
    y = np.real_if_close(z)
    y.sum().backward()

    assert y.dtype == np.float64
    np.testing.assert_array_equal(z.grad.data, [1.0, 1.0])
    assert np.real_if_close(Tensor(Z)).dtype == np.complex128


def test_a_drawing_shows_every_gradient_as_grad_does_before_and_after_backward():
    z = Tensor(1 + 2j, requires_grad=True, name="z")
    y = z * z
    loss = abs(y) ** 2

    for text in (draw(loss, view="backward").source, loss.backward() or draw(loss).source):
        assert re.findall(r">(\([^<]*j\))<", text) == ["(1+2j)", "(20+40j)", "(-3+4j)", "(-6+8j)"]


def test_a_large_complex_array_is_drawn_by_the_sizes_of_its_numbers():
    seen = look(np.array([3 + 4j, 0, 0, 0, 12j]))

    assert (seen.low, seen.mean, seen.high, seen.norm) == (0, 3.4, 12, 13)
    assert look(np.array([complex(1, np.nan)] * 5)).mark == "nan"


def test_explain_gives_the_plain_transpose_and_its_whole_size():
    z = leaf(np.array([3 + 4j, 12j, 0, 0, 0]))
    (term,) = explain((z * (1 + 1j)).real.sum(), z).terms

    np.testing.assert_array_equal(term.value, np.full(5, 1 + 1j))
    assert f"norm {np.sqrt(10):.4g}" in str(explain((z * (1 + 1j)).real.sum(), z))


def test_the_page_that_computes_refuses_complex_numbers():
    with pytest.raises(DtypeError, match="real numbers, not complex128; see viz"):
        player(abs(leaf(Z) * 2).sum())


def test_weights_in_complex64_are_saved_as_pytorch_reads_them(tmp_path):
    kept = Z.astype(np.complex64)
    nn.save({"z": Tensor(kept)}, tmp_path / "z.safetensors")

    np.testing.assert_array_equal(nn.load(tmp_path / "z.safetensors")["z"], kept, strict=True)
    torch = pytest.importorskip("torch")
    load = pytest.importorskip("safetensors.torch").load_file
    assert torch.equal(load(tmp_path / "z.safetensors")["z"], torch.tensor(kept))
