"""History: what training reports, one row an epoch."""

from __future__ import annotations

import csv
import os
from typing import Any


class History:
    """Rows of numbers, one an epoch: the loss, metrics, their values in validation, the rate, the seconds it took.

    `stopped` says why training ended: "epochs" (all done), "patience" (no progress any more) or "interrupted".

    >>> history = History([{"epoch": 1, "loss": 2.0}, {"epoch": 2, "loss": 0.5}])
    >>> history["loss"], history.columns, history.rows[-1]["loss"]
    ([2.0, 0.5], ['epoch', 'loss'], 0.5)
    """

    def __init__(self, rows: list[dict[str, Any]] | None = None) -> None:
        self.rows: list[dict[str, Any]] = list(rows or [])
        self.stopped = ""

    @property
    def columns(self) -> list[str]:
        """The names of the columns, in order."""
        return list(dict.fromkeys(name for row in self.rows for name in row))

    def __getitem__(self, column: str) -> list[Any]:
        if column not in self.columns:
            raise KeyError(f"History has no column {column!r}; it has {', '.join(self.columns) or 'no rows yet'}")
        return [row.get(column) for row in self.rows]

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        last = (
            ", ".join(f"{k} {v:.4g}" for k, v in self.rows[-1].items() if k != "epoch") if self.rows else "no rows yet"
        )
        return f"History({len(self)} epochs{', ' * bool(self.stopped) + self.stopped}; {last})"

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write the rows to a CSV file, every number in full.

        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "history.csv")
        ...     History([{"epoch": 1, "loss": 0.1}]).to_csv(path)
        ...     History.from_csv(path).rows
        [{'epoch': 1, 'loss': 0.1}]
        """
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, self.columns)
            writer.writeheader()
            writer.writerows(self.rows)

    @classmethod
    def from_csv(cls, path: str | os.PathLike[str]) -> History:
        """Read what `to_csv` wrote."""
        with open(path, newline="", encoding="utf-8") as file:
            rows = [{name: _number(text) for name, text in row.items()} for row in csv.DictReader(file)]
        return cls(rows)

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """Draw the loss, each metric, and the rate if it changed; returns the Figure, saved to `path` if given.

        Needs matplotlib (the extra `viz`). Raises ValueError before the first epoch is over.
        """
        try:
            from matplotlib.figure import Figure
            from matplotlib.ticker import MaxNLocator
        except ImportError:
            raise ImportError("History.plot draws with matplotlib; mend: pip install matplotlib") from None
        if not self.rows:
            raise ValueError("History.plot: there is no epoch to draw yet")
        shared = ("epoch", "seconds")
        panels = [c for c in self.columns if not c.startswith("validation_") and c not in shared]
        if len(set(self["lr"] if "lr" in panels else [])) <= 1:
            panels = [c for c in panels if c != "lr"]
        figure = Figure(figsize=(4.4 * len(panels), 3.4), layout="constrained")
        for axes, column in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels):
            axes.plot(self["epoch"], self[column], color="#0072B2", marker=".", label="training")
            if f"validation_{column}" in self.columns:
                axes.plot(self["epoch"], self[f"validation_{column}"], color="#D55E00", marker=".", label="validation")
                axes.legend(frameon=False)
            axes.set(xlabel="epoch", ylabel="learning rate" if column == "lr" else column.replace("_", " "))
            axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
            axes.spines[["top", "right"]].set_visible(False)
            axes.grid(alpha=0.25)
        if path is not None:
            figure.savefig(path, dpi=150)
        return figure


def _number(text: str) -> Any:
    """The text as the int or float it came from; an empty one is a value that there was not."""
    if not text:
        return None
    try:
        return int(text)
    except ValueError:
        return float(text)
