"""Film: a training run played step by step, weights, gradients, activations and losses together, in one page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from importlib import resources
from typing import Any, TypeAlias

import numpy as np
from scipy.special import expit, softmax

from autograd import ShapeError, get_rng_state, no_grad, set_rng_state
from autograd.engine.tensor import as_data
from autograd.engine.types import Array, Value
from autograd.support.checks import size, text
from autograd.support.display import shrunk
from autograd.support.pages import Page, greatest, page, shaded

from ..model import Model, as_they_are
from .plots import plane
from .probe import Names, Probe, Statistics, chosen, outer_layers

Json: TypeAlias = dict[str, Any]

FRAMES = 100  # at most; with the limits below a page stays under a million bytes, which a test holds
MAPS, CELLS = 8, 16  # parameters that are drawn, and the cells of each a side
TRACED = 3  # elements of each, whose step is shown in numbers
LAYERS = 8  # whose histograms are drawn
PLACES, POINTS = 32, 300  # of a decision boundary: cells a side, and data on it
CURVE = 600  # points of the curve of the loss
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"
SURE = 4  # shades of a class in the decision boundary, by how probable it is
CLASSES = len(DIGITS) // SURE


class Film(Page):
    """Film a training run: in each frame the loss, weights, gradients and steps, activations, and a decision boundary.

    `optim.fit(..., film="run.html")` does it all. In a loop of your own, call `add(loss)` after each `optimizer.step()`
    and before the gradients are cleared, and `save("run.html")` in the end: one file, which needs nothing else and has
    keys for each step. The run computes the same bits as without.

    Of long runs every second, fourth, ... step is kept, so that there are never more than `frames`, of at most 100. Of
    the parameters 8 are drawn, the matrices first, or those named in `parameters`, as 16 x 16 cells at most, each the
    element of greatest size in its part; of 3 elements the step is written out, w - lr g beside what the optimizer
    did. 8 layers have histograms. So a page stays under 1 MB, whatever the model.

    `points`, data (x, y) with x (n, 2), are drawn before what the model says of each place: y are classes 0, 1, ... of
    as many scores; or of one score, the second class from 0 on (0.5 where the last layer is a Sigmoid); or numbers.

    Raises TypeError for what is no module or no optimizer, ShapeError for points of other shapes, ValueError for
    unknown parameters, and for an `add` that no step came before.

    >>> import autograd, nn, optim
    >>> model = nn.Linear(2, 1)
    >>> optimizer = optim.SGD(model.parameters(), lr=0.1)
    >>> film = Film(model, optimizer)
    >>> for _ in range(3):
    ...     loss = (model(autograd.ones((4, 2))) ** 2).mean()
    ...     optimizer.zero_grad()
    ...     loss.backward()
    ...     optimizer.step()
    ...     _ = film.add(loss)
    >>> film
    Film('training', 3 frames of 3 steps)
    """

    height, saving = 760, "Film.save"

    def __init__(
        self,
        model: Model,
        optimizer: Any,
        points: tuple[Value, Value] | None = None,
        *,
        parameters: Names = None,
        frames: int = FRAMES,
        title: str = "training",
    ) -> None:
        if not hasattr(optimizer, "param_groups"):
            raise TypeError(f"Film: optimizer is a {type(optimizer).__name__}; it takes one of optim, made before")
        if size("Film: frames", frames, 2) > FRAMES:
            raise ValueError(f"Film: frames={frames} would make a large page; it takes at most {FRAMES}")
        self.model, self.optimizer, self.title = model, optimizer, text("Film: title", title)
        if isinstance(model, type) or not hasattr(model, "register_forward_pre_hook"):
            raise TypeError(f"Film films an nn.Module, not {type(model).__name__}; give the model that is trained")
        self._probe = Probe(model, _spread(outer_layers(dict(model.named_modules())), LAYERS), limit=frames)
        named = {name: p for name, p in model.named_parameters() if p.requires_grad and p.dtype.kind == "f"}
        self.parameters = {
            name: named[name] for name in chosen("Film: the model has", parameters, _drawn(named), named)
        }
        self._all = len(named)
        self._rates = {id(p): group for group in optimizer.param_groups for p in group["params"]}
        self._traced: dict[str, list[int]] = {}
        self._ground = None if points is None else _Ground(model, *points)
        self._frames: dict[int, Json] = {}  # by the step
        self._losses: list[float] = []

    def __repr__(self) -> str:
        return f"Film({self.title!r}, {self.frames} frames of {len(self._losses)} steps)"

    def add(self, loss: Value, label: str = "") -> Film:
        """Note that a step was made at this loss; `label`, such as "epoch 3", is shown with it. Returns the film."""
        value = float(np.asarray(as_data(loss)).reshape(-1)[0])
        with_gradient = {name: p for name, p in self.parameters.items() if p.grad is not None}
        if not with_gradient:
            raise ValueError("Film.add: no parameter has a gradient; call it after step() and before zero_grad()")
        record = self._probe.step_over()
        self._losses.append(value)
        if record is not None:
            before = self._probe.before
            frame = self._frames[record.step] = {"step": len(self._losses) - 1, "label": label, "loss": value}
            frame["maps"] = {n: self._see(n, before[n], p) for n, p in with_gradient.items() if n in before}
            frame["record"] = record
            frame["ground"] = self._ground.scores(self.model) if self._ground is not None else None
            kept = {r.step for r in self._probe.records}
            self._frames = {step: frame for step, frame in self._frames.items() if step in kept}
        return self

    @property
    def due(self) -> bool:
        """Whether the step that comes next is looked at; one that is not may be a compiled program's."""
        return self._probe.due

    def skip(self, loss: Value) -> None:
        """Note a step at this loss that was not `due`, and did not run as the film could see it."""
        self._losses.append(float(np.asarray(as_data(loss)).reshape(-1)[0]))
        self._probe.step_over()

    def _see(self, name: str, before: Array, parameter: Any) -> Json:
        """A parameter before its step, its gradient, and the step, as pictures; of some elements as numbers."""
        gradient, after = np.asarray(parameter.grad.data), parameter.data
        group = self._rates.get(id(parameter))
        rate = float(group["lr"]) if group is not None else math.nan
        flat = [np.asarray(a, np.float64).reshape(-1) for a in (before, gradient, after)]
        if name not in self._traced:
            order = np.argsort(-np.abs(np.nan_to_num(flat[1])), kind="stable")
            self._traced[name] = sorted(int(i) for i in order[:TRACED])
        change = np.asarray(after, np.float64) - before
        pictures = [_picture(a) for a in (before, gradient, change)]
        return {"pictures": pictures, "rate": rate, "traced": [[a[i] for a in flat] for i in self._traced[name]]}

    @property
    def frames(self) -> int:
        """How many there are."""
        return len(self._frames)

    # the page

    @property
    def data(self) -> Json:
        """All that the page is given, as plain lists, numbers and text.

        Raises ValueError where no step was added.
        """
        if not self._frames:
            raise ValueError("Film: there is no frame yet; add(loss) after a step makes one")
        frames = list(self._frames.values())
        tops = {n: max(greatest(f["maps"][n]["pictures"][0]) for f in frames if n in f["maps"]) for n in self._traced}
        layers = [name for name in self._probe.layers if any(name in f["record"].activations for f in frames)]
        every = range(0, len(self._losses), -(-len(self._losses) // CURVE))
        return {
            "title": self.title,
            "optimizer": type(self.optimizer).__name__,
            "steps": len(self._losses),
            "losses": [[i, _figure(np.mean(self._losses[i : i + every.step]))] for i in every],
            "parameters": [self._about(name) for name in self._traced],
            "hidden": self._all - len(self._traced),
            "layers": [f"{name} {self._probe.layers[name]}".strip() for name in layers],
            "ground": self._ground.about() if self._ground is not None and self._ground.kind else None,
            "frames": [self._frame(f, tops, layers) for f in frames],
        }

    def _about(self, name: str) -> Json:
        shape = self.parameters[name].shape
        places = [[int(i) for i in np.unravel_index(at, shape)] for at in self._traced[name]]
        rows, columns = _picture(np.zeros(shape)).shape
        return {"name": name, "shape": list(shape), "rows": rows, "columns": columns, "traced": places}

    def _frame(self, frame: Json, tops: dict[str, float], layers: Sequence[str]) -> Json:
        record, maps = frame["record"], list[Json | None]()
        for name in self._traced:
            seen = frame["maps"].get(name)
            if seen is None:
                maps.append(None)
                continue
            sizes = [tops[name], *map(greatest, seen["pictures"][1:])]  # of weights one for all frames
            shades = [shaded(picture, top) for picture, top in zip(seen["pictures"], sizes)]
            numbers = [[_figure(v) for v in row] for row in seen["traced"]]
            ratio = _figure(record.updates.get(name, math.nan))
            tops_shown = [_figure(top) for top in sizes]
            maps.append(
                {"shades": shades, "tops": tops_shown, "lr": _figure(seen["rate"]), "traced": numbers, "ratio": ratio}
            )
        return {
            "step": frame["step"],
            "label": frame["label"],
            "loss": _figure(frame["loss"]),
            "maps": maps,
            "activations": [_histogram(record.activations.get(name)) for name in layers],
            "gradients": [_histogram(record.gradients.get(name)) for name in layers],
            "ground": frame["ground"],
        }

    def html(self) -> str:
        """The whole page as text."""
        return page(resources.files(__package__) / "page", "film", self.title, self.data, ["film"])

    def remove(self) -> None:
        """Take the hooks off the model; what was filmed stays."""
        self._probe.remove()


# -- what is chosen, and how it is written --------------------------------------------------------------


def _drawn(named: dict[str, Any]) -> list[str]:
    """All parameters if they are few; or else matrices, from the first layer to the last."""
    matrices = [name for name, p in named.items() if p.ndim > 1]
    return list(named) if len(named) <= MAPS else _spread(matrices or list(named), MAPS)


def _spread(names: list[str], most: int) -> list[str]:
    """At most so many, at even distances, the first and the last among them."""
    if len(names) <= most:
        return names
    return [names[round(i * (len(names) - 1) / (most - 1))] for i in range(most)]


def _picture(array: Array) -> Array:
    """An array as rows and columns, few enough to be drawn."""
    array = np.asarray(array, np.float64)
    return shrunk(array.reshape(-1, array.shape[-1]) if array.ndim > 1 else array.reshape(1, -1), CELLS).astype("f")


def _figure(value: Any) -> float | None:
    """A number of five digits; None for what is none."""
    return float(f"{float(value):.5g}") if math.isfinite(value) else None


def _histogram(seen: Statistics | None) -> list[Any] | None:
    """The ends of a histogram, and a digit for each bin."""
    if seen is None:
        return None
    share = seen.counts / max(1, seen.counts.max())
    return [_figure(seen.edges[0]), _figure(seen.edges[-1]), "".join(DIGITS[int(s * 63)] for s in share)]


# -- the decision boundary -------------------------------------------------------------------------------


class _Ground:
    """Data in the plane, and the places about them for which the model is asked."""

    def __init__(self, model: Model, x: Value, y: Value) -> None:
        x, y = np.asarray(as_data(x)), np.asarray(as_data(y))
        y = y.reshape(-1) if y.size == len(x) else y
        if x.ndim != 2 or x.shape[1] != 2 or y.shape != (len(x),) or not len(x):
            raise ShapeError(f"Film: points are x (n, 2) and y (n,), not {x.shape} and {y.shape}")
        few = np.arange(0, len(x), -(-len(x) // POINTS))
        self.x, self.y = x[few], y[few]
        self.classes = bool(np.all(y == np.rint(y)) and np.min(y) >= 0 and np.max(y) < CLASSES)
        (self.low, self.high), grid = plane(x, PLACES)
        self.grid = grid[::-1].reshape(-1, 2)  # from the top
        self.middle = 0.5 if type(list(model.modules())[-1]).__name__ == "Sigmoid" else 0.0
        self.kind = ""

    def scores(self, model: Model) -> str:
        """A letter for each place, from the top left: a class and how sure it is, or the shade of a number."""
        random, modes = get_rng_state(), as_they_are(model.modules(), "training")
        try:
            model.eval()
            with no_grad():
                found = np.asarray(as_data(model(self.grid)), np.float64)
        except Exception as error:
            error.add_note(f"Film asked the model for {self.grid.shape} places of its decision boundary")
            raise
        finally:
            list(modes)
            set_rng_state(random)
        found = found.reshape(len(self.grid), -1)
        count = found.shape[1]
        if self.classes and count == 1 and np.max(self.y) == 1:  # of two classes, one score: that of the second
            second = found if self.middle else expit(found)
            found, count = np.hstack([1 - second, second]), 2
        elif self.classes and 1 < count <= CLASSES:
            found = softmax(found, axis=1)
        elif count > 1:
            return ""  # nothing that a picture in the plane shows
        if count > 1:
            self.kind = "classes"
            sure = (np.nan_to_num(found.max(axis=1)) * count - 1) / (count - 1)  # from 0, undecided, to 1
            shade = np.clip(sure * SURE, 0, SURE - 1).astype(int)
            return "".join(DIGITS[k * SURE + s] for k, s in zip(found.argmax(axis=1), shade))
        self.kind = "values"
        about = float(np.mean(self.y))
        return shaded((found - about).astype("f"), float(np.max(np.abs(self.y - about))) or 1.0)

    def about(self) -> Json:
        """What does not move: the data, in shares of the picture, and its ends."""
        places = (self.x - self.low) / (self.high - self.low)
        y = self.y.astype(np.float64)
        shown = y if self.kind == "classes" else (y - y.mean()) / (np.abs(y - y.mean()).max() or 1.0)
        points = [[round(float(a), 3), round(1 - float(b), 3), _figure(c)] for (a, b), c in zip(places, shown)]
        ends = [[_figure(v) for v in (a, b)] for a, b in zip(self.low, self.high)]
        return {"kind": self.kind, "places": PLACES, "points": points, "ends": ends}


def points_of(data: Iterable[Any]) -> tuple[Array, Array] | None:
    """Some of the data of a run if they lie in a plane: x (n, 2) and y (n,); no epoch of a loader begins by it."""
    dataset = getattr(data, "dataset", None)
    random = get_rng_state()
    try:
        if isinstance(data, list):
            pairs = [b for b in data if isinstance(b, (tuple, list)) and len(b) == 2 and _planar(b[0], 2)]
            if data and len(pairs) == len(data):
                x, y = (np.concatenate([np.asarray(as_data(b[i])) for b in pairs]) for i in (0, 1))
                return (x, y) if y.size == len(x) else None
        elif dataset is not None and len(dataset) and _in_plane(dataset[0]):
            few = [dataset[int(i)] for i in range(0, len(dataset), -(-len(dataset) // POINTS))]
            x, y = (np.stack([np.asarray(as_data(sample[i])) for sample in few]) for i in (0, 1))
            return x, y
    finally:
        set_rng_state(random)
    return None


def _in_plane(sample: Any) -> bool:
    pair = isinstance(sample, (tuple, list)) and len(sample) == 2
    return pair and _planar(sample[0], 1) and np.size(as_data(sample[1])) == 1


def _planar(x: Any, axes: int) -> bool:
    array = np.asarray(as_data(x))
    return array.ndim == axes and array.shape[-1] == 2 and array.dtype.kind == "f"
