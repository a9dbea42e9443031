"""History: what training reports, one row an epoch."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Iterable, Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any, TypeAlias

from autograd.support import display
from autograd.support.lines import one_line

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Row: TypeAlias = dict[str, Any]  # numbers by the names of their columns, None for what there was not
SHOWN = 20  # rows of the table in a notebook


class History:
    """Rows of numbers, one an epoch: the loss, metrics, their values in validation, the rate, the seconds it took.

    `stopped` says why training ended: "epochs" (all done), "patience" (no progress any more) or "interrupted". It
    prints as a sentence, and shows its curves in a notebook.

    >>> history = History([{"epoch": 1, "loss": 2.0}, {"epoch": 2, "loss": 0.5}])
    >>> history["loss"], history.columns, history.rows[-1]["loss"]
    ([2.0, 0.5], ['epoch', 'loss'], 0.5)
    >>> history
    History: 2 epochs. Best: loss 0.5, in epoch 2. Last: loss 0.5.
    """

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self.rows = [] if isinstance(rows, Mapping) else list(rows)
        if isinstance(rows, Mapping) or not all(isinstance(row, Mapping) for row in self.rows):
            raise TypeError("History takes a list of rows, one a dict: [{'epoch': 1, 'loss': 0.5}, ...]")
        self.stopped = ""
        self.monitor, self.mode = "", "min"  # the column that epochs were judged by, and whether low or high is better

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

    @property
    def best(self) -> Row:
        """The row of the best epoch, by the column that `fit` judged by, else the loss; empty before the first one.

        >>> History([{"epoch": 1, "loss": 2.0}, {"epoch": 2, "loss": 0.5}, {"epoch": 3, "loss": 0.7}]).best
        {'epoch': 2, 'loss': 0.5}
        """
        known = [row for row in self.rows if _finite(row.get(self._judged_by()))]
        choose = min if self.mode == "min" else max
        return choose(known, key=lambda row: row[self._judged_by()], default={})

    def _judged_by(self) -> str:
        return self.monitor or ("validation_loss" if "validation_loss" in self.columns else "loss")

    def __repr__(self) -> str:
        return one_line(f"History: {self._sentence()}")

    def _sentence(self) -> str:
        """How many epochs there were, why they ended, which was the best, and what the last one gave."""
        if not self.rows:
            return "no epoch is over" + (", interrupted in the first." if self.stopped == "interrupted" else " yet.")
        judge, best, last = self._judged_by(), self.best, self.rows[-1]
        count = f"{len(self)} epoch{'s' * (len(self) != 1)}"
        seconds = [row["seconds"] for row in self.rows if _finite(row.get("seconds"))]
        count += f" in {_duration(sum(seconds))}" if seconds else ""
        where = best.get("epoch", self.rows.index(best) + 1) if best else None
        ends = {
            "epochs": ", all that were asked for",
            "patience": f", ended by patience: {judge} was not better after epoch {where}",
            "interrupted": ", then interrupted",
        }
        words = [f"{count}{ends.get(self.stopped, '')}."]
        if best:
            words.append(f"Best: {judge} {best[judge]:.4g}, in epoch {where}.")
        numbers = [f"{k} {v:.4g}" for k, v in last.items() if k not in ("epoch", "seconds") and isinstance(v, Real)]
        return " ".join(words + ([f"Last: {', '.join(numbers)}."] if numbers else []))

    def _repr_html_(self) -> str:
        """What a notebook shows: the sentence, the curves, and the last rows as a folded table."""
        x = [row.get("epoch", i) for i, row in enumerate(self.rows, 1)]
        drawings = [display.panel(_spoken(name), x, self._curves(name)) for name in self._panels() if len(x) > 1]
        rows = [[_cell(row.get(name)) for name in self.columns] for row in self.rows[-SHOWN:]]
        title = f"the last {len(rows)} of {len(self)} epochs" if len(self) > SHOWN else "all epochs"
        folded = [display.folded(title, display.table(self.columns, rows, left=0))] if rows else []
        return display.boxed(
            display.text(repr(self)), *(f"<div>{''.join(drawings)}</div>" for _ in drawings[:1]), *folded
        )

    def _curves(self, column: str) -> list[display.Curve]:
        """A column and its values in validation, of those that there are."""
        names = {"training": column, "validation": f"validation_{column}"}
        kept = {kind: name for kind, name in names.items() if name in self.columns}
        return [display.Curve(kind, self[name], kind == "validation") for kind, name in kept.items()]

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
        """Read what `to_csv` wrote; raises ValueError that names the file and the line of what is no number."""
        with open(path, newline="", encoding="utf-8") as file:
            reader = csv.reader(file)
            try:
                names = next(reader, [])
                rows = [dict(zip(names, map(_number, line), strict=True)) for line in reader if line]
            except (ValueError, csv.Error) as error:
                where = f"{os.fspath(path)!r}, line {reader.line_num}"
                raise ValueError(f"History.from_csv: {where}, is no row of numbers: {error}") from error
        return cls(rows)

    def plot(self, path: str | os.PathLike[str] | None = None, columns: str | Iterable[str] = ()) -> Figure:
        """Draw the loss, each metric, and the rate if it changed; returns the Figure, saved to `path` if given.

        `columns` are those to draw instead, such as ["loss", "accuracy"], each with its values in validation. Needs
        matplotlib (the extra `viz`). Raises ValueError before the first epoch is over, KeyError for no such column.
        """
        from .pictures.plots import blank

        if not self.rows:
            raise ValueError("History.plot: there is no epoch to draw yet")
        panels = [columns] if isinstance(columns, str) else list(columns or self._panels())
        if not panels:
            raise ValueError(f"History.plot: there is nothing to draw in the columns {', '.join(self.columns)}")
        epochs = [row.get("epoch", i) for i, row in enumerate(self.rows, 1)]
        figure = blank("History.plot", 4.4 * len(panels), 3.4)
        from matplotlib.ticker import MaxNLocator

        for axes, column in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels):
            validated = f"validation_{column}"
            if column in self.columns or validated not in self.columns:
                axes.plot(epochs, self[column], color="#0072B2", marker=".", label="training")
            if validated in self.columns:
                axes.plot(epochs, self[validated], color="#D55E00", marker=".", label="validation")
                axes.legend(frameon=False)
            axes.set(xlabel="epoch", ylabel=_spoken(column))
            axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
            axes.spines[["top", "right"]].set_visible(False)
            axes.grid(alpha=0.25)
        if path is not None:
            figure.savefig(path, dpi=150)
        return figure

    def _panels(self) -> list[str]:
        """The columns to draw, with or without "validation_"; a rate that stays is none."""
        names = dict.fromkeys(name.removeprefix("validation_") for name in self.columns)
        dull = {"epoch", "seconds"} | ({"lr"} if len({row.get("lr") for row in self.rows}) == 1 else set())
        return [name for name in names if name not in dull]


def _finite(value: Any) -> bool:
    return isinstance(value, Real) and math.isfinite(value)


def _duration(seconds: float) -> str:
    """Seconds as one says them.

    >>> _duration(3.21), _duration(75), _duration(7300)
    ('3.2 s', '1 min 15 s', '2 h 1 min')
    """
    if seconds < 60:
        return f"{seconds:.2g} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _spoken(column: str) -> str:
    """The name of a column, as a title."""
    return "learning rate" if column == "lr" else column.replace("_", " ")


def _cell(value: Any) -> str:
    return "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


def _number(text: str) -> float | None:
    """The text as the int or float it came from; an empty one is a value that there was not."""
    try:
        return int(text) if text else None
    except ValueError:
        return float(text)
