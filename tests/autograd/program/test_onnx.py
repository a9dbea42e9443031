"""Networks as ONNX files: what onnxruntime computes of them, at batch sizes that were not traced; what is refused."""

import inspect
import os
import subprocess
import sys

import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, assume, given, settings

import autograd
import nn
from autograd import Tensor, UnsupportedError, registry
from autograd.onnx import export
from autograd.support.tree import flatten
from autograd.testing.case import Case
from autograd.testing.strategies import arguments
from tests.nn.rows import Layer, all_rows, is_float, values

from .derivatives import RAGGED

BATCHES = 1, 2, 6  # the example has 2 rows; traced are 2, 3 and 5


def runtime(path):
    """The file in onnxruntime, which computes in one thread, and is silent."""
    ort = pytest.importorskip("onnxruntime", reason="`make parity` installs onnxruntime")
    options = ort.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 3, 1
    return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def require_alike(session, model, arguments):
    """Both compute the same numbers, within 1e-5, in the same shapes and dtypes."""
    model.eval()
    with autograd.no_grad():
        wanted = [np.asarray(w) for w in flatten(model(*arguments))[0]]
    names = [given.name for given in session.get_inputs()]
    arrays = [np.asarray(x) for x in flatten(list(arguments))[0] if isinstance(x, np.ndarray | Tensor)]
    for got, want in zip(session.run(None, dict(zip(names, arrays))), wanted, strict=True):
        assert (got.dtype, got.shape) == (want.dtype, want.shape)
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-5)


def drawn(kind, shape, batch, axis=0):
    """Numbers of a shape for 2 rows, for `batch` rows: random ones, probabilities, or integers below a limit."""
    random = np.random.default_rng(0)
    shape = tuple(batch if i == axis else n for i, n in enumerate(shape))
    if isinstance(kind, int):
        return random.integers(0, kind, shape)
    return (
        random.uniform(0.1, 0.9, shape).astype(np.float32)
        if kind == "p"
        else random.normal(size=shape).astype(np.float32)
    )


# -- layers --------------------------------------------------------------------------------------------

LINE, IMAGE, SOLID = (2, 4, 8), (2, 4, 6, 8), (2, 4, 4, 4, 6)
SPATIAL = ((1, LINE), (2, IMAGE), (3, SOLID))
ACTIVATIONS = (
    *("ReLU", "ReLU6", "LeakyReLU", "PReLU", "ELU", "SELU", "CELU", "GELU", "SiLU", "Mish", "Softplus", "Softsign"),
    *("Sigmoid", "LogSigmoid", "Hardsigmoid", "Hardswish", "Hardtanh", "Tanh", "Softmax", "LogSoftmax", "Softmin"),
    *("GLU", "Hardshrink", "Softshrink", "Tanhshrink", "Identity", "Flatten", "Dropout", "AlphaDropout"),
)
PADS = "Zero", "Reflection", "Replication", "Circular"
SAME = {"batch_first": True}


def made(*args, **options):
    return args, options


# of each layer: its settings, and the shapes of its inputs for a batch of 2
EXPORTED = {
    **{name: (made(**({"dim": 1} if "oftm" in name else {})), IMAGE) for name in ACTIVATIONS},
    **{f"Conv{n}d": (made(4, 6, 3, stride=2, padding=1, groups=2), shape) for n, shape in SPATIAL},
    **{f"ConvTranspose{n}d": (made(4, 6, 3, stride=2, output_padding=1), shape) for n, shape in SPATIAL},
    **{f"MaxPool{n}d": (made(3, 2, 1, ceil_mode=True, return_indices=True), shape) for n, shape in SPATIAL},
    **{f"AvgPool{n}d": (made(3, 2, 1, count_include_pad=False), shape) for n, shape in SPATIAL},
    **{f"AdaptiveAvgPool{n}d": (made(3), shape) for n, shape in SPATIAL},
    **{f"LPPool{n}d": (made(2, 2), shape) for n, shape in SPATIAL},
    **{f"BatchNorm{n}d": (made(4), shape) for n, shape in SPATIAL},
    **{f"InstanceNorm{n}d": (made(4, affine=True), shape) for n, shape in SPATIAL},
    **{f"Dropout{n}d": (made(), shape) for n, shape in SPATIAL},
    **{
        f"{kind}Pad{n}d": (made(1), s) for kind in ("Zero", "Reflection", "Replication", "Circular") for n, s in SPATIAL
    },
    **{f"ConstantPad{n}d": (made(1, 0.5), shape) for n, shape in SPATIAL},
    **{name: (made(3, 4, num_layers=2, bidirectional=True, **SAME), (2, 5, 3)) for name in ("RNN", "LSTM", "GRU")},
    **{f"{name}Cell": (made(3, 4), (2, 3)) for name in ("RNN", "LSTM", "GRU")},
    "Linear": (made(8, 3), IMAGE),
    "Bilinear": (made(3, 4, 5), (2, 3), (2, 4)),
    "Unflatten": (made(1, (2, 2)), IMAGE),
    "Embedding": (made(7, 3), (7, (2, 5))),
    "Upsample": (made(scale_factor=2), IMAGE),
    "LayerNorm": (made(8), IMAGE),
    "GroupNorm": (made(2, 4), IMAGE),
    "RMSNorm": (made(8), IMAGE),
    "PixelShuffle": (made(2), IMAGE),
    "PixelUnshuffle": (made(2), IMAGE),
    "ChannelShuffle": (made(2), IMAGE),
    "Unfold": (made(2, stride=2), IMAGE),
    "Fold": (made((4, 6), 2, stride=2), (2, 12, 6)),
    "MultiheadAttention": (made(8, 2, **SAME), (2, 3, 8), (2, 5, 8), (2, 5, 8)),
    "Transformer": (made(8, 2, 1, 1, 16, **SAME), (2, 5, 8), (2, 3, 8)),
    "TransformerEncoder": (made(nn.TransformerEncoderLayer(8, 2, 16, **SAME), 2), (2, 5, 8)),
    "TransformerDecoder": (made(nn.TransformerDecoderLayer(8, 2, 16, **SAME), 2), (2, 5, 8), (2, 3, 8)),
    "TransformerEncoderLayer": (made(8, 2, 16, **SAME), (2, 5, 8)),
    "TransformerDecoderLayer": (made(8, 2, 16, **SAME), (2, 5, 8), (2, 3, 8)),
    "SinusoidalPositions": (made(8, 10, **SAME), (2, 5, 8)),
    "LearnedPositions": (made(10, 8, **SAME), (2, 5, 8)),
    "RotaryPositions": (made(8), (2, 5, 8)),
    "Threshold": (made(0.1, 2.0), IMAGE),
    "Softmax2d": (made(), IMAGE),
    "Sequential": (made(nn.Linear(8, 3), nn.Tanh()), IMAGE),
    "PairwiseDistance": (made(), (2, 8), (2, 8)),
    "CosineSimilarity": (made(), (2, 8), (2, 8)),
    **{name: (made(), (2, 3), (2, 3)) for name in ("L1Loss", "SmoothL1Loss", "HuberLoss")},
    "BCEWithLogitsLoss": (made(), (2, 3), ("p", (2, 3))),
    "KLDivLoss": (made(), (2, 3), ("p", (2, 3))),
    "PoissonNLLLoss": (made(), (2, 3), ("p", (2, 3))),
    "CrossEntropyLoss": (made(), (2, 3), (3, (2,))),
    "TripletMarginLoss": (made(), (2, 3), (2, 3), (2, 3)),
    "MultiLabelSoftMarginLoss": (made(), (2, 3), ("p", (2, 3))),
}
ASKS = r"export: the model itself asks for \w+(\(\))? of a \w+ \(.*\) at .*test_onnx.py:\d+, which no file can"
# what has no form in ONNX, or looks at values: settings, inputs, and the message
REFUSED = {
    **{f"AdaptiveMaxPool{n}d": (made(3), ASKS, shape) for n, shape in SPATIAL},
    "MSELoss": (
        made(),
        "export: divide in the model itself: .* 15 stands for 6; dynamic_batch=False",
        (2, 3),
        (2, 3),
    ),
    **{name: (made(), ASKS, (2, 3), ("p", (2, 3))) for name in ("HingeEmbeddingLoss", "SoftMarginLoss")},
    "BCELoss": (made(), "export: bce in the model itself: it has no form in ONNX", ("p", (2, 3)), ("p", (2, 3))),
    "GaussianNLLLoss": (made(), ASKS, (2, 3), (2, 3), ("p", (2, 3))),
    "CosineEmbeddingLoss": (made(), ASKS, (2, 3), (2, 3), ("p", (2,))),
    "MarginRankingLoss": (made(), ASKS, (2,), (2,), ("p", (2,))),
    **{name: (made(), ASKS, (2, 3), (3, (2,))) for name in ("NLLLoss", "MultiMarginLoss")},
    "MultiLabelMarginLoss": (made(), ASKS, (2, 3), (3, (2, 3))),
    "CTCLoss": (made(), ASKS, (5, 2, 3), (3, (2, 3)), (3, (2,)), (3, (2,))),
}
NO_LAYERS = {"Module", "ModuleDict", "ModuleList", "ParameterDict", "ParameterList"}


def built(name, setting):
    args, options = setting
    return getattr(nn, name)(*args, **options)


def inputs(shapes, batch, axis=0):
    given = [shape if isinstance(shape[1] if len(shape) > 1 else 0, tuple) else ("n", shape) for shape in shapes]
    return tuple(drawn(kind, shape, batch, axis) for kind, shape in given)


def test_each_layer_is_exported_or_refused():
    layers = {
        name for name in dir(nn) if inspect.isclass(getattr(nn, name)) and issubclass(getattr(nn, name), nn.Module)
    }

    assert layers == {*EXPORTED, *REFUSED, *NO_LAYERS}


@pytest.mark.parametrize("name", EXPORTED)
def test_a_layer_computes_the_same_at_any_batch_size(name, tmp_path):
    setting, *shapes = EXPORTED[name]
    layer, path = built(name, setting), tmp_path / "layer.onnx"

    export(layer, inputs(shapes, 2), path)

    session = runtime(path)
    for batch in BATCHES:
        require_alike(session, layer, inputs(shapes, batch))


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_form_is_an_error_that_names_operation_and_module(name, tmp_path):
    setting, message, *shapes = REFUSED[name]

    with pytest.raises(UnsupportedError, match=message):
        export(built(name, setting), inputs(shapes, 2), tmp_path / "layer.onnx")
    assert not os.listdir(tmp_path)


class Called(nn.Module):
    """A row's layer, with the row's way to call it."""

    def __init__(self, row, given):
        self.row, self.given = row, given
        self.layer = row.build(nn).to(np.float32)

    def forward(self, *inputs):
        left = iter(inputs)
        return self.row.run(nn, self.layer, *(next(left) if isinstance(g, np.ndarray) else g for g in self.given))


def is_run(row):
    """Whether it is for evaluation, too, and for onnxruntime: with rows, and no more output_padding than stride."""
    sizes = [np.size(value) for value in values(row)]
    layer = isinstance(row, Layer) and row.name in EXPORTED and "eval" in row.modes
    return layer and all(sizes) and "dilation=3,_output_padding=2" not in str(row)  # which is refused


@pytest.mark.no_cover
@pytest.mark.parametrize("row", [*filter(is_run, all_rows())], ids=str)
def test_a_layer_computes_the_same_with_any_settings(row, tmp_path):
    given = [value.astype(np.float32) if is_float(value) else value for value in values(row)]
    called, path = Called(row, given), tmp_path / "layer.onnx"
    arguments = tuple(g for g in given if isinstance(g, np.ndarray))

    export(called, arguments, path, dynamic_batch=False)

    require_alike(runtime(path), called, arguments)


class Calls(nn.Module):
    """A case of an operation, in single precision."""

    def __init__(self, op, args, options):
        case = Case(op, args, {**options, **({"dropout": 0.0} if "dropout" in options else {})})
        self.case = case.changed(lambda x: x.astype(np.float32) if getattr(x, "dtype", None) == np.float64 else x)

    def forward(self, *arrays):
        return self.case.call(*arrays)


@pytest.mark.parametrize(
    "name", sorted(n for n, op in registry.items() if op.differentiable and n[0] != "_" and n not in RAGGED)
)
def test_an_operation_computes_the_same_or_is_refused(name, tmp_path):
    @settings(max_examples=4, deadline=None, suppress_health_check=[*HealthCheck])
    @given(arguments(registry[name]))
    def check(call):
        model = Calls(registry[name], *call)
        arrays = tuple(map(np.asarray, model.case.arrays))
        assume(arrays and all(x.size for x in arrays))
        try:
            export(model, arrays, tmp_path / "op.onnx", dynamic_batch=False)
        except (UnsupportedError, onnx.shape_inference.InferenceError) as error:  # einsum broadcasts under one letter
            refusal = str(error)
        else:
            return require_alike(runtime(tmp_path / "op.onnx"), model, tuple(map(Tensor, arrays)))
        assert refusal.startswith("export: ") or name == "einsum"

    check()


# -- networks ------------------------------------------------------------------------------------------

models = nn.models
NETWORKS = {
    "MLP": (models.MLP((4, 8, 3), nn.GELU, dropout=0.5), (2, 4)),
    "ConvNet": (models.ConvNet(size=12), (2, 1, 12, 12)),
    "ResNet": (models.ResNet((1, 1, 1), width=4), (2, 3, 8, 8)),
    "Autoencoder": (models.Autoencoder((16, 8, 2)), (2, 16)),
    "ConvAutoencoder": (models.ConvAutoencoder(size=8), (2, 1, 8, 8)),
    "DCGANGenerator": (models.DCGANGenerator(10, width=8, size=16), (2, 10)),
    "DCGANDiscriminator": (models.DCGANDiscriminator(width=8, size=16), (2, 1, 16, 16)),
    **{
        f"Sequence{use} {kind}": (network(kind, 3, 4, *more, num_layers=2), (2, 5, 3))
        for kind in ("rnn", "lstm", "gru")
        for use, network, more in (
            ("Classifier", models.SequenceClassifier, (2,)),
            ("Forecaster", models.SequenceForecaster, ()),
        )
    },
    "GPT": (models.GPT(11, 8, 16, 2, 2), (11, (2, 5))),
    "Seq2SeqTransformer": (models.Seq2SeqTransformer(11, 16, 2, 1), (11, (2, 5)), (11, (2, 3))),
    "Seq2SeqTransformer padded": (models.Seq2SeqTransformer(11, 16, 2, 1, padding=0), (11, (2, 5)), (11, (2, 3))),
}


def test_each_network_is_exported():
    networks = {name for name, value in vars(models).items() if inspect.isclass(value)} - {"BasicBlock", "BERT"}

    assert networks == {title.split()[0] for title in NETWORKS} | {"VAE"}


@pytest.mark.parametrize("title", NETWORKS)
def test_a_network_computes_the_same_at_any_batch_size(title, tmp_path):
    model, *shapes = NETWORKS[title]
    for buffer in model.buffers():  # as after training
        buffer.data = buffer.data + np.linspace(0.1, 0.5, buffer.size).reshape(buffer.shape).astype(buffer.dtype)

    made = export(model, inputs(shapes, 2), tmp_path / "model.onnx")

    onnx.checker.check_model(made, full_check=True)
    session = runtime(tmp_path / "model.onnx")
    for batch in BATCHES:
        require_alike(session, model, inputs(shapes, batch))


def test_a_network_that_draws_does_so_in_the_runtime(tmp_path):
    model = models.VAE(6, 8, 2)
    x = drawn("p", (2, 6), 2000)

    export(model, x[:2], tmp_path / "vae.onnx")

    session = runtime(tmp_path / "vae.onnx")
    logits, mean, log_var = session.run(None, {"x": x})
    again = session.run(None, {"x": x})
    _, own_mean, own_log_var = model(x)
    np.testing.assert_allclose(mean, own_mean.data, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(log_var, own_log_var.data, rtol=1e-5, atol=1e-5)
    assert logits.std(axis=0).min() > 0.01
    assert not np.array_equal(logits[:1], again[0][:1])


# -- what the file says --------------------------------------------------------------------------------


def test_names_are_those_of_the_model(tmp_path):
    model = models.ResNet((1,), width=4)

    made = export(model, np.zeros((1, 3, 8, 8), np.float32), tmp_path / "model.onnx").graph

    own = {name: tensor.data for name, tensor in [*model.named_parameters(), *model.named_buffers()]}
    weights = {w.name: onnx.numpy_helper.to_array(w) for w in made.initializer if w.name in own}
    assert {*own} - {*weights} == {
        name for name in own if name.endswith("num_batches_tracked")
    }  # used in training only
    assert all(np.array_equal(own[name], value) for name, value in weights.items())
    modules = {name for name, _ in model.named_modules()}
    assert {node.name.rpartition("/")[0] for node in made.node} <= modules
    assert {node.name for node in made.node} >= {"0/Conv", "3.conv1/Conv", "3/Add", "3.relu/Relu", "6/Gemm"}
    assert [value.name for value in [*made.input, *made.output]] == ["x", "output"]


def test_a_name_is_given_once(tmp_path):
    class Named(nn.Module):
        def __init__(self):
            self.x, self.batch, self.constant, self.output = (nn.Parameter(np.float32([n, 1.0])) for n in range(4))

        def forward(self, x):
            return (x + self.x).reshape((1, -1, 2)) * self.batch - (self.constant + 0.5) / (self.output + 1.0)

    made = export(Named(), np.ones((2, 2), np.float32), tmp_path / "model.onnx").graph

    assert [value.name for value in [*made.input, *made.output]] == ["x_1", "output_1"]
    assert {"x", "batch", "constant", "output"} <= {weight.name for weight in made.initializer}
    model = Named()
    require_alike(runtime(tmp_path / "model.onnx"), model, (drawn("n", (2, 2), 5),))


def test_inputs_and_outputs_may_be_nested(tmp_path):
    class Nested(nn.Module):
        def forward(self, pair, scale=1.0):
            return {"sum": pair["a"] + pair["b"], "both": [pair["a"], pair["b"] * scale]}

    pair = {"a": np.ones((2, 3), np.float32), "b": np.ones((2, 3), np.float64)}

    made = export(Nested(), (pair, 2.0), tmp_path / "model.onnx").graph

    assert [value.name for value in made.input] == ["pair_0", "pair_1"]
    assert [value.name for value in made.output] == ["output_0", "output_1", "output_2"]
    assert [d.dim_param or d.dim_value for d in made.output[0].type.tensor_type.shape.dim] == ["batch", 3]
    require_alike(runtime(tmp_path / "model.onnx"), Nested(), (pair, 2.0))


def test_a_model_stays_as_it_was(tmp_path):
    model = nn.Sequential(nn.Linear(4, 3), nn.Dropout(0.5), nn.BatchNorm1d(3))
    model[1].eval()
    before = {name: value.copy() for name, value in model.state_dict().items()}

    export(model, np.ones((2, 4), np.float32), tmp_path / "model.onnx")

    assert [part.training for part in model] == [True, False, True]
    assert all(np.array_equal(value, before[name]) for name, value in model.state_dict().items())
    assert model(np.ones((2, 4), np.float32)).requires_grad


@pytest.mark.parametrize("axis", [0, 1])
def test_the_batch_may_be_another_axis(axis, tmp_path):
    model = nn.GRU(3, 4, batch_first=axis == 0)
    shape = (2, 5, 3) if axis == 0 else (5, 2, 3)

    export(model, drawn("n", shape, 2, axis), tmp_path / "model.onnx", batch_axis=axis)

    for batch in BATCHES:
        require_alike(runtime(tmp_path / "model.onnx"), model, (drawn("n", shape, batch, axis),))


def test_lengths_may_follow_the_batch_in_a_line(tmp_path):
    class Pairs(nn.Module):
        def forward(self, x):
            wide = autograd.concatenate([x, x[:, ::-1], autograd.ones((1, 3))])
            return wide.reshape((-1,)), autograd.broadcast_to(wide.sum(), (3 * len(wide), 2))

    outputs = export(Pairs(), np.ones((1, 3), np.float32), tmp_path / "model.onnx").graph.output

    assert [value.type.tensor_type.shape.dim[0].dim_param for value in outputs] == ["6*batch+3", "6*batch+3"]
    require_alike(runtime(tmp_path / "model.onnx"), Pairs(), (drawn("n", (2, 3), 7),))


@pytest.mark.parametrize("kind", ["boolean", "float"])
def test_a_query_that_may_attend_to_nothing_gets_zeros(kind, tmp_path):
    class Masked(nn.Module):
        def forward(self, x, allowed):
            mask = allowed if kind == "boolean" else autograd.where(allowed, 0.0, -np.inf).astype(np.float32)
            return nn.functional.scaled_dot_product_attention(x, x, x, mask)

    arguments = drawn("n", (2, 3, 4), 2), np.array([[True, False, True], [False, False, False], [False, True, True]])

    export(Masked(), arguments, tmp_path / "model.onnx")

    require_alike(runtime(tmp_path / "model.onnx"), Masked(), arguments)


# -- errors --------------------------------------------------------------------------------------------


def refusal(forward, *example, match, path="model.onnx", **options):
    """The model of one part called `inner`, whose forward is this, is refused with a message."""

    class Part(nn.Module):
        def forward(self, *given):
            return forward(*given)

    class Whole(nn.Module):
        def __init__(self):
            self.inner = Part()

        def forward(self, *given):
            return self.inner(*given)

    with pytest.raises(UnsupportedError, match=match):
        export(Whole(), example or np.ones((2, 3), np.float32), path, **options)
    assert not os.path.exists(path)


@pytest.mark.parametrize(
    ("forward", "message"),
    [
        (lambda x: autograd.det(x.T @ x), "export: det in inner: it has no form in ONNX"),
        (lambda x: autograd.floor_divide(x, 2.0), "export: floor_divide in inner: it has no form in ONNX"),
        (lambda x: x / len(x), "export: divide in inner: at another batch size, 5 stands for 2; dynamic_batch=False"),
        (lambda x: x + np.arange(3 * len(x)).reshape(-1, 3), r"export: add in inner: an array int64 \(2, 3\) was made"),
        (lambda x: x[: len(x) // 2], r"export: getitem in inner: at another batch size, slice\(None, 2, None\)"),
        (lambda x: x[:4], r"export: getitem in inner: at .* sizes of \(2, 3, 5\) a length is \(2, 3, 4\)"),
        (lambda x: x if len(x) == 2 else x * 2.0, "export: the model calls other operations at other batch sizes"),
        (lambda x: x if x.sum() > 0 else -x, r"export: inner asks for bool\(\) of a bool \(\)"),
        (lambda x: autograd.pad(x, 1, mode="symmetric"), "export: pad in inner: it has no form in ONNX"),
        (lambda x: autograd.max_pool(x, (2, 2), 1), "export: max_pool in inner: an axis that is pooled follows the"),
        (lambda x: x[:, np.array([True, False, True])], "export: getitem in inner: an index of booleans"),
        (lambda x: x[0, np.array([0, 1])], "export: getitem in inner: .* or of arrays and integers"),
    ],
)
def test_what_a_file_cannot_say_is_an_error_that_names_operation_and_module(forward, message, tmp_path):
    refusal(forward, match=message, path=tmp_path / "model.onnx")


def test_a_write_to_the_state_is_an_error(tmp_path):
    count = nn.Buffer(np.zeros(3, np.float32))

    def forward(x):
        count.data = count + 1.0
        return x + count

    refusal(forward, match="export: the model writes to its state", path=tmp_path / "model.onnx")


@pytest.mark.parametrize("example", [(), np.float32(1.0), np.ones((0, 3), np.float32), (2.0,)])
def test_an_example_without_a_row_is_an_error(example, tmp_path):
    with pytest.raises(ValueError, match="export: the example begins with no array that has a row along axis 0"):
        export(nn.ReLU(), example, tmp_path / "model.onnx")


def test_without_the_extra_the_error_says_how_to_get_it():
    code = "import sys; sys.modules['onnx'] = None; import autograd; autograd.onnx"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.stderr.endswith("ImportError: autograd.onnx needs onnx; run: pip install 'glassgrad[onnx]'\n")
