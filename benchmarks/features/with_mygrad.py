"""What MyGrad can do: NumPy's arrays with gradients, views and in-place writes included."""

from .claim import lacks, no, partly, yes


@yes
def arrays():
    import mygrad as mg
    import numpy as np

    x = mg.tensor([[1.0], [2.0]])
    y = x * np.array([1.0, 10.0, 100.0])
    y[y > 5.0].sum().backward()
    assert x.grad.tolist() == [[110.0], [110.0]]


@yes
def numpy_functions():
    import mygrad as mg
    import numpy as np

    x = mg.tensor([0.0, 1.0])
    np.mean(np.exp(x)).backward()
    assert np.allclose(x.grad, np.exp([0.0, 1.0]) / 2)


@yes
def in_place():
    import mygrad as mg

    x = mg.tensor([1.0, 2.0])
    y = x * x
    y[0] = 5.0
    y += x
    y.sum().backward()
    assert x.grad.tolist() == [1.0, 5.0]


@yes
def views():
    import mygrad as mg

    x = mg.tensor([1.0, 2.0])
    y = x * x
    v = y[:1]
    v *= 3.0
    y.sum().backward()
    assert x.grad.tolist() == [6.0, 4.0]


@partly("`norm`, `einsum` and `multi_matmul`")
def linear_algebra():
    import mygrad as mg

    x = mg.tensor([3.0, 4.0])
    mg.linalg.norm(x).backward()
    assert x.grad.tolist() == [0.6, 0.8]
    with lacks(AttributeError, "solve"):
        assert mg.linalg.solve


@no(TypeError, "complex")
def complex_numbers():
    import mygrad as mg

    x = mg.tensor([1.0 + 2.0j])
    (x * x).sum().backward()


@no(AttributeError, "backward", note="gradients are plain arrays")
def higher_order():
    import mygrad as mg

    x = mg.tensor(2.0)
    (x**3).backward()
    x.grad.backward()


@no(AttributeError, "jacobian")
def jacobian_hessian():
    import mygrad as mg

    mg.jacobian(lambda x: x * x)(mg.tensor([1.0]))


@no(AttributeError, "jvp")
def forward_mode():
    import mygrad as mg

    mg.jvp(lambda x: x * x, (mg.tensor(1.0),), (mg.tensor(1.0),))


@no(AttributeError, "vmap")
def vmap():
    import mygrad as mg

    mg.vmap(lambda x: x * x)(mg.tensor([1.0]))


@yes
def own_rule():
    import mygrad as mg
    from mygrad.operation_base import Operation

    class Cube(Operation):
        def __call__(self, x):
            self.variables = (x,)
            return x.data**3

        def backward_var(self, grad, index, **kwargs):
            return grad * 3 * self.variables[index].data ** 2

    x = mg.tensor(2.0)
    mg.execute_op(Cube, x).backward()
    assert x.grad == 12.0


@no(AttributeError, "checkpoint")
def checkpointing():
    import mygrad as mg

    mg.checkpoint(lambda x: x * x)(mg.tensor(1.0))


@yes
def deep_graph():
    import mygrad as mg

    x = y = mg.tensor(1.0)
    for _ in range(10_000):
        y = y + 1.0
    y.backward()
    assert x.grad == 1.0


@no(AttributeError, "gradcheck")
def gradient_check():
    import mygrad as mg

    mg.gradcheck(mg.sin, [mg.tensor(1.0)])


@partly("by NumPy's `errstate`: forward it names the operation, backward only a NumPy function within its rule")
def nan_tracing():
    import mygrad as mg
    import numpy as np

    with np.errstate(all="raise"):
        with lacks(FloatingPointError, "invalid value encountered in log"):
            mg.log(mg.tensor(-1.0))
        with lacks(FloatingPointError, "encountered in divide"):
            (mg.sqrt(mg.tensor(0.0)) * 0.0).backward()


@no(AttributeError, "register_hook")
def hooks():
    import mygrad as mg

    mg.tensor(1.0).register_hook(lambda g: g * 2)


@yes
def drawing():
    import mygrad as mg
    from mygrad.computational_graph import build_graph

    x = mg.tensor([1.0, 2.0])
    y = (x * x).sum()
    assert "Multiply" in build_graph(y, names={"x": x}).source


@no(AttributeError, "player")
def step_by_step():
    import mygrad as mg

    mg.player(mg.tensor(1.0) * 2.0)


@partly("functions: convolution, pooling, batch norm; no classes that hold weights; MyNN has them")
def layers():
    import mygrad as mg
    import mygrad.nnet.layers
    import numpy as np

    x = mg.tensor(np.ones((1, 1, 4, 4)))
    w = mg.tensor(np.ones((1, 1, 3, 3)))
    mg.nnet.layers.conv_nd(x, w, stride=1).sum().backward()
    assert w.grad.sum() == 36.0
    with lacks(AttributeError, "Linear"):
        assert mg.nnet.layers.Linear


@partly("a GRU, with numba; no LSTM, no attention")
def sequences():
    import importlib.util

    import mygrad.nnet.layers

    assert importlib.util.find_spec("mygrad.nnet.layers.gru")
    with lacks(AttributeError, "lstm"):
        assert mygrad.nnet.layers.lstm


@no(ModuleNotFoundError, "mygrad.nnet.optimizers", note="MyNN has optimizers, without schedules")
def optimizers():
    import mygrad.nnet.optimizers  # noqa: F401


@no(ModuleNotFoundError, "mygrad.data")
def data_loading():
    import mygrad.data  # noqa: F401


@no(ModuleNotFoundError, "mygrad.train")
def training_loop():
    import mygrad.train  # noqa: F401


@no(AssertionError, "only", note="`mg.save` writes tensors to NumPy's `.npz`")
def torch_weights():
    import io

    import mygrad as mg

    file = io.BytesIO()
    mg.save(file, mg.tensor([1.0]))
    assert not file.getvalue().startswith(b"PK"), "only NumPy's zip archive"


@no(ModuleNotFoundError, "mygrad.distributions")
def distributions():
    import mygrad.distributions  # noqa: F401


@no(AttributeError, "jit")
def compiler():
    import mygrad as mg

    mg.jit(lambda x: x * x)(mg.tensor(1.0))


@no(AttributeError, "cuda")
def gpu():
    import mygrad as mg

    mg.tensor(1.0).cuda()


@no(ModuleNotFoundError, "mygrad.distributed")
def distributed():
    import mygrad.distributed  # noqa: F401


@no(ModuleNotFoundError, "mygrad.onnx")
def onnx():
    import mygrad.onnx  # noqa: F401
