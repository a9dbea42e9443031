"""What HIPS's package has and this dialect has not, and what to do here instead."""

from collections.abc import Callable, Mapping
from typing import Any

from autograd.dialects.absent import lookup as _lookup, missing

RECORD = "the record is another here: autograd.viz draws it, autograd.tracer.trace walks through it"
ORDINARY = "containers of traced values are ordinary ones: "
INSTEAD = {
    **dict.fromkeys("VJPNode JVPNode trace_stack find_top_boxed_args toposort full_graph".split(), RECORD),
    "backward_pass": "use make_vjp, or Tensor.backward",
    "new_box": "a transform alone makes traced values; Tensor(data, requires_grad=True) is one to call backward on",
    "SparseObject": "a rule returns arrays; x[index] and autograd.scatter_add have gradients that add up in place",
    "SparseBox": "a rule returns arrays",
    "container_take": f"{ORDINARY}index them",
    "make_sequence": f"{ORDINARY}write [a, b]",
    "SequenceBox": f"{ORDINARY}tuple and list are their types",
    "wrap_namespace": "NumPy's functions take traced values; others need rules, by autograd.extend.primitive",
}


def lookup(module: str, known: Mapping[str, Any]) -> Callable[[str], Any]:
    """The `__getattr__` of a module."""
    return _lookup(known, lambda name: missing(f"{module} has no {name} here", name, known, INSTEAD))
