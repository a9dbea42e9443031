"""What tinygrad can do on its CPU device, which compiles with clang."""

from .claim import but, lacks, no, partly, yes


@partly("by `masked_select`; `y[mask]` raises")
def arrays():
    from tinygrad import Tensor

    x = Tensor([[1.0], [2.0]])
    y = x * Tensor([1.0, 10.0, 100.0])
    assert y.masked_select(y > 5.0).sum().gradient(x)[0].tolist() == [[110.0], [110.0]]
    with lacks(IndexError, "bool"):
        y[y > 5.0]


@no(TypeError, "unexpected keyword argument")
def numpy_functions():
    import numpy as np
    from tinygrad import Tensor

    np.mean(Tensor([0.0, 1.0]))


@yes
def in_place():
    from tinygrad import Tensor

    x = Tensor([1.0, 2.0])
    y = x * x
    y[0] = 5.0
    y += x
    assert y.sum().gradient(x)[0].tolist() == [1.0, 5.0]


@no(AssertionError, "the base is as it was")
def views():
    from tinygrad import Tensor

    x = Tensor([1.0, 2.0])
    y = x * x
    v = y[:1]
    v *= 3.0
    assert y.sum().gradient(x)[0].tolist() == [6.0, 4.0], "the base is as it was"


@partly("`qr` and `svd`; no `solve`, `cholesky`, `eigh`")
def linear_algebra():
    from tinygrad import Tensor

    x = Tensor([[3.0], [4.0]])
    slope = x.qr()[1].sum().gradient(x)[0].tolist()
    assert abs(slope[0][0] + 0.6) < 1e-5
    assert abs(Tensor([[2.0, 0.0], [0.0, 1.0]]).svd()[1].sum().item() - 3.0) < 1e-5
    with lacks(AttributeError, "solve"):
        assert Tensor.solve


@no(RuntimeError, "complex")
def complex_numbers():
    from tinygrad import Tensor

    Tensor([1.0 + 2.0j])


@yes
def higher_order():
    from tinygrad import Tensor

    x = Tensor([1.0])
    g = (x**4).sum().gradient(x)[0]
    g = g.sum().gradient(x)[0]
    assert g.sum().gradient(x)[0].tolist() == [24.0]


@no(ImportError, "jacobian")
def jacobian_hessian():
    from tinygrad import jacobian  # noqa: F401


@no(ImportError, "jvp")
def forward_mode():
    from tinygrad import jvp  # noqa: F401


@no(ImportError, "vmap")
def vmap():
    from tinygrad import vmap  # noqa: F401


@yes
def own_rule():
    from tinygrad import Tensor
    from tinygrad.function import function

    @function(grad_fxn=lambda g, call: (g * 3 * call.src[1] ** 2,))
    def cube(x):
        return x**3

    x = Tensor([2.0])
    assert cube(x).sum().gradient(x)[0].tolist() == [12.0]


@no(ImportError, "checkpoint")
def checkpointing():
    from tinygrad.function import checkpoint  # noqa: F401


@yes
def deep_graph():
    from tinygrad import Tensor

    x = y = Tensor([1.0])
    for _ in range(10_000):
        y = y + 1.0
    assert y.sum().gradient(x)[0].tolist() == [1.0]


@no(ImportError, "gradcheck")
def gradient_check():
    from tinygrad import gradcheck  # noqa: F401


@no(ImportError, "detect_anomaly")
def nan_tracing():
    from tinygrad import detect_anomaly  # noqa: F401


@no(AttributeError, "register_hook")
def hooks():
    from tinygrad import Tensor

    Tensor([1.0]).register_hook(print)


@but("`VIZ=1` serves a page with the graph and how it is rewritten into kernels")
@yes
def drawing():
    from tinygrad import Tensor
    from tinygrad.viz.serve import uop_to_json

    y = Tensor([1.0, 2.0]).sin().sum()
    assert any("SIN" in str(node) for node in uop_to_json({}, y.uop).values())


@no(ImportError, "player")
def step_by_step():
    from tinygrad.viz import player  # noqa: F401


@yes
def layers():
    from tinygrad import Tensor, nn

    convolution, norm, linear = nn.Conv2d(1, 2, 3), nn.LayerNorm(8), nn.Linear(8, 1)
    y = linear(norm(convolution(Tensor.rand(2, 1, 4, 4)).flatten(1)))
    slope = (y**2).sum().gradient(convolution.weight)[0]
    assert slope.abs().sum().item() > 0


@partly("`LSTMCell` and the function `scaled_dot_product_attention`")
def sequences():
    from tinygrad import Tensor, nn

    x = Tensor.ones(2, 4, 8)
    assert nn.LSTMCell(8, 6)(x[:, 0])[0].shape == (2, 6)
    assert x.scaled_dot_product_attention(x, x).shape == (2, 4, 8)
    with lacks(AttributeError, "LSTM"):
        nn.LSTM(8, 6)


@partly("six optimizers; no schedules in the package")
def optimizers():
    from tinygrad import Context, Tensor, nn

    x = Tensor([1.0]).contiguous().realize().is_param_()
    adam = nn.optim.Adam([x], lr=0.1)
    with Context(TRAINING=1):
        for _ in range(100):
            adam.zero_grad()
            (x * x).sum().backward()
            adam.step()
    assert abs(x.item()) < 0.05
    with lacks(ModuleNotFoundError, "lr_scheduler"):
        import tinygrad.nn.lr_scheduler  # noqa: F401


@partly("`nn.datasets` fetches MNIST and CIFAR; no loader")
def data_loading():
    from tinygrad.nn import datasets

    assert callable(datasets.mnist)
    with lacks(AttributeError, "DataLoader"):
        assert datasets.DataLoader


@no(ImportError, "fit")
def training_loop():
    from tinygrad.nn import fit  # noqa: F401


@yes
def torch_weights():
    import os
    import tempfile

    from tinygrad import nn
    from tinygrad.nn.state import get_state_dict, safe_load, safe_save, torch_load

    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "weights.safetensors")
        layer = nn.Linear(2, 3)
        safe_save(get_state_dict(layer), file)
        assert safe_load(file)["weight"].shape == (3, 2)
    assert callable(torch_load)


@no(ImportError, "distributions")
def distributions():
    from tinygrad import distributions  # noqa: F401


@yes
def compiler():
    from tinygrad import Tensor, TinyJit

    @TinyJit
    def f(x):
        return (x.sin() * x).sum().realize()

    for i in range(4):
        x = Tensor([float(i)]).realize()
        assert abs(f(x).item() - (x.sin() * x).item()) < 1e-6


@but("no GPU took part in this run: the program is rendered for one")
@yes
def gpu():
    from tinygrad.renderer.cstyle import CUDARenderer, HIPRenderer, MetalRenderer

    assert CUDARenderer
    assert HIPRenderer
    assert MetalRenderer


@yes
def distributed():
    from tinygrad import Tensor

    x = Tensor([0.0, 1.0, 2.0, 3.0]).shard(("CPU:0", "CPU:1"), axis=0)
    assert (x * x).sum().gradient(x)[0].tolist() == [0.0, 2.0, 4.0, 6.0]


@but("from")
@yes
def onnx():
    import numpy as np
    import onnx
    from onnx import TensorProto, helper
    from tinygrad import Tensor
    from tinygrad.nn.onnx import OnnxRunner

    sides = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [2]) for name in "xy"]
    graph = helper.make_graph([helper.make_node("Exp", ["x"], ["y"])], "exp", sides[:1], sides[1:])
    opset = helper.make_opsetid("", 17)
    model = Tensor(np.frombuffer(helper.make_model(graph, opset_imports=[opset]).SerializeToString(), np.uint8))
    y = OnnxRunner(model)({"x": np.zeros(2, np.float32)})["y"]
    assert y.tolist() == [1.0, 1.0]
    assert onnx.__version__
