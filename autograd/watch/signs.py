"""Signs: what the doctor looks for, a function each, which yields what it finds.

Each threshold has a healthy network near it in `tests/autograd/watch/test_doctor.py`, which stays without a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from math import log, prod, sqrt
from traceback import FrameSummary
from typing import Any

import numpy as np

from ..engine.node import Leaf, Node
from ..engine.types import Array, Function
from ..support.lines import HOUSE
from .cuts import constants
from .examination import WEIGHTED, Activity, Cut, Examination, Place
from .finding import Finding
from .mistakes import unviewed
from .place import squares

DEAD = 0.5  # share of a layer's units; of those of a new layer on inputs that are all positive a fifth may be
SATURATED = 0.5  # share of an activation's elements
VANISHED, EXPLODED = 1e-5, 1e5  # of the gradient between the last weighted sum and the first
SMALL, LARGE = 0.01, 5.0  # of rms(weight) * sqrt(inputs): 0.58 in nn, 1.4 after He, 0.02 in deep GPTs
ABOVE = 2.0  # times the loss of who gives each class the same probability
BEYOND = 20.0  # times the variance of the targets
ROUNDING = 1e-4  # of the weight's gradient


@dataclass
class Record:
    """One step as it was: the nodes that the loss depends on, newest first, the parameters and their gradients."""

    exam: Examination
    order: list[Node]
    home: Callable[[int], str]
    values: dict[str, Array]
    grads: dict[str, Array | None]
    nodes: dict[str, Leaf]

    def found(self, kind: str, at: Place, what: str, mend: str, number: float, harmless: bool = False) -> Finding:
        """A finding at a call."""
        return Finding(kind, what, mend, at.op, self.home(at.birth), at.line, number, harmless)


def place_of(node: Node) -> Place:
    """Where a node was made."""
    return Place(node.op.name, node.birth, node.__dict__.get("line"))


def listed(names: list[str]) -> str:
    """The first names, and how many more there are."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


# -- what the loss does not depend on ------------------------------------------------------------------


def missing(record: Record, model: Any, loss_fn: Function, reach: Iterable[tuple[Cut, set[Node]]]) -> Iterator[Finding]:
    """Parameters that the loss does not depend on: cut off, computed without a record, thrown away, or never used."""
    exam, reached = record.exam, set(record.order)
    left = [name for name, node in record.nodes.items() if node not in reached]
    total = len(record.nodes)
    for cut, behind in reach:
        names = [name for name in left if record.nodes[name] in behind]
        if names:
            left = [name for name in left if name not in names]
            yield record.found(
                "cut graph",
                cut.place,
                f"{len(names)} of {total} parameters get no gradient ({listed(names)}): what {cut.made.op.name} made "
                f"came into {cut.place.op} without its graph.",
                "Hand on the Tensor itself, without .data, .numpy(), .detach() or np.asarray.",
                len(names),
            )
    silent = [name for name in left if name in exam.unrecorded and name not in exam.used]
    if silent:
        yield record.found(
            "cut graph",
            exam.unrecorded[silent[0]],
            f"{len(silent)} of {total} parameters get no gradient ({listed(silent)}): they were used where nothing is "
            "recorded.",
            "Take the forward pass out of no_grad().",
            len(silent),
        )
    lost = [name for name in left if name in exam.used]
    if lost:
        begins = [text for node in reversed(record.order) if node.op is not None for text in constants(node)]
        where = f" Its graph begins at {begins[0]}." if begins else ""
        yield record.found(
            "cut graph",
            exam.used[lost[-1]],
            f"{len(lost)} of {total} parameters get no gradient ({listed(lost)}): they were used, and the loss does "
            f"not depend on what came of it.{where}",
            "Use the result, or hand on the Tensor itself where it became an array.",
            len(lost),
        )
    unused = [name for name in left if name not in exam.used and name not in silent]
    if unused:
        path, _, _ = unused[0].rpartition(".")
        line, op = _forward_of(model, path, loss_fn)
        module = dict(model.named_modules()).get(path) if hasattr(model, "named_modules") else None
        yield Finding(
            "unused parameter",
            f"{len(unused)} of {total} parameters ({listed(unused)}) are used by no operation of this step.",
            "Call their layer in forward, or delete it; for one that is to rest set requires_grad=False.",
            op,
            f"{path} ({type(module).__name__})" if module is not None and path else path,
            line,
            len(unused),
        )


def _forward_of(model: Any, path: str, loss_fn: Function) -> tuple[FrameSummary | None, str]:
    """The user's function that should have called a layer: the nearest forward above it, or the loss function."""
    modules = dict(model.named_modules()) if hasattr(model, "named_modules") else {}
    while path:
        path = path.rpartition(".")[0]
        code = getattr(getattr(type(modules.get(path)), "forward", None), "__code__", None)
        if code is not None and not code.co_filename.startswith(HOUSE):
            return FrameSummary(code.co_filename, code.co_firstlineno, code.co_name), code.co_name
    code = getattr(loss_fn, "__code__", None)
    line = FrameSummary(code.co_filename, code.co_firstlineno, code.co_name) if code is not None else None
    return line, getattr(loss_fn, "__name__", type(loss_fn).__name__)


# -- activations ---------------------------------------------------------------------------------------


def units(record: Record) -> Iterator[Finding]:
    """Dead units and saturated activations."""
    for seen in record.exam.activities:
        if seen.units and seen.dead > DEAD * seen.units:
            yield record.found(
                "dead units",
                seen.place,
                f"{seen.dead} of {seen.units} units are 0 for all {seen.rows:,} rows of the batch: no gradient passes.",
                "Start the biases at 0, take a smaller rate if this came in training, or use leaky_relu or gelu.",
                seen.dead / seen.units,
            )
        elif seen.saturated > SATURATED:
            yield record.found("saturated activation", seen.place, *_saturated(seen), seen.saturated)


def _saturated(seen: Activity) -> tuple[str, str]:
    ends = "-1 and 1" if seen.place.op == "tanh" else "0 and 1"
    what = f"{seen.saturated:.0%} of its results are within 0.01 of {ends}, where its slope is nearly 0."
    return what, "Scale its inputs to about 1: pixels by 1 / 255, weights by 1 / sqrt(inputs), or norm before it."


# -- weights and chains --------------------------------------------------------------------------------


def chains(record: Record) -> Iterator[Finding]:
    """A gradient that vanishes or explodes from one weighted sum to the one before it, and where that begins."""
    steps = sorted(record.exam.slopes.items(), key=lambda item: -item[0].birth)
    steps = [(node, size) for node, size in steps if size > 0]  # what is exactly 0 is told elsewhere
    if len(steps) < 3:
        return
    sizes = np.array([size for _, size in steps])
    for word, limit, way in (("vanishing", VANISHED, -1.0), ("exploding", EXPLODED, 1.0)):
        ratios = sizes / sizes[0]
        worst = int(np.argmax(way * np.log(ratios)))
        if way * log(ratios[worst]) > way * log(limit):
            turns = way * np.diff(np.log(sizes[: worst + 1]))
            begins = int(np.flatnonzero(turns >= 0.5 * turns.max())[0])
            node = steps[begins][0]
            yield record.found(
                f"{word} gradient",
                place_of(node),
                f"From the last weighted sum to the first the gradient's length goes from {sizes[0]:.2g} to "
                f"{sizes[worst]:.2g}; it begins below this layer, where it is multiplied by "
                f"{np.exp(way * turns[begins]):.2g}.",
                "Draw weights with nn.init.kaiming_normal_ (relu) or xavier_normal_ (tanh), put norm layers or "
                "residual connections between, and relu or gelu in the place of sigmoid.",
                float(ratios[worst]),
            )


def scales(record: Record) -> Iterator[Finding]:
    """Weights that are all alike, so that units stay equal, and weights of a wrong size."""
    alike: list[tuple[str, Place, float]] = []
    wrong: list[tuple[str, Place, float]] = []
    for name, node, at in _weights(record):
        weight, grad = record.values[name], record.grads[name]
        equal = [a for a in (0, 1) if weight.shape[a] > 1 and _same_along(weight, a) and _same_along(grad, a)]
        gain = sqrt(squares(weight) / weight.size * _inputs(node.op.name, weight.shape))
        if equal:
            alike.append((name, at, weight.shape[equal[0]]))
        elif gain and not SMALL <= gain <= LARGE:
            wrong.append((name, at, gain))
    if alike:
        (name, at, count), *_ = alike
        yield record.found(
            "equal units",
            at,
            f"The {count} units of {listed([name for name, _, _ in alike])} have equal weights and equal gradients: "
            "they stay one and the same unit.",
            "Draw the weights at random: nn.init.kaiming_uniform_(weight).",
            count,
        )
    if wrong:
        (name, at, gain), *_ = wrong
        yield record.found(
            "wrong scale of weights",
            at,
            f"{listed([name for name, _, _ in wrong])}: the first multiplies the size of its input by about "
            f"{gain:.2g}; 0.5 to 1.5 keeps it.",
            "Draw with a standard deviation near 1 / sqrt(inputs): nn.init.kaiming_uniform_, xavier_uniform_.",
            gain,
        )


def _weights(record: Record) -> Iterator[tuple[str, Node, Place]]:
    """The weights of weighted sums, each once, with its first use."""
    names = {node: name for name, node in record.nodes.items()}
    for node in reversed(record.order):
        if node.op is not None and node.op.name in WEIGHTED:
            for source in node.inputs:
                name = names.pop(source, None) if isinstance(source, Leaf) else None
                if name is not None and record.values[name].ndim > 1:
                    yield name, node, place_of(node)


def _same_along(values: Any, axis: int) -> bool:
    if values is None:
        return False
    first, second = (np.take(values, i, axis) for i in (0, 1))  # of two that differ no more need be looked at
    return bool((first == second).all()) and bool((values == np.expand_dims(first, axis)).all())


def _inputs(op: str, shape: tuple[int, ...]) -> int:
    """How many products a unit adds up."""
    if op == "matmul":
        return shape[-2]
    return shape[0] * prod(shape[2:]) if op == "conv_transpose" else prod(shape[1:])


# -- what should not stand together --------------------------------------------------------------------


def shifts(record: Record) -> Iterator[Finding]:
    """A bias before batch norm, which subtracts it with the mean."""
    names = {node: name for name, node in record.nodes.items()}
    for node in reversed(record.order):
        if node.op is None or node.op.name != "batch_norm":
            continue
        source = unviewed(node.inputs[0])
        if getattr(source, "op", None) is None or source.op.name not in WEIGHTED or len(source.inputs) < 3:
            continue
        weight, bias = (names.get(i) if isinstance(i, Leaf) else None for i in source.inputs[1:3])
        if weight and bias and record.grads[bias] is not None and record.grads[weight] is not None:
            share = _length(record.grads[bias]) / max(_length(record.grads[weight]), 1e-30)
            if share < ROUNDING:
                yield record.found(
                    "bias before batch norm",
                    place_of(source),
                    f"batch_norm subtracts {bias} with the mean: its gradient is rounding, {share:.1g} of the "
                    "weight's.",
                    "Make the layer with bias=False; batch norm has a bias of its own.",
                    share,
                    harmless=True,
                )


def _length(values: Any) -> float:
    return float(np.linalg.norm(np.ravel(values)))


TWICE = {
    "softmax": ("softmax", ("softmax", "log_softmax", "cross_entropy")),
    "sigmoid": ("sigmoid", ("sigmoid", "bce_with_logits")),
}


def twice(record: Record) -> Iterator[Finding]:
    """softmax of a softmax, in a loss too, and the same of sigmoid."""
    for node in record.order:
        source: Any = unviewed(node.inputs[0]) if node.op is not None and node.inputs else None
        inner = source.op.name if getattr(source, "op", None) is not None else ""
        if inner in TWICE and node.op.name in TWICE[inner][1]:
            yield record.found(
                f"{inner} twice",
                place_of(node),
                f"{node.op.name} is given the result of {inner}, and takes it itself once more: gradients are small, "
                "and the loss does not come near 0.",
                f"Give it the logits, without {inner}.",
                2,
            )


def dtypes(record: Record) -> Iterator[Finding]:
    """float64 where the parameters are float32."""
    if record.exam.wide is not None:
        at, operand = record.exam.wide
        yield record.found(
            "float64 among float32",
            at,
            f"{operand} is float64 and the parameters are float32, so from here on each operation computes in float64.",
            "Make it float32, x.astype(np.float32), or if the digits matter the model float64, model.to(np.float64).",
            64,
        )


def chance(record: Record) -> Iterator[Finding]:
    """A first loss that is far above that of a guess."""
    for at, value, operands in record.exam.losses:
        weighted = any(operands.get(name) is not None for name in ("weight", "pos_weight"))
        if weighted or operands.get("reduction", "mean") != "mean":
            continue
        guess, words = _guess(at.op, operands)
        if value > guess and np.isfinite(value):
            yield record.found("loss above chance", at, f"The loss is {value:.4g}, {words[0]}.", words[1], value)


def _guess(op: str, operands: dict[str, Any]) -> tuple[float, tuple[str, str]]:
    """Above which loss a start is no good, and what is to be said of it."""
    if op == "mse":
        target = np.asarray(operands["target"], np.float64)
        spread, mean = float(target.var()), float(target.mean())
        said = f"{{}} of the targets: their variance is {spread:.4g}, about a mean of {mean:.4g}"
        mend = "Subtract the mean of the targets and divide by their deviation, or let the last bias start at the mean."
        return BEYOND * spread if spread else np.inf, (said.format(f"over {BEYOND:g} times the variance"), mend)
    if op == "cross_entropy":
        logits = np.asarray(operands[next(iter(operands))])
        classes = logits.shape[1 if logits.ndim > 1 else 0]
    else:
        classes = 2
    said = f"and that of a guess among {classes} classes is log {classes} = {log(max(classes, 1)):.4g}"
    mend = "The last layer starts too large, or the labels belong to other rows: scale its weights or the inputs down."
    return ABOVE * log(max(classes, 2)), (said, mend)


def silent(record: Record) -> Iterator[Finding]:
    """Parameters whose gradient is exactly 0."""
    given = {name: grad for name, grad in record.grads.items() if grad is not None and np.size(grad)}
    zero = [name for name, grad in given.items() if squares(grad) == 0 and not np.any(grad)]
    if zero:
        name = zero[-1]
        at = record.exam.used.get(name, Place("", 0, None))
        yield record.found(
            "gradient of 0",
            at,
            f"{len(zero)} of {len(record.grads)} parameters get a gradient of exactly 0 ({listed(zero)}).",
            "Look at what stands between them and the loss: a weight of 0, a unit that is off, a constant.",
            len(zero),
        )
