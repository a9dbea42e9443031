"""From a program to a picture: an ellipse for each equation, and a frame around those of one derivative."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import numpy as np

from ..engine.node import Leaf
from ..program.program import Eqn, Program, Pull, Var, leaves
from ..program.recording import user_names
from .formula import input_names
from .graph import COMMUTATIVE
from .picture import Box, Cluster, Edge, Ellipse, Picture
from .record import CONSTANT, INPUT, OUTPUT, PARAMETER

NOTHING = Leaf(np.zeros(()))  # of a record stands behind the shapes


def program_picture(program: Program, max_nodes: int, **chosen: Any) -> Picture:
    """Draw a program: numbered operations, and along the arrows the names and shapes of what goes from one to the next.

    Raises ValueError where it has more than `max_nodes` operations, and for what cannot be `chosen`.
    """
    for option, value in chosen.items():
        if value not in (None, "forward"):
            raise ValueError(f"draw: {option}={value!r} is for a Tensor's record; a Program is drawn whole, as it runs")
    if len(program.eqns) > max_nodes:
        raise ValueError(f"draw: a program of {len(program.eqns):,} operations, more than max_nodes={max_nodes:,}")
    late = sum(eqn.of is not None for eqn in program.eqns)
    made = Picture(total=len(program.eqns), when=f"{late:,} of them for the derivative" if late else "a program")
    names = dict(user_names(program)) | {v: v.name for eqn in program.eqns for v in eqn.outs if v.name}
    keys: dict[Var, str] = {}  # of the shape that makes a value
    numbers: dict[Eqn, int] = {}

    def box(v: Var, kind: str, name: str) -> str:
        key = f"box{len(made.boxes) + 1}"
        made.shapes.append(Box(key, kind, name, v.shape, v.dtype, NOTHING))
        return key

    keys.update((v, box(v, INPUT, v.name)) for v in program.inputs)
    for v in program.captured:
        keys[v] = box(v, PARAMETER if getattr(v.source, "_node", None) else CONSTANT, v.name)
    for of, group in groupby(program.eqns, lambda eqn: eqn.of):
        frame = len(made.clusters) if of else None
        if of:
            made.clusters.append(Cluster(f"derivative of {numbers[of]}: {_word(of)}", None, 0))
        for eqn in group:
            numbers[eqn] = len(numbers) + 1
            key, given = f"op{numbers[eqn]}", {} if isinstance(eqn.op, Pull) else eqn.named()
            told = {n: x for n, x in given.items() if x is not eqn.op.defaults.get(n) and not any(leaves(x))}
            word = _word(eqn) if of else f"{numbers[eqn]}: {_word(eqn)}"
            made.shapes.append(Ellipse(key, word, told, frame, NOTHING))
            called = {} if isinstance(eqn.op, Pull) else input_names(eqn.op)
            roles = {v: called.get(n, n) for n, x in given.items() for v in leaves(x)}
            roles = {} if eqn.op.name in COMMUTATIVE else roles
            for v in dict.fromkeys(eqn.vars()):
                role = roles.get(v, "") if len(roles) > 1 else ""
                value = f"{names.get(v, '')} {v.shape or ''}".strip() if keys[v].startswith("op") else ""
                made.edges.append(Edge(keys[v], key, f"{role}: {value}".strip(": ")))
            keys.update(dict.fromkeys(eqn.outs, key))
    outs = [v for v in program.outs if isinstance(v, Var)]
    made.edges += [Edge(keys[v], box(v, OUTPUT, names.get(v, v.name))) for v in outs]
    return made


def _word(eqn: Eqn) -> str:
    """The sign of an operation, or its name."""
    return str(getattr(eqn.op, "label", eqn.op.name)).strip("_")
