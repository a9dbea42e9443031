"""What HIPS autograd can do: derivatives of any order of ordinary NumPy programs, as functions."""

from .claim import lacks, no, partly, yes


@yes
def arrays():
    import autograd.numpy as np
    from autograd import grad

    def f(x):
        y = x * np.array([1.0, 10.0, 100.0])
        return np.sum(y[y > 5.0])

    assert grad(f)(np.array([[1.0], [2.0]])).tolist() == [[110.0], [110.0]]


@yes
def numpy_functions():
    import numpy as np

    from autograd import grad

    assert np.allclose(grad(lambda x: np.mean(np.exp(x)))(np.array([0.0, 1.0])), np.exp([0.0, 1.0]) / 2)


@partly("`+=` makes a new value; no writes to elements")
def in_place():
    import autograd.numpy as np
    from autograd import grad

    def f(x):
        y = x * x
        y += x
        return np.sum(y)

    def g(x):
        y = x * x
        y[0] = 5.0
        return np.sum(y)

    assert grad(f)(np.array([1.0, 2.0])).tolist() == [3.0, 5.0]
    with lacks(TypeError, "item assignment"):
        grad(g)(np.array([1.0, 2.0]))


@no(TypeError, "item assignment")
def views():
    import autograd.numpy as np
    from autograd import grad

    def f(x):
        y = x * x
        v = y[:1]
        v[0] = v[0] * 3.0
        return np.sum(y)

    assert grad(f)(np.array([1.0, 2.0])).tolist() == [6.0, 4.0]


@yes
def linear_algebra():
    import autograd.numpy as np
    from autograd import grad

    a = np.array([[2.0, 0.5], [0.5, 1.0]])
    assert np.allclose(grad(lambda a: np.linalg.solve(a, np.ones(2)).sum())(2 * np.eye(2)), -0.25)
    assert np.isclose(np.trace(grad(lambda a: np.sum(np.linalg.eigh(a)[0]))(a)), 2.0)
    assert np.isfinite(grad(lambda a: np.sum(np.linalg.cholesky(a)))(a)).all()
    assert np.isfinite(grad(lambda a: np.sum(np.linalg.svd(a, compute_uv=False)))(a)).all()


@yes
def complex_numbers():
    import autograd.numpy as np
    from autograd import grad

    x = np.array([1.0, 2.0, 3.0])
    power = grad(lambda x: np.sum(np.abs(np.fft.fft(x)) ** 2))(x)
    assert np.allclose(power, 6 * x)


@yes
def higher_order():
    from autograd import grad

    assert grad(grad(grad(lambda x: x**4)))(1.0) == 24.0


@yes
def jacobian_hessian():
    import autograd.numpy as np
    from autograd import hessian, jacobian

    x = np.array([1.0, 2.0])
    assert jacobian(lambda x: x**2)(x).tolist() == [[2.0, 0.0], [0.0, 4.0]]
    assert hessian(lambda x: np.sum(x**3))(x).tolist() == [[6.0, 0.0], [0.0, 12.0]]


@yes
def forward_mode():
    from autograd import make_jvp

    calls = []

    def f(x):
        calls.append(x)
        return x**2

    assert make_jvp(f)(3.0)(1.0)[1] == 6.0
    assert len(calls) == 1


@no(AttributeError, "vmap")
def vmap():
    import autograd

    autograd.vmap(lambda x: x * x)


@yes
def own_rule():
    from autograd import grad
    from autograd.extend import defvjp, primitive

    @primitive
    def cube(x):
        return x**3

    defvjp(cube, lambda y, x: lambda g: g * 3 * x**2)
    assert grad(cube)(2.0) == 12.0


@yes
def checkpointing():
    from autograd import checkpoint, grad

    calls = []

    def f(x):
        calls.append(x)
        return x**3

    assert grad(checkpoint(f))(2.0) == 12.0
    assert len(calls) == 2


@yes
def deep_graph():
    from autograd import grad

    def f(x):
        for _ in range(10_000):
            x = x + 1.0
        return x

    assert grad(f)(1.0) == 1.0


@yes
def gradient_check():
    import autograd.numpy as np
    from autograd.test_util import check_grads

    check_grads(np.sin, order=2)(1.0)


@partly("by NumPy's `errstate`: forward it names the operation, backward only a NumPy function within its rule")
def nan_tracing():
    import autograd.numpy as np
    from autograd import grad

    with np.errstate(all="raise"):
        with lacks(FloatingPointError, "invalid value encountered in log"):
            grad(np.log)(-1.0)
        with lacks(FloatingPointError, "divide by zero encountered in power"):
            grad(lambda x: np.sum(np.sqrt(x) * 0.0))(np.array([0.0]))


@no(AttributeError, "register_hook")
def hooks():
    from autograd import grad

    def f(x):
        y = x * 2
        y.register_hook(lambda g: g * 10)
        return y

    grad(f)(1.0)


@no(ImportError, "draw", note="an example of its repository draws graphs")
def drawing():
    from autograd.misc.tracers import draw  # noqa: F401


@no(ImportError, "player")
def step_by_step():
    from autograd.misc import player  # noqa: F401


@no(ModuleNotFoundError, "autograd.nn", note="a few networks are among its examples")
def layers():
    import autograd.nn  # noqa: F401


@no(ModuleNotFoundError, "autograd.nn", note="an LSTM is among its examples")
def sequences():
    import autograd.nn  # noqa: F401


@partly("SGD, Adam and RMSprop with a fixed rate")
def optimizers():
    import numpy as np

    import autograd.misc.optimizers as optimizers

    x = optimizers.adam(lambda x, i: 2 * x, np.array([1.0]), num_iters=500, step_size=0.1)
    assert abs(x[0]) < 1e-3
    with lacks(AttributeError, "cosine"):
        assert optimizers.cosine_schedule


@no(ModuleNotFoundError, "autograd.misc.data")
def data_loading():
    import autograd.misc.data  # noqa: F401


@no(ModuleNotFoundError, "autograd.misc.train")
def training_loop():
    import autograd.misc.train  # noqa: F401


@no(ModuleNotFoundError, "autograd.misc.weights")
def torch_weights():
    import autograd.misc.weights  # noqa: F401


@partly("densities of `scipy.stats`; no sampling with gradients")
def distributions():
    import autograd.scipy.stats as stats
    from autograd import grad

    assert grad(stats.norm.logpdf)(2.0, 0.0, 1.0) == -2.0
    with lacks(AttributeError, "rvs"):
        grad(lambda scale: stats.norm.rvs(0.0, scale))(1.0)


@no(ImportError, "jit")
def compiler():
    from autograd import jit  # noqa: F401


@no(ModuleNotFoundError, "autograd.cupy")
def gpu():
    import autograd.cupy  # noqa: F401


@no(ModuleNotFoundError, "autograd.distributed")
def distributed():
    import autograd.distributed  # noqa: F401


@no(ModuleNotFoundError, "autograd.onnx")
def onnx():
    import autograd.onnx  # noqa: F401
