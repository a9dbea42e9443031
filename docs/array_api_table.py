"""Write docs/array_api.md, with what of SciPy differentiates and what of the standard's suite fails."""

import sys
from collections import defaultdict
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.autograd.dialects.array_api.run_scipy import CASES  # noqa: E402

PAGE = ROOT / "docs" / "array_api.md"
FAILS = ROOT / "tests" / "autograd" / "dialects" / "array_api" / "fails.txt"
TEXT = """\
# The array API standard

A program written to the [array API standard](https://data-apis.org/array-api/2025.12/) takes Tensors as it takes arrays
of NumPy or PyTorch, and what it computes is recorded. It asks a Tensor for its namespace:

```pycon
>>> import numpy as np
>>> from autograd import Tensor
>>> def distance(x, y):  # knows no library
...     xp = x.__array_namespace__()
...     return xp.linalg.vector_norm(x - y, axis=-1)
>>> x, y = Tensor([[3.0, 4.0]], requires_grad=True), Tensor([[0.0, 0.0]])
>>> distance(x, y).sum().backward()
>>> x.grad
Tensor([[0.6, 0.8]])

```

The namespace, `autograd.dialects.array_api`, is of version 2025.12, with the extensions `linalg` and `fft`. It has
NumPy's functions, answered by our operations, and one table of what the standard says in other words,
`autograd/dialects/array_api/table.py`.

- **Dtypes.** What is made without one has the default one, float32: see `autograd.default_dtype`.
- **Devices.** `t.device` is `"cpu"`; any other is an error.
- **Copies.** A Tensor holds values of its own: `copy=False` of what is no Tensor is an error.
- **`np.asarray`** of a recorded Tensor stays an error that says what to do.

## DLPack

`np.from_dlpack(t)` and `torch.from_dlpack(t)` share the memory of a Tensor; of a recorded one they are an error, as
`np.asarray` is. The namespace's `from_dlpack` makes a Tensor of another library's array.

## Einops

`einops.array_api` works on whatever has a namespace and knows nothing of us; `np.einsum` takes Tensors itself. Our
tests run einops' own suite on Tensors.

```python
from einops import array_api as einops

from autograd import Tensor

x = Tensor([[1.0, 2.0, 3.0, 4.0]], requires_grad=True)
y = einops.reduce(x, "a (b c) -> a c", "max", b=2)
y.sum().backward()
print(y.shape, x.grad.tolist())  # prints (1, 2) [[0.0, 0.0, 1.0, 1.0]]
```

`einops.rearrange` and `einops.einsum` know some libraries' types and refuse others. Einops' back end for NumPy serves
Tensors once it is told so: `einops._backends._type2backend[Tensor] = einops._backends.NumpyBackend()`.

## SciPy

SciPy reads `SCIPY_ARRAY_API` when it is imported:

```console
SCIPY_ARRAY_API=1 python program.py
```

These {count} functions of SciPy then take Tensors and differentiate. Each has a test: the value is SciPy's own for
arrays, the gradient that of finite differences. Those of `scipy.special` are our operations, which SciPy finds in the
namespace.

{scipy}

Beyond them, look twice. A Tensor is a value, as an array of JAX is: what SciPy writes into a view that it took of one
does not reach it. So `tanhsinh` of an infinite or singular end, and `nsum` to infinity, give nan and `success=False`.
`Rotation.from_matrix` has its gradient among rotations. For what SciPy computes in C it wants an ndarray, and of a
recorded Tensor that is an error. Some of it is here without the variable: see [NumPy's functions](numpy.md#scipy).

## What fails of the standard's suite

`make arrayapi` fetches and runs it. Of its tests these fail:

{fails}
"""


def scipy_table() -> str:
    """The functions of each module of SciPy's."""
    modules = defaultdict(list)
    for name in sorted(CASES):
        module, _, function = name.rpartition(".")
        modules[module].append(f"`{function}`")
    rows = [f"| `{module}` | {', '.join(functions)} |" for module, functions in sorted(modules.items())]
    return "\n".join(["| Module | Functions |", "| --- | --- |", *rows])


def fails() -> dict[str, list[str]]:
    """The tests of the standard's suite that fail, by reason."""
    lines = FAILS.read_text(encoding="utf-8").splitlines()
    groups = [list(group) for is_text, group in groupby(lines, bool) if is_text]
    return {" ".join(line[2:] for line in g if line[0] == "#"): [x for x in g if x[0] != "#"] for g in groups}


def fails_table() -> str:
    """How many tests, and why."""
    rows = [f"| {len(tests)} | {why} |" for why, tests in fails().items()]
    return "\n".join(["| Tests | Why |", "| --- | --- |", *rows])


def page() -> str:
    """The text of the page."""
    return TEXT.format(count=len(CASES), scipy=scipy_table(), fails=fails_table())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
