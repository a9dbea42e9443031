"""What micrograd can do: numbers, not arrays, in a hundred lines."""

from .claim import lacks, no, partly


@no(ValueError, "ambiguous", note="numbers only")
def arrays():
    import numpy as np
    from micrograd.engine import Value

    x = Value(np.ones((2, 1)))
    y = (x * np.ones((1, 3))).relu() - x  # an array on the right is no operand of a Value
    y.sum().backward()


@no(TypeError, "exp")
def numpy_functions():
    import numpy as np
    from micrograd.engine import Value

    np.exp(Value(1.0))


@partly("`+=` makes a new value; there are no elements to write to")
def in_place():
    from micrograd.engine import Value

    x = Value(3.0)
    y = x
    y += x * x
    y.backward()
    assert x.grad == 7.0
    with lacks(TypeError, "item assignment"):
        x[0] = 1.0


@no(TypeError, "not subscriptable")
def views():
    from micrograd.engine import Value

    x = Value(3.0)
    v = x[:1]
    v *= 2.0


@no(ModuleNotFoundError, "micrograd.linalg")
def linear_algebra():
    import micrograd.linalg  # noqa: F401


@no(TypeError, "not supported between")
def complex_numbers():
    from micrograd.engine import Value

    z = Value(1.0 + 2.0j)
    assert (z * z).relu().data == -3 + 4j


@no(AttributeError, "backward", note="gradients are plain numbers")
def higher_order():
    from micrograd.engine import Value

    x = Value(2.0)
    (x**3).backward()
    x.grad.backward()


@no(ImportError, "jacobian")
def jacobian_hessian():
    from micrograd.engine import jacobian  # noqa: F401


@no(ImportError, "jvp")
def forward_mode():
    from micrograd.engine import jvp  # noqa: F401


@no(ImportError, "vmap")
def vmap():
    from micrograd.engine import vmap  # noqa: F401


@partly("by setting the private `_backward` of a result")
def own_rule():
    import math

    import micrograd.engine
    from micrograd.engine import Value

    x = Value(1.0)
    y = Value(math.sin(x.data), (x,), "sin")

    def backward():
        x.grad += math.cos(x.data) * y.grad

    y._backward = backward
    y.backward()
    assert abs(x.grad - math.cos(1.0)) < 1e-12
    with lacks(AttributeError, "Function"):
        assert micrograd.engine.Function


@no(ImportError, "checkpoint")
def checkpointing():
    from micrograd.engine import checkpoint  # noqa: F401


@no(RecursionError, "recursion")
def deep_graph():
    from micrograd.engine import Value

    x = y = Value(1.0)
    for _ in range(10_000):
        y = y + 1.0
    y.backward()
    assert x.grad == 1.0


@no(ImportError, "gradcheck")
def gradient_check():
    from micrograd.engine import gradcheck  # noqa: F401


@no(ImportError, "detect_anomaly")
def nan_tracing():
    from micrograd.engine import detect_anomaly  # noqa: F401


@no(AttributeError, "register_hook")
def hooks():
    from micrograd.engine import Value

    Value(1.0).register_hook(print)


@no(ImportError, "draw_dot", note="a notebook of its repository draws the graph with values and gradients")
def drawing():
    from micrograd.engine import draw_dot  # noqa: F401


@no(ImportError, "player")
def step_by_step():
    from micrograd.engine import player  # noqa: F401


@partly("a perceptron of single neurons")
def layers():
    import micrograd.nn

    net = micrograd.nn.MLP(2, [4, 1])
    net([1.0, 2.0]).backward()
    assert len(net.parameters()) == 17
    assert any(p.grad for p in net.parameters())
    with lacks(AttributeError, "Conv2d"):
        assert micrograd.nn.Conv2d


@no(ImportError, "LSTM")
def sequences():
    from micrograd.nn import LSTM  # noqa: F401


@no(ModuleNotFoundError, "micrograd.optim")
def optimizers():
    import micrograd.optim  # noqa: F401


@no(ModuleNotFoundError, "micrograd.data")
def data_loading():
    import micrograd.data  # noqa: F401


@no(ModuleNotFoundError, "micrograd.train")
def training_loop():
    import micrograd.train  # noqa: F401


@no(AttributeError, "load_state_dict")
def torch_weights():
    from micrograd.nn import MLP

    MLP(2, [1]).load_state_dict({})


@no(ModuleNotFoundError, "micrograd.distributions")
def distributions():
    import micrograd.distributions  # noqa: F401


@no(ImportError, "jit")
def compiler():
    from micrograd.engine import jit  # noqa: F401


@no(AttributeError, "cuda")
def gpu():
    from micrograd.engine import Value

    Value(1.0).cuda()


@no(ModuleNotFoundError, "micrograd.distributed")
def distributed():
    import micrograd.distributed  # noqa: F401


@no(ModuleNotFoundError, "micrograd.onnx")
def onnx():
    import micrograd.onnx  # noqa: F401
