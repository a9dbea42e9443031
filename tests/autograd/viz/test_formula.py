"""The texts of derivative rules: each op has one, and what can be computed from it is what the rule returns."""

import ast
import re
from importlib import import_module

import numpy as np
import pytest
import scipy.special as sp

import autograd as ag
from autograd import Tensor, registry
from autograd.engine.node import Many
from autograd.engine.op import Op
from autograd.engine.sweep import backprop, sum_to
from autograd.ops.declare import op
from autograd.viz.formula import filled, formula, input_names

rng = np.random.default_rng(0)
OURS = [o for o in registry.values() if o.call.__module__.startswith("autograd.ops")]
RULED = [o for o in OURS if o.differentiable and not o.composite]
NAMES = {o: o.name for o in RULED}
ELU = import_module("autograd.ops.activation")
SIZES = {"normalized_shape", "num_groups"}  # stand among the inputs, and have no derivative
RULES = {
    f"{name} {i}": (o, k)
    for o, name in NAMES.items()
    for k, i in enumerate(o.inputs)
    if (i not in SIZES if o.joint else o.rules[k])
}

# texts that name what only the rule works out; those that are no expression, but words, need no place here
PROSE = {
    *(f"{n}_norm x" for n in ("layer", "batch", "group", "rms")), "_correlate weight", "_correlate x", "_gather g_y",
    "_gather x", "_spread g_y", "_spread weight", "rotate_pairs sin", "self_attention qkv",
}  # fmt: skip


def uniform(*shape, low=0.3, high=0.9):
    return rng.uniform(low, high, shape)


SQUARE = uniform(3, 3) + 2.0 * np.eye(3)
POSITIVE = SQUARE @ SQUARE.T
TARGET = np.array([0, 2, 1, 2])
# a call of each op that does not take the two vectors that all others do: inputs, then parameters
CALLS = {
    "clip": ([np.array([-1.0, 0.1, 0.5, 2.0]), np.array(0.0), np.array(0.7)], {}),
    "where": ([np.array([True, False, True]), uniform(3), uniform(3)], {}),
    "polygamma": ([uniform(4), 1], {}),
    **dict.fromkeys(("jv", "yv", "iv", "ive", "kv", "gammainc", "gammaincc"), ([2, uniform(4)], {})),
    "betainc": ([2, 3, uniform(4)], {}),
    "ldexp": ([uniform(4), 3], {}),
    "solve_sylvester": ([POSITIVE, POSITIVE, SQUARE], {}),
    "arccosh": ([uniform(4) + 1.0], {}),
    "remainder": ([uniform(4) * 5, uniform(4)], {}),
    "leaky_relu": ([uniform(4, low=-1.0), 0.2], {}),
    "prelu": ([uniform(4, low=-1.0), uniform(1)], {}),
    "elu": ([uniform(4, low=-1.0), 0.7], {}),
    "celu": ([uniform(4, low=-1.0), 0.7], {}),
    "hardtanh": ([np.array([-1.0, 0.1, 0.5, 2.0]), -0.5, 0.7], {}),
    "softplus": ([uniform(4, low=-2.0), 1.5, 20.0], {}),
    "glu": ([uniform(6), -1], {}),
    "_to_ends": ([uniform(4), -1.0, 1.0], {}),
    "_normal": ([uniform(4, low=-2.0)], {}),
    "gelu": ([uniform(4, low=-2.0), "none"], {}),
    "softmax": ([uniform(4), -1], {}),
    "log_softmax": ([uniform(4), -1], {}),
    "matmul": ([uniform(2, 3), uniform(3, 4)], {}),
    "cross": ([uniform(3), uniform(3)], {}),
    "linear": ([uniform(4, 3), uniform(2, 3), uniform(2)], {}),
    "attention_weights": ([uniform(3, 2), uniform(4, 2), uniform(3, 4), 0.6], {}),
    "convolution": ([uniform(2, 3, 5), uniform(4, 3, 2), uniform(4)], {}),
    "conv_transpose": ([uniform(2, 3, 5), uniform(3, 4, 2), uniform(4)], {}),
    "inv": ([SQUARE], {}),
    "solve": ([SQUARE, uniform(3, 2)], {}),
    "det": ([SQUARE], {}),
    "slogdet": ([SQUARE], {}),
    "cholesky": ([POSITIVE], {}),
    "qr": ([SQUARE], {}),
    "masked_scale": ([uniform(4), np.array([True, False, True, True]), 2.0], {}),
    "embedding": ([uniform(4, 2), np.array([1, 1, 3])], {}),
    "add_rows": ([uniform(3, 2), np.array([1, 1, 3]), 4, None], {}),
    "unindex": ([uniform(3), (5,), np.array([0, 4, 0])], {}),
    "setitem": ([uniform(5), uniform(2), slice(1, 3)], {}),
    "huber": ([uniform(4) * 5, uniform(4), 0.5], {}),
    "mse": ([uniform(2, 3), uniform(2, 3)], {}),
    "cross_entropy": ([uniform(4, 3), TARGET], {}),
    "var": ([uniform(5)], {"ddof": 1}),
    "std": ([uniform(5)], {"ddof": 1}),
    "max": ([np.array([1.0, 3.0, 3.0, 2.0])], {}),
    "min": ([np.array([2.0, 1.0, 1.0, 2.0])], {}),
    "maximum": ([np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 2.0])], {}),
    "minimum": ([np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 2.0])], {}),
    "vector_norm": ([uniform(4, low=-1.0), None, False, 3.0], {}),
    "reshape": ([uniform(2, 3), (3, 2)], {}),
    "transpose": ([uniform(2, 3, 4), (1, 2, 0)], {}),
    "swapaxes": ([uniform(2, 3), 0, 1], {}),
    "moveaxis": ([uniform(2, 3, 4), 0, 2], {}),
    "expand_dims": ([uniform(3), 1], {}),
    "squeeze": ([uniform(3, 1), 1], {}),
    "broadcast_to": ([uniform(3), (2, 3)], {}),
    "flip": ([uniform(2, 3), 0], {}),
    "roll": ([uniform(5), 2, 0], {}),
    "rot90": ([uniform(2, 3), 1, (0, 1)], {}),
    "tril": ([uniform(3, 3), 0], {}),
    "triu": ([uniform(3, 3), 1], {}),
    "astype": ([uniform(3), np.float64], {}),
}
# what a text may name besides the inputs, parameters, g and y
CONSTANTS = {
    "selu": {"scale": ELU.SELU_SCALE, "alpha": ELU.SELU_ALPHA},
    "mse": {"n": 6},
    "cross_entropy": {"n": 4},
    "mean": {"n": 4},
    "var": {"n": 5},
    "std": {"n": 5},
    "attention_weights": {"scale": 0.6},
}


def tril_with_half_diagonal(m):
    return np.tril(m) - np.diag(np.diag(m)) / 2


LANGUAGE = {
    **{name: getattr(np, name) for name in np.__all__ if not name.startswith("_")},
    **{name: o.call for name, o in registry.items() if not hasattr(np, name)},
    "inv": np.linalg.inv,
    "solve": np.linalg.solve,
    "sigmoid": sp.expit,
    "digamma": sp.digamma,
    "polygamma": ag.polygamma,
    "sinc": ag.sinc,
    "softmax": lambda x: sp.softmax(x, -1),
    "log_softmax": lambda x: sp.log_softmax(x, -1),
    "cdf": sp.ndtr,
    "pdf": lambda x: np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi),
    "onehot": lambda indices: np.eye(np.max(indices) + 1)[indices],
    "rowsum": lambda x: np.sum(x, axis=-1, keepdims=True),
    "sum_to": sum_to,
    "sym": lambda m: (m + m.T) / 2,
    "low": tril_with_half_diagonal,
    "mirror": lambda m: np.tril(m) + np.tril(m, -1).T,
}


def computable(text):
    """The expression and what it defines: `a * s, s = b` becomes ("a * s", [("s", "b")]); None for words."""
    main, *defined = re.split(r", (?=\w+ = )", text)
    parts = [(name, value) for name, _, value in (d.partition(" = ") for d in defined)]
    try:
        for code in (main, *(value for _, value in parts)):
            ast.parse(code, mode="eval")
    except SyntaxError:
        return None
    return main, parts


@pytest.mark.parametrize(("o", "position"), RULES.values(), ids=RULES)
def test_every_rule_has_a_text_that_fits_a_drawing(o, position):
    text = formula(o, position)

    assert text
    assert text.isascii()
    assert "\n" not in text
    assert len(text) <= 56
    assert "_rule(" not in text


def arguments(o):
    """Inputs and parameters of one call, and the node that it recorded."""
    values, options = CALLS.get(NAMES[o], ([uniform(4) for _ in o.inputs], {}))
    tensors = [
        Tensor(v, requires_grad=True) if i < len(o.inputs) and isinstance(v, np.ndarray) and v.dtype.kind == "f" else v
        for i, v in enumerate(values)
    ]
    out = o.call(*tensors, **options)
    named = {**o.defaults, **dict(zip(o.parameters, values)), **options}
    return tensors, named, out


def value_of(o, position, text, named, y, g):
    main, defined = computable(text)
    names = {**LANGUAGE, **CONSTANTS.get(NAMES[o], {}), "g": g, "y": y}
    names.update((k, v) for k, v in named.items() if v is not None)
    names.update((word, named[name]) for name, word in input_names(o).items() if name in named)
    if o.name == "glu":
        names["a"], names["b"] = np.split(named["x"], 2)
    if o.name == "qr":
        names["Q"], names["R"], names["gQ"], names["gR"] = *y, *g
    for name, expression in defined:
        names[name] = eval(expression, names)
    return eval(main, names)


COMPUTED = sorted(key for key in RULES.keys() - PROSE if computable(formula(*RULES[key])))


@pytest.mark.parametrize("key", COMPUTED)
def test_a_text_that_can_be_computed_gives_what_the_rule_gives(key):
    o, position = RULES[key]
    text = formula(o, position)
    tensors, named, out = probabilities(o) if key == "cross_entropy target" else arguments(o)
    parts = out if isinstance(out, tuple) else (out,)
    cotangents = [np.asarray(rng.uniform(0.5, 1.5, part.shape)) for part in parts]
    if o.name == "slogdet":
        cotangents[0] *= 0.0
    seeds = {part._node: g[()] for part, g in zip(parts, cotangents)}
    wrt = tensors[position]
    expected = backprop(seeds, [wrt._node])[wrt._node]
    many = isinstance(out, tuple)
    assert many == isinstance(out[0]._node.inputs[0] if many else out._node, Many)
    y = tuple(part.data for part in parts) if many else out.data
    found = value_of(o, position, text, named, y, tuple(cotangents) if many else cotangents[0])

    found = np.broadcast_to(found, wrt.shape) if np.ndim(found) == 0 else found
    np.testing.assert_allclose(sum_to(found, wrt.shape), expected, rtol=1e-9, atol=1e-12)


def probabilities(o):
    values = [uniform(4, 3), uniform(4, 3)]
    tensors = [Tensor(v, requires_grad=True) for v in values]
    return tensors, {**o.defaults, "logits": values[0], "target": values[1]}, o.call(*tensors)


def test_the_list_of_what_cannot_be_computed_names_only_expressions():
    assert [key for key in PROSE if key not in RULES or not computable(formula(*RULES[key]))] == []


def test_words_are_no_expression_with_a_slip():
    for key in RULES.keys() - set(COMPUTED):
        text = formula(*RULES[key])
        assert all(text.count(a) == text.count(b) for a, b in ("()", "[]")), f"{key}: {text}"


# -- how a text is found -------------------------------------------------------------------------------


def test_a_short_rule_is_shown_in_full_and_without_prefixes():
    assert formula(ag.sin.op, 0) == "g * cos(x)"
    assert formula(ag.divide.op, 0) == "g / right"
    assert formula(ag.sigmoid.op, 0) == "g * y * (1 - y)"
    assert formula(ag.reshape.op, 0) == "reshape(g, x.shape)"
    assert formula(ag.add.op, 1) == "g"


def test_a_long_rule_is_shown_by_name_and_what_it_asks_for():
    def slope(g, x, y):
        half = g / 2
        return half * x

    assert formula(Op(lambda x: x, {"x": slope}, name="mine"), 0) == "slope(g, x, y)"


def test_of_several_rules_in_one_line_each_is_found():
    mine = Op(lambda a, b: a * b, {"a": lambda g, b: g * b, "b": lambda g, a: g * a}, name="mine")

    assert (formula(mine, 0), formula(mine, 1)) == ("g * right", "g * left")


def test_an_op_of_one_s_own_may_say_how_its_rule_reads():
    @op(x=lambda g, x: g * 3 * x * x, formulas={"x": "g * 3 * x**2"})
    def cube(x):
        return x**3

    y = cube(Tensor(2.0, requires_grad=True))
    assert formula(cube.op, 0) == "g * 3 * x**2"
    assert filled(y._node, 0, y._node.args[0], 1.0) == "1 * 3 * 2 ** 2"
    assert ag.op(x=lambda g: g, formulas={"x": "just g"})(lambda x: x * 1.0).op.formulas == {"x": "just g"}


def test_a_formula_for_what_is_no_input_is_an_error_at_definition():
    with pytest.raises(TypeError, match="op twice: a formula for 'z'; its inputs are x"):

        @op(x=lambda g: g * 2.0, formulas={"z": "g * 2"})
        def twice(x):
            return x * 2.0


def test_numbers_are_put_in_for_scalars_with_negative_ones_in_brackets():
    x = Tensor(-3.0, requires_grad=True)
    y = x * 2.0
    z = ag.exp(x)

    assert filled(y._node, 0, y._node.args[0], 1.5) == "1.5 * 2"
    assert filled((x * x)._node, 0, (x * x)._node.args[0], 1.0) == "1 * (-3)"
    assert filled(z._node, 0, z._node.args[0], 1.0) == "1 * 0.04979"


def test_of_arrays_words_and_rules_that_pass_on_g_there_are_no_numbers():
    x = Tensor([1.0, 2.0], requires_grad=True)
    s = Tensor(1.0, requires_grad=True)

    for y in (x * 2.0, x.sum(), s + 1.0, ag.stack([s, s]), x[0]):
        assert filled(y._node, 0, y._node.args[0], np.ones(y.shape)[()]) == ""
