"""Forms: programs and players of small networks whose sizes are left open, for a page to fill in.

Each is made once with a prime for each size. What Python wrote is then the same for all sizes but for the numbers that
are products of these primes; they become text such as "§n*h1§", for which the page puts in its own.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Sequence
from itertools import pairwise
from math import isfinite
from typing import Any

import numpy as np

from ..engine.tensor import Tensor
from ..engine.types import Array
from ..ops.activation import relu
from ..ops.linalg import linear
from ..ops.loss import bce_with_logits, mse
from ..ops.special import sigmoid
from ..ops.trigonometric import tanh
from ..program.js import Tape
from ..program.passes import optimise
from ..support.tree import flatten
from ..transforms import value_and_grad
from .film import Json
from .live import Small
from .player import player

PRIMES = {"n": 29, "f": 37, "h1": 17, "h2": 19, "h3": 23, "h4": 31}  # examples, features, the neurons of each layer
ACTIVATIONS: dict[str, Callable[[Any], Any]] = {"tanh": tanh, "relu": relu, "sigmoid": sigmoid, "none": lambda x: x}
LOSSES: dict[str, Callable[[Any, Any], Any]] = {
    "logistic": lambda z, t: bce_with_logits(z, t).mean(),
    "squared": mse,
}
Layers = Sequence[tuple[Any, Any]]  # of each its weight and its bias


def widths(hidden: int) -> list[int]:
    """Of the input, each hidden layer, and the output."""
    return [PRIMES["f"], *(PRIMES[f"h{i + 1}"] for i in range(hidden)), 1]


def parameters(sizes: Sequence[int]) -> list[tuple[Array, Array]]:
    """Any weights and biases of a network of such widths."""
    draw = np.random.default_rng(0).normal
    return [(draw(size=(after, before)), draw(size=after)) for before, after in pairwise(sizes)]


def outputs(x: Any, layers: Layers, activation: str) -> list[Any]:
    """What each layer makes of x; the last has no activation."""
    made = []
    for i, (weight, bias) in enumerate(layers):
        z = linear(x, weight, bias)
        x = z if i == len(layers) - 1 else ACTIVATIONS[activation](z)
        made.append(x)
    return made


def penalty(layers: Layers, l1: Any, l2: Any) -> Any:
    """What large weights cost: l1 * sum |w| + l2 / 2 * sum w**2."""
    return sum(l1 * abs(weight).sum() + 0.5 * l2 * (weight * weight).sum() for weight, _ in layers)


def form(hidden: int, activation: str, loss: str, *, n: int = PRIMES["n"], sizes: Sequence[int] = ()) -> Json:
    """What a page needs of all networks of one depth: the program of a step, that of a prediction, and the player.

    A step takes x, t, l1, l2 and the parameters, and gives the loss, its gradients, the penalty, and its gradients. A
    prediction takes x, t and the parameters, and gives what each layer makes, its probability, and the loss.

    >>> made = form(1, "tanh", "squared")
    >>> made["predict"]["kinds"][0]  # x, as many examples of as many features as the page will have
    ['d', ['§n§', '§f§']]
    """
    cost = LOSSES[loss]
    layers = parameters(sizes or widths(hidden))
    draw = np.random.default_rng(1).uniform
    x, t = draw(size=(n, layers[0][0].shape[1])), draw(size=(n, 1))

    def step(x: Any, t: Any, l1: Any, l2: Any, layers: Any) -> Any:
        value, slopes = value_and_grad(lambda layers: cost(outputs(x, layers, activation)[-1], t))(layers)
        held, pulls = value_and_grad(penalty)(layers, l1, l2)
        return value, slopes, held, [weight for weight, _ in pulls]

    def predict(x: Any, t: Any, layers: Any) -> Any:
        made = outputs(x, layers, activation)
        return made, sigmoid(made[-1]), cost(made[-1], t)

    return {
        "step": program(step, x, t, np.float64(0.1), np.float64(0.1), layers),
        "predict": program(predict, x, t, layers),
        "player": played(x, t, layers, activation, cost),
    }


def program(f: Callable[..., Any], *args: Any) -> Json:
    """A tape, and where it has what f returns."""
    traced = optimise(Small().program(f, *args))
    tape = Tape(traced, *flatten(args)[0])
    assert not tape.frozen, tape.frozen
    outs = [tape.number(out) for out in tape.program.outs]
    return opened(tape.data) | {"outs": outs}


def played(x: Array, t: Array, layers: Layers, activation: str, cost: Callable[[Any, Any], Any]) -> Json:
    """The data of the player of the loss, without the numbers of its recorded frame."""
    named = [
        (Tensor(w, requires_grad=True, name=f"W{i}"), Tensor(b, requires_grad=True, name=f"b{i}"))
        for i, (w, b) in enumerate(layers, 1)
    ]
    target = Tensor(t, name="t")
    made = outputs(Tensor(x, name="x"), named, activation)
    for i, z in enumerate(made):
        z.name = f"a{i + 1}" if i < len(made) - 1 else "z"
    loss = cost(made[-1], target)
    loss.name = "loss"
    data = player(loss, name="a network").data
    live = data["live"]
    assert "why" not in live, live
    for tensor in data["tensors"]:
        tensor["shape"] = symbols(tensor["shape"])
    for step in data["frames"][0]["steps"]:
        for use in step["uses"]:
            use["note"] = re.sub(r"\d[\d,]*", lambda found: str(symbol(int(found[0].replace(",", "")))), use["note"])
    return data | {"sights": [], "live": live | {"tape": opened(live["tape"])}, "form": True}


# -- sizes ---------------------------------------------------------------------------------------------

SIZES_AT = {"each": (), "fold": (), "matmul": (4, 5, 6), "move": (3,), "add": (3,)}  # of a line, by its kind


def opened(tape: Json) -> Json:
    """A tape whose sizes are left open, and whose inputs have no numbers."""
    kinds = [[kind, symbols(shape)] for kind, shape in tape["kinds"]]
    fixed = [[v, symbols(numbers(x))] for v, x in tape["fixed"] if v not in tape["inputs"]]
    return tape | {"kinds": kinds, "lines": [*map(line, tape["lines"])], "fixed": fixed}


def numbers(fixed: Any) -> list[Any]:
    """The one number of a value that never changes, as the page is given it."""
    [number] = fixed if isinstance(fixed, list) else np.frombuffer(b64decode(fixed)).tolist()
    return [number]


def line(given: list[Any]) -> list[Any]:
    """A line with its sizes left open; what else are numbers are places of variables, or numbers to compute with."""
    if given[0] == "each":
        *head, operands = given
        return [*head, [symbols(x) if isinstance(x, list) else x for x in operands]]
    return [symbols(x) if i in SIZES_AT[given[0]] else x for i, x in enumerate(given)]


def symbols(x: Any) -> Any:
    """Nested lists with their sizes left open."""
    return [symbols(part) for part in x] if isinstance(x, list) else symbol(x)


def symbol(x: Any) -> Any:
    """A number, or as text the product, or one or two over the product, of sizes that it is.

    >>> symbol(29 * 17), symbol(2 / 29), symbol(0.5)
    ('§n*h1§', '§2/n§', 0.5)
    """
    if isinstance(x, str) or not x or not isfinite(x):
        return x
    for over in ("", "1/", "2/"):
        exact = int(over[0]) / x if over else x
        left, found = round(exact), list[str]()
        if abs(exact - left) > 1e-9 * abs(exact):
            continue
        for name, prime in PRIMES.items():
            while left > 1 and left % prime == 0:
                left //= prime
                found.append(name)
        if left == 1 and found:
            return f"§{over}{'*'.join(found)}§"
    return x
