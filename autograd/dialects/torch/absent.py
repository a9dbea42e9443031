"""What PyTorch has and this dialect has not, and what to do here instead."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..absent import Missing, lookup as _lookup, missing as _missing

INSTEAD = {
    **dict.fromkeys(("cuda", "device"), "everything runs on the CPU: ask torch.cuda.is_available(), which says no"),
    "sparse": "store it densely, or as scipy.sparse, whose products with arrays an autograd.op can differentiate",
    "distributed": "optim.distributed averages gradients over processes, by MPI",
    "jit": "call the function as it is; autograd.compile of the native function makes a program of it",
    "pickle": "a pickle can run any program: save model.state_dict(), and load it into a model that you made",
    "multiprocessing": "NumPy's own threads share the work; DataLoader ignores num_workers",
    "onnx": "autograd.onnx.export(model, example, path) writes it",
    "bfloat16": "use torch.float32",
    "quantization": "weights are floats here",
    "profiler": "Python's cProfile, or autograd.viz for what was recorded",
    "fx": "autograd.compile(f).program shows what was traced",
    "backward(inputs=)": "torch.autograd.grad(loss, inputs) returns the gradients of these alone",
    "tensorboard": "optim.History keeps the numbers, matplotlib draws them",
}


def missing(name: str, known: Iterable[str] = ()) -> Missing:
    """The error of a name that is not there."""
    return _missing(f"torch's {name} is not in this dialect", name.rpartition(".")[2], known, INSTEAD)


class Absent:
    """Stands where a name must exist, and only its use is an error, such as torch.bfloat16."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Say what to do instead."""
        raise missing(self._name)

    def __getattr__(self, name: str) -> Any:
        raise missing(f"{self._name}.{name}")

    def __repr__(self) -> str:
        return f"torch.{self._name}"


def lookup(module: str, names: Mapping[str, Any]) -> Callable[[str], Any]:
    """The `__getattr__` of a module of these names."""
    return _lookup(names, lambda name: missing(f"{module}.{name}", names))
