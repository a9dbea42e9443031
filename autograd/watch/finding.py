"""Finding: one thing that is wrong with a program, with its place, its number and its mend."""

from __future__ import annotations

import os
from dataclasses import dataclass
from math import nan
from traceback import FrameSummary


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, in fields: `detect_anomaly` has one on its error, `doctor` a list of them.

    `kind` names it in a word or two ("log of 0", "dead units"), `what` says it in a sentence with its numbers, `mend`
    what to do. `op` is the operation, `module` the path of the module that called it, `line` the line of the program;
    each empty, or None, where unknown. `number` is what was measured. What is `harmless` costs only time.

    >>> print(Finding("dead units", "64 of 64 units are 0 for all 32 rows.", "Start the biases at 0.", op="relu"))
    dead units: 64 of 64 units are 0 for all 32 rows. Start the biases at 0.
      op      relu
    """

    kind: str
    what: str
    mend: str
    op: str = ""
    module: str = ""
    line: FrameSummary | None = None
    number: float = nan
    harmless: bool = False

    def __str__(self) -> str:
        return "\n".join([f"{self.kind}: {self.what} {self.mend}", *(f"  {row}" for row in self.places())])

    def places(self) -> list[str]:
        """A row each for the operation, the module and the line, as far as they are known."""
        rows = {"op": self.op, "module": self.module, "line": place(self.line)}
        return [f"{name:7} {text}" for name, text in rows.items() if text]


def place(line: FrameSummary | None) -> str:
    """A line of the program, with its file as one would call it from here.

    >>> place(FrameSummary("train.py", 3, "step", line="loss = f(x)"))
    'train.py:3, in step: loss = f(x)'
    """
    if line is None:
        return ""
    below = os.path.join(os.getcwd(), "")
    inside = "" if line.name == "<module>" else f", in {line.name}"
    return f"{line.filename.removeprefix(below)}:{line.lineno}{inside}" + (f": {line.line}" if line.line else "")
