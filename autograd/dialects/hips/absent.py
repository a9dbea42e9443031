"""What HIPS's package has and this dialect has not: one clear error, which says what to do here instead."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from opcode import opmap
from typing import Any

from autograd.engine.errors import UnsupportedError

RECORD = "the record is another here: autograd.viz draws it, autograd.tracer.trace walks through it"
INSTEAD = {
    "VJPNode": RECORD,
    "JVPNode": RECORD,
    "backward_pass": "use make_vjp, or Tensor.backward",
    "trace_stack": RECORD,
    "find_top_boxed_args": RECORD,
    "new_box": "a transform alone makes traced values; Tensor(data, requires_grad=True) is one to call backward on",
    "SparseObject": "a rule returns arrays; x[index] and autograd.scatter_add have gradients that add up in place",
    "SparseBox": "a rule returns arrays",
    "container_take": "containers of traced values are ordinary ones: index them",
    "make_sequence": "containers of traced values are ordinary ones: write [a, b]",
    "SequenceBox": "containers of traced values are ordinary ones",
    "toposort": RECORD,
    "full_graph": RECORD,
    "wrap_namespace": "NumPy's functions take traced values; others need rules, by autograd.extend.primitive",
}


class Missing(UnsupportedError, AttributeError):
    """A name of HIPS's that is not in the dialect."""


def lookup(module: str, known: Iterable[str]) -> Callable[[str], Any]:
    """The `__getattr__` of a module: for `from ... import`, which loses an AttributeError's words, an ImportError."""

    def get(name: str) -> Any:
        near = [] if name[:1] == "_" else get_close_matches(name, known, 1)
        hint = INSTEAD.get(name) or (f"did you mean {near[0]}?" if near else "docs/dialects.md says what is there")
        text, frame = f"{module} has no {name} here; {hint}", sys._getframe(1)
        if name[:2] != "__" and frame.f_code.co_code[frame.f_lasti] == opmap["IMPORT_FROM"]:
            raise ImportError(text, name=module)
        raise Missing(text)

    return get
