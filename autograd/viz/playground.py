"""Playground: a page in which small networks train on data in the plane, with the interpreter of the live player."""

from __future__ import annotations

import gzip
import inspect
import json
from base64 import b64encode
from functools import cache
from typing import Any

from ..program.js import source as machine
from ..support.pages import Page, page
from . import points
from .film import Json
from .forms import ACTIVATIONS, LOSSES, form
from .player import PARTS, SCRIPTS

HIDDEN = 4  # layers at most; a layer has up to eight neurons
PARTS_OF_PAGE = ("points", "network", "python", "maps", "playground")
DATA = '"/*PLAYED*/"'  # in the player's page, what stands where its data go


def playground() -> Playground:
    """A page in which a small network trains: data, layers, activation, rate and regularisation are its controls.

    The gradient is drawn at each weight, and any neuron opens in the live player, with the numbers it has. The page
    shows the Python that gives the same loss. `.save("playground.html")` writes one file that needs nothing else; in a
    notebook the page shows itself. Raises RenderError where no renderer lays out the players' drawings.

    >>> playground().save("out/playground.html")  # doctest: +SKIP
    'out/playground.html'
    """
    return Playground()


class Playground(Page):
    """The page: see `playground`."""

    title, height, saving = "Glassgrad playground", 900, "playground: save"

    def __repr__(self) -> str:
        return "Playground()"

    def html(self) -> str:
        """The whole page as text."""
        made = forms()
        tapes = [tape for of in made.values() for tape in (of["step"], of["predict"], of["player"]["live"]["tape"])]
        engine = machine({"lines": [line for tape in tapes for line in tape["lines"]]})
        sources = {name: inspect.getsource(f) for name, f in inspect.getmembers(points, inspect.isfunction)}
        held = {"forms": made, "player": page(PARTS, "player", "a network", DATA, SCRIPTS, engine), "python": sources}
        return page(PARTS, "playground", self.title, {"packed": packed(held)}, PARTS_OF_PAGE, engine)


@cache
def forms() -> dict[str, Json]:
    """Those of every network that the page offers, by hidden layers, activation and loss."""
    depths = [(0, "none"), *((hidden, kind) for hidden in range(1, HIDDEN + 1) for kind in ACTIVATIONS)]
    return {f"{hidden} {kind} {loss}": form(hidden, kind, loss) for hidden, kind in depths for loss in LOSSES}


def packed(data: Any) -> str:
    """What JSON can hold, as few letters."""
    return b64encode(gzip.compress(json.dumps(data, separators=(",", ":")).encode(), mtime=0)).decode()
