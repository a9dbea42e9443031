"""What JAX can do by itself, on the CPU; layers and optimizers are in packages built on it, such as Flax and Optax."""

from .claim import but, lacks, no, partly, yes


@but("inside `jit` a mask must keep the shape, as in `where`")
@yes
def arrays():
    import jax
    import jax.numpy as jnp

    def f(x):
        y = x * jnp.array([1.0, 10.0, 100.0])
        return y[y > 5.0].sum()

    assert jax.grad(f)(jnp.array([[1.0], [2.0]])).tolist() == [[110.0], [110.0]]


@no(TypeError, "Array", note="`jax.numpy` has the same functions")
def numpy_functions():
    import jax
    import jax.numpy as jnp
    import numpy as np

    jax.grad(lambda x: np.mean(np.exp(x)))(jnp.array([0.0, 1.0]))


@partly("`y.at[0].set(v)` makes a new array; `+=`, too")
def in_place():
    import jax
    import jax.numpy as jnp

    def f(x):
        y = (x * x).at[0].set(5.0)
        y += x
        return y.sum()

    def g(x):
        y = x * x
        y[0] = 5.0
        return y.sum()

    assert jax.grad(f)(jnp.array([1.0, 2.0])).tolist() == [1.0, 5.0]
    with lacks(TypeError, "item assignment"):
        jax.grad(g)(jnp.array([1.0, 2.0]))


@no(TypeError, "item assignment", note="on purpose: arrays never change")
def views():
    import jax.numpy as jnp

    y = jnp.array([1.0, 2.0])
    v = y[:1]
    v[0] = 3.0


@yes
def linear_algebra():
    import jax.numpy as jnp
    from jax import grad

    a = jnp.array([[2.0, 0.5], [0.5, 1.0]])
    assert jnp.allclose(grad(lambda a: jnp.linalg.solve(a, jnp.ones(2)).sum())(2 * jnp.eye(2)), -0.25)
    assert jnp.isclose(jnp.trace(grad(lambda a: jnp.linalg.eigh(a)[0].sum())(a)), 2.0)
    assert jnp.isfinite(grad(lambda a: jnp.linalg.cholesky(a).sum())(a)).all()
    assert jnp.isfinite(grad(lambda a: jnp.linalg.svd(a, compute_uv=False).sum())(a)).all()


@yes
def complex_numbers():
    import jax.numpy as jnp
    from jax import grad

    x = jnp.array([1.0, 2.0, 3.0])
    assert jnp.allclose(grad(lambda x: (jnp.abs(jnp.fft.fft(x)) ** 2).sum())(x), 6 * x, rtol=1e-5)


@yes
def higher_order():
    from jax import grad

    assert grad(grad(grad(lambda x: x**4)))(1.0) == 24.0


@yes
def jacobian_hessian():
    import jax.numpy as jnp
    from jax import hessian, jacobian

    x = jnp.array([1.0, 2.0])
    assert jacobian(lambda x: x**2)(x).tolist() == [[2.0, 0.0], [0.0, 4.0]]
    assert hessian(lambda x: (x**3).sum())(x).tolist() == [[6.0, 0.0], [0.0, 12.0]]


@yes
def forward_mode():
    import jax

    calls = []

    def f(x):
        calls.append(x)
        return x**2

    assert jax.jvp(f, (3.0,), (1.0,))[1] == 6.0
    assert len(calls) == 1


@yes
def vmap():
    import jax
    import jax.numpy as jnp

    x = jnp.arange(6.0).reshape(3, 2)
    assert jax.vmap(lambda row: row @ row)(x).tolist() == [1.0, 13.0, 41.0]


@yes
def own_rule():
    import jax

    @jax.custom_vjp
    def cube(x):
        return x**3

    cube.defvjp(lambda x: (x**3, x), lambda x, g: (g * 3 * x**2,))
    assert jax.grad(cube)(2.0) == 12.0


@yes
def checkpointing():
    import jax

    f = jax.checkpoint(lambda x: jax.numpy.sin(x) ** 3)
    assert abs(jax.grad(f)(1.0) - 3 * jax.numpy.sin(1.0) ** 2 * jax.numpy.cos(1.0)) < 1e-6
    assert "remat" in str(jax.make_jaxpr(jax.grad(f))(1.0))


@yes
def deep_graph():
    import jax

    def f(x):
        for _ in range(10_000):
            x = x + 1.0
        return x

    assert jax.grad(f)(1.0) == 1.0


@yes
def gradient_check():
    import jax
    from jax.test_util import check_grads

    check_grads(jax.numpy.sin, (1.0,), order=2)


@yes
def nan_tracing():
    import jax

    with jax.debug_nans(True), lacks(FloatingPointError, "log"):
        jax.numpy.log(-1.0)


@no(AttributeError, "register_hook")
def hooks():
    import jax

    def f(x):
        y = x * 3
        y.register_hook(lambda g: g * 10)
        return y

    assert jax.grad(f)(2.0) == 30.0


@partly("the compiled program, as text for Graphviz; without values")
def drawing():
    import jax

    lowered = jax.jit(lambda x: jax.numpy.sin(x) * x).lower(1.0)
    assert "digraph" in lowered.compiler_ir("hlo").as_hlo_dot_graph()
    with lacks(AttributeError, "draw"):
        assert jax.draw


@no(AttributeError, "player")
def step_by_step():
    import jax

    jax.player(jax.numpy.sin)


@partly("`jax.example_libraries.stax`, which is there as an example; Flax has them")
def layers():
    import jax
    from jax.example_libraries import stax

    initialise, apply = stax.serial(stax.Conv(2, (3, 3)), stax.Flatten, stax.Dense(1))
    _, parameters = initialise(jax.random.key(0), (5, 4, 4, 1))
    assert apply(parameters, jax.numpy.ones((5, 4, 4, 1))).shape == (5, 1)
    with lacks(AttributeError, "Linear"):
        assert jax.nn.Linear


@partly("the function `dot_product_attention`; LSTMs for some GPUs only")
def sequences():
    import jax

    x = jax.numpy.ones((2, 4, 1, 8))
    assert jax.nn.dot_product_attention(x, x, x).shape == (2, 4, 1, 8)
    with lacks(AttributeError, "LSTM"):
        assert jax.nn.LSTM


@partly("`jax.example_libraries.optimizers`, which is there as an example; Optax has them")
def optimizers():
    import jax
    from jax.example_libraries import optimizers

    start, step, value = optimizers.adam(optimizers.polynomial_decay(0.1, 200, 0.0))
    state = start(jax.numpy.array([1.0]))
    for i in range(200):
        state = step(i, jax.grad(lambda x: (x * x).sum())(value(state)), state)
    assert abs(value(state)[0]) < 1e-3
    with lacks(AttributeError, "optimizers"):
        assert jax.optimizers


@no(AttributeError, "data")
def data_loading():
    import jax

    jax.data.DataLoader  # noqa: B018


@no(AttributeError, "fit")
def training_loop():
    import jax

    jax.fit  # noqa: B018


@no(AttributeError, "load")
def torch_weights():
    import jax

    jax.nn.load("weights.safetensors")


@partly("densities in `jax.scipy.stats`, samples in `jax.random`; no objects")
def distributions():
    import jax
    from jax.scipy.stats import norm

    assert jax.grad(norm.logpdf)(2.0) == -2.0
    with lacks(ModuleNotFoundError, "jax.distributions"):
        import jax.distributions


@yes
def compiler():
    import jax
    import jax.numpy as jnp

    x = jnp.array([1.0, 2.0])
    slope = jax.jit(jax.grad(lambda x: (jnp.sin(x) * x).sum()))
    assert jnp.allclose(slope(x), jnp.cos(x) * x + jnp.sin(x))


@but("no GPU took part in this run: the program is lowered for one")
@yes
def gpu():
    import jax

    lowered = jax.jit(jax.grad(jax.numpy.sin)).trace(1.0).lower(lowering_platforms=("cuda",))
    assert "cosine" in lowered.as_text()


@yes
def distributed():
    import jax
    from jax.extend.backend import clear_backends

    clear_backends()
    jax.config.update("jax_num_cpu_devices", 2)
    with jax.set_mesh(jax.make_mesh((2,), ("i",))):
        x = jax.device_put(jax.numpy.arange(4.0), jax.P("i"))
        assert len((x * x).addressable_shards) == 2
        assert jax.grad(lambda x: (x * x).sum())(x).tolist() == [0.0, 2.0, 4.0, 6.0]


@no(ModuleNotFoundError, "jax.onnx")
def onnx():
    import jax.onnx  # noqa: F401
