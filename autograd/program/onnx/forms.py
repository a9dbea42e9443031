"""Forms: the ONNX nodes of each operation that has some, and the smaller operations of those that have none.

Sources: the operator specifications of ONNX, opset 20.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from ... import ops
from ...ops.windows import named_pads, pads, positions, span
from ...support.checks import sizes
from .graph import Call, kind_of
from .indexing import indexed
from .sizes import Size

Form = Callable[[Call], Any]  # writes the nodes, and returns the name of the result, or those of several
OPSET = 20


# -- element by element, and along axes ----------------------------------------------------------------


def each(kind: str, **attributes: Any) -> Form:
    """A node that works element by element, with broadcasting, on inputs of one dtype."""
    return lambda c: c.node(kind, *c.operands(), **attributes)


def reduced(c: Call, kind: str) -> Any:
    """A reduction over axes, all by default."""
    axis = c.args["axis"]
    axes = c.ints(*(range(c.rank()) if axis is None else np.atleast_1d(axis)))
    return c.node(kind, c["x"], axes, keepdims=int(c.args["keepdims"]), noop_with_empty_axes=1)


def place(c: Call, kind: str) -> Any:
    """Where along an axis an extremum is."""
    return c.node(kind, c.value(c.args["x"]), axis=c.args["axis"], keepdims=int(c.args["keepdims"]))


def moved(c: Call) -> Any:
    """Axes in another order, which NumPy works out on an array whose lengths are their numbers."""
    axes = np.broadcast_to(0.0, range(len(c.sizes)))
    return c.node("Transpose", c["x"], perm=c.eqn.op.forward(**{**c.args, "x": axes}).shape)


def padded(c: Call) -> Any:
    """A border."""
    widths = np.broadcast_to(c.args["pad_width"], (len(c.sizes), 2)).T.ravel()
    fill = c["constant_values"] if c.args["mode"] == "constant" else ""
    return c.node("Pad", c["x"], c.ints(*widths), fill, mode=c.args["mode"])


def linear(c: Call) -> Any:
    """x @ weight.T + bias."""
    if len(c.sizes) == 2:
        return c.node("Gemm", c["x"], c["weight"], c["bias"], transB=1)
    product = c.node("MatMul", c["x"], c.node("Transpose", c["weight"], perm=(1, 0)))
    return product if c.args["bias"] is None else c.node("Add", product, c["bias"])


def layer_norm(c: Call) -> Any:
    """Over the last axes."""
    given = {"axis": -np.size(c.args["normalized_shape"]), "epsilon": c.args["eps"]}
    return c.node("LayerNormalization", c["x"], c["weight"], c["bias"], **given)


# -- windows -------------------------------------------------------------------------------------------


def convolution(c: Call, kind: str, **attributes: Any) -> Any:
    """A convolution, or its adjoint."""
    kernel, padding = c.args["weight"].shape[2:], c.args["padding"]
    stride, dilation = (sizes("export", c.args[name], len(kernel)) for name in ("stride", "dilation"))
    if isinstance(padding, str):
        padding = named_pads("export", padding, kernel, stride, dilation)
    around = np.transpose(pads("export", padding, len(kernel))).ravel().tolist()
    given = {"strides": stride, "dilations": dilation, "pads": around, "group": c.args["groups"]}
    given |= {name: sizes("export", value, len(kernel), 0) for name, value in attributes.items()}
    if any(n >= s for n, s in zip(given.get("output_padding", ()), stride)):
        raise ValueError("onnxruntime wants output_padding below the stride")
    return c.node(kind, c["x"], c["weight"], c["bias"], **given)


def pool(c: Call, kind: str, dilation: Any = 1, **attributes: Any) -> list[str]:
    """A pooling over the last axes; where a window sticks out, there is padding."""
    kernel = np.atleast_1d(c.args["kernel"]).tolist()
    axes, plain = len(kernel), c.rank() == len(kernel) + 2
    lengths = c.graph.program.sizes[c.args["x"]][-axes:]
    if any(isinstance(n, Size) for n in lengths):
        raise ValueError("an axis that is pooled follows the batch")
    strides = sizes("export", kernel if c.args["stride"] is None else c.args["stride"], axes)
    before, dilations = sizes("export", c.args["padding"], axes, 0), sizes("export", dilation, axes)
    after = [
        max((positions(n, k, s, (p, p), d, c.args["ceil_mode"]) - 1) * s + span(k, d) - n - p, 0)
        for n, k, s, p, d in zip(lengths, kernel, strides, before, dilations)
    ]
    if any(p >= k for p, k in zip([*before, *after], kernel * 2)):
        raise ValueError("onnxruntime wants padding below the kernel")
    x = c["x"] if plain else c.node("Reshape", c["x"], c.ints(-1, 1, *lengths))
    given = {"kernel_shape": kernel, "strides": strides, "dilations": dilations, "pads": [*before, *after]}
    found = c.node(kind, x, **given, **attributes)
    made = found if isinstance(found, list) else [found]
    return made if plain else [c.node("Reshape", y, c.graph.shape(c.sizes, True)) for y in made]


def max_pool(c: Call) -> Any:
    """The maximum, and where it lies, which ONNX counts through the whole array."""
    y, *places = pool(c, "MaxPool", c.args["dilation"], outputs=1 + bool(c.args["return_indices"]))
    lengths = c.args["x"].shape[-np.size(c.args["kernel"]) :]
    return [y, *(c.node("Mod", place, c.ints(prod(lengths))) for place in places)]


def avg_pool(c: Call) -> Any:
    """The mean that counts zeros, times what makes it the one that is meant."""
    (y,) = pool(c, "AveragePool", count_include_pad=1)
    kernel = c.args["kernel"]
    given = {**c.args, "x": np.ones(c.args["x"].shape[-np.size(kernel) :])}
    factor = c.eqn.op.forward(**given) / c.eqn.op.forward(**{**given, "divisor_override": 1}) * np.prod(kernel)
    return y if np.all(factor == 1) else c.node("Mul", y, c.value(factor, c.dtype))


# -- recurrence ----------------------------------------------------------------------------------------


def recurrent(c: Call, kind: str, gates: Sequence[int], *states: str, **attributes: Any) -> Any:
    """A layer in one direction. ONNX has the gates in this order of ours, and an axis for the directions."""
    hidden = c.args["w_hh"].shape[1]
    rows = c.ints(*(np.array(gates)[:, None] * hidden + np.arange(hidden)).ravel())

    def wide(*names: str) -> Any:
        parts = [c[name] if name in states else c.node("Gather", c[name], rows) for name in names]
        return c.node("Unsqueeze", c.node("Concat", *parts, axis=0), c.ints(0))

    given = [c["x"], wide("w_ih"), wide("w_hh"), wide("b_ih", "b_hh") if c.args["b_ih"] is not None else "", ""]
    attributes |= {"hidden_size": hidden, "direction": "reverse" if c.args["reverse"] else "forward"}
    y, *last = c.node(kind, *given, *map(wide, states), outputs=1 + len(states), **attributes)
    return [c.node("Squeeze", y, c.ints(1)), *(c.node("Squeeze", s, c.ints(0)) for s in last)]


# -- the table -----------------------------------------------------------------------------------------

SAME = """
add subtract:Sub multiply:Mul divide:Div negative:Neg power:Pow absolute:Abs maximum:Max minimum:Min matmul:MatMul exp
log sqrt floor ceil rint:Round sign reciprocal erf sin cos tan arcsin:Asin arccos:Acos arctan:Atan sinh cosh tanh relu
arcsinh:Asinh arccosh:Acosh arctanh:Atanh sigmoid mish softsign selu hardswish:HardSwish clip hardtanh:Clip equal less
greater less_equal:LessOrEqual greater_equal:GreaterOrEqual isnan:IsNaN isinf:IsInf positive:Identity copy:Identity"""
OF_BOOL = "logical_and:And logical_or:Or logical_xor:Xor logical_not:Not bitwise_and:And bitwise_or:Or invert:Not"
REDUCED = "sum:ReduceSum mean:ReduceMean max:ReduceMax min:ReduceMin prod:ReduceProd logsumexp:ReduceLogSumExp"


def table(text: str, form: Callable[[str], Form]) -> dict[str, Form]:
    """A form for each name, with that of its node: the same, unless another one follows it."""
    pairs = (entry.partition(":") for entry in text.split())
    return {name: form(kind or name.title()) for name, _, kind in pairs}


def drawn(kind: str) -> Form:
    """Random numbers."""
    return lambda c: c.node(kind, c.node("ConstantOfShape", c.graph.shape(c.sizes)), dtype=kind_of(c.dtype))


FORMS: dict[str, Form] = {
    **table(SAME, each),
    **table(OF_BOOL, each),
    **table(REDUCED, lambda kind: lambda c: reduced(c, kind)),
    **table("reshape expand_dims squeeze", lambda _: lambda c: c.node("Reshape", c["x"], c.graph.shape(c.sizes, True))),
    **table("transpose swapaxes moveaxis", lambda _: moved),
    "hardsigmoid": each("HardSigmoid", alpha=1 / 6, beta=0.5),
    "elu": lambda c: c.node("Elu", c["x"], alpha=c.args["alpha"]),
    "celu": lambda c: c.node("Celu", c["x"], alpha=c.args["alpha"]),
    "leaky_relu": lambda c: c.node("LeakyRelu", c["x"], alpha=c.args["slope"]),
    "gelu": lambda c: c.node("Gelu", c["x"], approximate=c.args["approximate"]),
    "softmax": lambda c: c.node("Softmax", c["x"], axis=c.args["axis"]),
    "log_softmax": lambda c: c.node("LogSoftmax", c["x"], axis=c.args["axis"]),
    **table("argmax:ArgMax argmin:ArgMin", lambda kind: lambda c: place(c, kind)),
    "tril": lambda c: c.node("Trilu", c["x"], c.value(np.int64(c.args["k"])), upper=0),
    "triu": lambda c: c.node("Trilu", c["x"], c.value(np.int64(c.args["k"])), upper=1),
    "where": lambda c: c.node("Where", c.value(c.args["condition"], bool), c["a"], c["b"]),
    "cumsum": lambda c: c.node("CumSum", c["x"], c.ints(c.args["axis"])),
    "astype": lambda c: c["x"],
    "broadcast_to": lambda c: c.node("Expand", c["x"], c.graph.shape(c.sizes)),
    "concatenate": lambda c: c.node("Concat", *c["arrays"], axis=c.args["axis"]),
    "einsum": lambda c: c.node("Einsum", *c["operands"], equation=c.args["subscripts"]),
    "pad": padded,
    "getitem": indexed,
    "embedding": lambda c: c.node("Gather", c["weight"], c.value(c.args["indices"], np.int64)),
    "linear": linear,
    "layer_norm": layer_norm,
    "convolution": lambda c: convolution(c, "Conv"),
    "conv_transpose": lambda c: convolution(c, "ConvTranspose", output_padding=c.args["output_padding"]),
    "max_pool": max_pool,
    "avg_pool": avg_pool,
    "rnn": lambda c: recurrent(c, "RNN", [0], "h0", activations=[c.args["nonlinearity"].title()]),
    "lstm": lambda c: recurrent(c, "LSTM", [0, 3, 1, 2], "h0", "c0"),
    "gru": lambda c: recurrent(c, "GRU", [1, 0, 2], "h0", linear_before_reset=1),
    "~ normal": drawn("RandomNormalLike"),
    "~ uniform": drawn("RandomUniformLike"),
}

# where a form takes only some calls; the others are taken apart, or refused
TAKES: dict[str, Callable[[dict[str, Any]], bool]] = {
    "clip": lambda a: all(isinstance(a[limit], int | float | None) for limit in ("min", "max")),
    "pad": lambda a: a["mode"] != "symmetric",
    "layer_norm": lambda a: a["weight"] is not None,
    **dict.fromkeys(("concatenate", "argmax", "argmin", "cumsum"), lambda a: a["axis"] is not None),
    **dict.fromkeys(table(OF_BOOL, each), lambda a: all(getattr(x, "dtype", 0) == np.bool_ for x in a.values())),
    **dict.fromkeys(("rnn", "lstm", "gru"), lambda a: a["lengths"] is None),
}


def takes(name: str, given: dict[str, Any]) -> bool:
    """Whether an operation has a form for these arguments."""
    return name in FORMS and (name not in TAKES or TAKES[name](given))


# -- smaller operations --------------------------------------------------------------------------------


def attention_weights(q: Any, k: Any, mask: Any, scale: float | None, is_causal: bool) -> Any:
    """How much each query attends to each key; a query that may attend to none gets zeros."""
    s = np.matmul(q * (q.shape[-1] ** -0.5 if scale is None else scale), np.swapaxes(k, -1, -2))
    if is_causal:
        s = s + np.triu(np.full(s.shape[-2:], -np.inf, s.dtype), 1)
    if mask is None:
        return ops.softmax(s)
    s = np.where(mask, s, -np.inf) if mask.dtype == np.bool_ else s + mask
    return np.where(s == -np.inf, 0.0, ops.softmax(np.maximum(s, float(np.finfo(s.dtype).min))))


def enlarged(x: Any, shape: Any, kernel: Any, stride: Any, padding: Any, divisor_override: Any, **_: Any) -> Any:
    """The adjoint of a pooling whose windows lie side by side: each element as a block."""
    for axis, k in enumerate(np.atleast_1d(kernel).tolist(), -np.size(kernel)):
        x = np.repeat(x, k, axis=axis)
    fits = x.shape == tuple(shape) and stride in (None, kernel) and not np.any(padding)
    return x / float(divisor_override or np.prod(kernel)) if fits else None


def put(x: Any, shape: Any, index: Any) -> Any:
    """Zeros of `shape` with x added at the slices `index` of its last axes: products with matrices of 0 and 1."""
    for axis, i in enumerate(index[1:], 1 - len(index)):
        places = np.eye(shape[axis], dtype=x.dtype)[i]
        x = np.swapaxes(np.matmul(np.swapaxes(x, axis, -1), places), axis, -1)
    return x if index[0] is Ellipsis else None


def turned(x: Any, cos: Any, sin: Any) -> Any:
    """Pairs of numbers, each turned by an angle."""
    a, b = x[..., 0::2], x[..., 1::2]
    return np.reshape(np.stack([a * cos - b * sin, a * sin + b * cos], axis=-1), x.shape)


SMALLER: dict[str, Callable[..., Any]] = {
    "square": lambda x: x * x,
    "rsqrt": lambda x: 1.0 / np.sqrt(x),
    "expm1": lambda x: np.exp(x) - 1.0,
    "log1p": lambda x: np.log(1.0 + x),
    "xlogy": lambda a, b: np.where(a == 0, 0.0, a * np.log(np.where(a == 0, 1.0, b))),
    "not_equal": lambda a, b: np.logical_not(np.equal(a, b)),
    "isfinite": lambda x: np.logical_not(np.isnan(x) | np.isinf(x)),
    "log_sigmoid": lambda x: np.minimum(x, 0.0) - np.log(1.0 + np.exp(-np.abs(x))),
    "var": lambda x, axis, ddof, **k: None if ddof else np.mean((x - np.mean(x, axis, keepdims=True)) ** 2, axis, **k),
    "std": lambda x, **given: np.sqrt(np.var(x, **given)),
    "vector_norm": lambda x, ord, **o: np.sum(np.abs(x) ** ord, **o) ** (1.0 / ord) if np.isfinite(ord) else None,
    "stack": lambda arrays, axis: np.concatenate([np.expand_dims(a, axis) for a in arrays], axis=axis),
    "attention_weights": attention_weights,
    "rotate_pairs": turned,
    "avg_unpool": enlarged,
    "unindex": put,
}
