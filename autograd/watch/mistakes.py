"""Programs that run and hardly do what was meant: how they are recognised, and how their author is told.

A check here may cost next to nothing, since it stands in everybody's training loop, and stays silent wherever the
program could be meant as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from typing import Any

import numpy as np

from ..engine.modes import Observer, always, tracing
from ..engine.node import Leaf, Node, births
from ..engine.sweep import world
from ..engine.tensor import Tensor
from ..support.lines import warn

HUGE = 1e9  # of a gradient: training ends before


class Mistakes(Observer):
    """Looks at each sweep when it has ended, and at gradients that are asked for in vain."""

    def swept(self, output: Node, seed: Any, given: bool, added: dict[Leaf, tuple[Any, Any]]) -> None:
        """Warn of old gradients that are added to, and of a loss that is no number or adds up all pairs."""
        output.__dict__["seed"] = seed  # what drawings of this record are to begin with
        carried = [leaf for leaf, (old, _) in added.items() if _carried(leaf, old)]
        if carried:
            warn_carried(carried)
        if not given:
            warn_all_pairs(output)
            loss = output.value.item() if output.shape else output.value
            if loss is not None and not isfinite(loss):
                warn_not_finite(float(loss), output, [world(g, False) for _, g in added.values()])

    def missed(self, node: Node) -> None:
        """Warn of the .grad of a result, which keeps none."""
        warn(
            f"the result of {node.op.name} keeps no .grad, only leaves do. If it is a parameter after "
            "w = w - lr * w.grad, that made a new Tensor: write `with autograd.no_grad(): w -= lr * w.grad`. "
            "If you want the gradient of an intermediate result, call retain_grad() on it before backward"
        )


always.append(Mistakes())


def _carried(leaf: Leaf, old: Any) -> bool:
    """Whether what an update has used is added to for the third time: once may be meant, as in a GAN, always hardly.

    It was used where .grad was read, which makes a Tensor of it, and the data were written since.
    """
    count, when, what = (0, 0, 0) if old is None else leaf.__dict__.get("carried", (0, 0, 0))
    # not one that the user put there
    used = old.__class__ is Tensor and leaf.written > when and id(old._array) == what
    if used:
        count = count + 1 if count < 2 or np.any(old._array) else 0  # zeros: it was cleared in place
    leaf.__dict__["carried"] = count, next(births), id(world(leaf.grad, False))
    return used and count == 3


def warn_carried(leaves: list[Leaf]) -> None:
    """Say that gradients which updates have used already are added to, again and again."""
    who = repr(leaves[0].name) if leaves[0].name else "a leaf"
    others = f" and {len(leaves) - 1} more" if len(leaves) > 1 else ""
    warn(
        f"backward added to old gradients, in .grad of {who} {leaves[0].shape}{others}: what earlier updates used is "
        "still there, since backward adds to .grad and nothing cleared it, so each update repeats all before it. Call "
        "optimizer.zero_grad() before loss.backward(), or without an optimizer set w.grad = None after the update. "
        "If it is meant, ignore autograd.MistakeWarning"
    )


def warn_not_finite(loss: float, node: Node, gradients: Iterable[Any]) -> None:
    """Say what a loss that is no number did to the gradients, if it did, and where it may come from.

    A loss may be infinite, or nan, and its gradients well: of targets that are all ignored, or a maximum over -inf.
    """
    with np.errstate(invalid="ignore", over="ignore"):  # in float16 HUGE is inf
        if all(np.all(np.abs(g) < HUGE) for g in gradients):
            return
    made = "a leaf" if node.op is None else f"the result of {node.op.name}"
    warn(
        f"backward of a loss that is {loss} ({made}): its gradients are of no use, and the next update puts "
        "them into the parameters. If the loss grew from step to step, lr is too large: divide it by 10, or clip the "
        "gradients. If it came at once, look for log(0), a division by 0 or exp of a large number: with "
        "autograd.detect_anomaly() around the step an error names the operation"
    )


# -- shapes: (n, 1) against (n,) -----------------------------------------------------------------------

_REDUCED = ("mean", "sum")
_ENDS = frozenset([*_REDUCED, "add", "divide", "multiply", "negative", "sqrt", "subtract"])  # what makes up a loss


def warn_all_pairs(loss: Node) -> None:
    """Say that a loss is made of the squares of n x n differences, of (n, 1) and (n,), where n were meant.

    It looks only at the end of a graph: at what is added up to one number, and for a few operations behind it.
    """
    if loss.op is None or loss.op.name not in _ENDS:
        return
    found = [loss]
    for node in found:
        if node.op.name in _REDUCED:
            _warn_pairs_in(node.inputs[0])
        elif len(found) < 6:  # no walk through a graph of a million numbers
            found += [i for i in node.inputs if i.__class__ is loss.__class__ and i.op and i.op.name in _ENDS]


def _warn_pairs_in(square: Node) -> None:
    n = square.shape[0] if square.shape else 0
    if square.shape != (n, n) or n < 2 or square.op is None or not _squares(square):
        return
    difference = square.inputs[0]
    if getattr(difference, "op", None) is None or difference.op.name != "subtract":
        return
    column, row = sorted(difference.inputs, key=lambda i: -len(getattr(i, "shape", ())))
    if getattr(row, "shape", ()) != (n,) or column.shape != (n, 1) or _asked_for(column, row):
        return
    shapes = " - ".join(str(i.shape) for i in difference.inputs)
    warn(
        f"the loss adds up the squares of {n} x {n} differences: {shapes} broadcasts to ({n}, {n}), each prediction "
        "against every target instead of its own, so all that is learnt is the mean of the targets. Make the shapes "
        "equal, with target[:, None] or prediction.squeeze(1); nn.functional.mse_loss refuses unequal ones. "
        f"If all pairs are meant, write the one of shape ({n},) as x[None, :]"
    )


def _squares(node: Node) -> bool:
    """Whether the operation is a square; a product is one of a thing with itself only."""
    name, (first, *rest) = node.op.name, node.inputs
    return name == "square" or (name == "power" and rest == [2]) or (name == "multiply" and rest == [first])


def _asked_for(column: Node, row: Node) -> bool:
    """Whether the column was made of a row on purpose, as x[:, None] is, or both are the same numbers."""
    if column.op is not None and column.op.name in ("getitem", "expand_dims") and len(column.inputs[0].shape) == 1:
        return True
    return unviewed(column) is unviewed(row)


def unviewed(node: Any) -> Any:
    """What a result is a part of, or another shape of."""
    while getattr(node, "op", None) is not None and node.op.view:
        node = node.inputs[0]
    return node


# -- probabilities where logits belong -----------------------------------------------------------------


def warn_squashed(name: str, input: Any, takes: str, mend: str) -> None:
    """Say that what a loss takes for `takes` are probabilities, as the recorded graph knows."""
    node = unviewed(getattr(input, "_node", None))
    if node is None or node.op is None or node.op.name not in ("softmax", "sigmoid"):
        return
    squash, advice = node.op.name, mend.format(squash=node.op.name)
    warn(f"{name}: input {input.shape} is the result of {squash}, but {name} takes {takes}. {advice}")


def warn_rounded(name: str, input: Any, target: Any) -> None:
    """Say that a loss was given the result of a sigmoid that is 0 or 1 but for its last bits, and the target is not."""
    node = unviewed(getattr(input, "_node", None))
    if node is None or node.op is None or node.op.name != "sigmoid" or tracing():
        return
    p, t = input._array, world(target, False)
    count = np.count_nonzero(((p > 1.0 - 8.0 * np.finfo(p.dtype).eps) & (t != 1)) | ((p < 1e-12) & (t != 0)))
    if count:
        warn(
            f"{name}: sigmoid rounded {count} of {np.size(p)} probabilities in {p.dtype} to 0 or 1, or nearly, where "
            "the target is another: loss and gradient cannot tell how wrong they are. Give the logits, without sigmoid,"
            f" to {name}_with_logits (nn.BCEWithLogitsLoss), which is exact"
        )
