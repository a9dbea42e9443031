"""The questions and the libraries: the rows and the columns of the table."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Library:
    """A column: what pip installs, the packages whose lines count, and which of their paths are the engine."""

    title: str
    module: str
    requirements: tuple[str, ...] = ()  # the first is the library
    packages: tuple[str, ...] = ()
    engine: str = ""  # a pattern on paths below site-packages; or the language, where it is not Python


LIBRARIES = (
    Library("Glassgrad", "with_glassgrad", ("glassgrad",), ("autograd", "nn", "optim"), r"autograd/(?!testing/|viz/)"),
    Library(
        "micrograd", "with_micrograd", ("micrograd==0.1.0", "numpy==2.4.6"), ("micrograd",), r"micrograd/engine\.py"
    ),
    Library("MyGrad", "with_mygrad", ("mygrad==2.5.0", "graphviz==0.21"), ("mygrad",), r"mygrad/(?!nnet/)"),
    Library("HIPS autograd", "with_hips", ("autograd==1.9.1", "scipy==1.17.1"), ("autograd",), r"autograd/(?!misc/)"),
    Library(
        "tinygrad",
        "with_tinygrad",
        ("tinygrad==0.14.0", "numpy==2.4.6", "onnx==1.23.2"),
        ("tinygrad",),
        r"tinygrad/(?!nn/|viz/|llm/|runtime/autogen/)",
    ),
    Library(
        "PyTorch",
        "with_torch",
        ("torch==2.13.0", "numpy==2.4.6", "onnx==1.23.2", "onnxscript==0.7.2"),
        ("torch",),
        "C++",
    ),
    Library("JAX", "with_jax", ("jax==0.10.2",), ("jax",), "Python and C++"),
)

GROUPS = {
    "Tensors": {
        "arrays": "arrays with broadcasting and indexing by masks",
        "numpy_functions": "NumPy's own functions on its tensors: `np.exp(t)`, `np.mean(t)`",
        "in_place": "in-place writes are recorded: `t[0] = v`, `t += v`",
        "views": "a write through a view reaches its base",
        "linear_algebra": "`solve`, `cholesky`, `eigh`, `svd`",
        "complex_numbers": "complex numbers and FFT",
    },
    "Derivatives": {
        "higher_order": "derivatives of any order",
        "jacobian_hessian": "Jacobian and Hessian of a function in one call",
        "forward_mode": "forward mode: a `jvp` in one pass",
        "vmap": "`vmap`: a function of one example becomes one of a batch",
        "own_rule": "own operation with own derivative",
        "checkpointing": "checkpointing: less memory for more time",
        "deep_graph": "a chain of 10,000 operations",
    },
    "Trust and sight": {
        "gradient_check": "a gradient checker that users can call",
        "nan_tracing": "says which operation made nan",
        "hooks": "hooks on the gradient of a tensor (without, an operation with own derivative can serve)",
        "drawing": "draws the recorded graph",
        "step_by_step": "shows backprop step by step, with its numbers",
    },
    "Networks": {
        "layers": "layers: linear, convolution, normalisation",
        "sequences": "layers: LSTM, attention",
        "optimizers": "optimizers and learning-rate schedules",
        "data_loading": "batches: shuffled, loaded, augmented",
        "training_loop": "training loop: early stopping, resume",
        "torch_weights": "weights to and from PyTorch",
        "distributions": "probability distributions",
    },
    "Machines": {
        "compiler": "compiles a function (`jit`)",
        "gpu": "GPUs",
        "distributed": "several devices or machines",
        "onnx": "ONNX, to or from",
    },
}
FEATURES = {name: text for group in GROUPS.values() for name, text in group.items()}

# what the README shows
SHORT = (
    "numpy_functions",
    "in_place",
    "linear_algebra",
    "complex_numbers",
    "higher_order",
    "forward_mode",
    "vmap",
    "own_rule",
    "gradient_check",
    "step_by_step",
    "layers",
    "training_loop",
    "compiler",
    "gpu",
)
