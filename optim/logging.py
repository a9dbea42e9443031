"""A run of `fit` in the places where runs are looked at: CSV and JSON lines, TensorBoard, MLflow.

>>> import os, tempfile
>>> import nn, optim
>>> model, batches = nn.Linear(2, 1), [(np.ones((4, 2), np.float32), np.ones((4, 1), np.float32))]
>>> with tempfile.TemporaryDirectory() as folder:
...     log = Log(CSV(os.path.join(folder, "run.csv")), JSONLines(os.path.join(folder, "run.jsonl")))
...     sgd = optim.SGD(model.parameters(), lr=0.1)
...     history = optim.fit(model, batches, nn.MSELoss(), sgd, 3, callback=log, progress=False)
...     History.from_csv(os.path.join(folder, "run.csv")).rows == history.rows
True
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
import socket
import time
from itertools import count
from numbers import Integral, Real
from typing import Any, Protocol

from .history import History, Row

__all__ = ["CSV", "JSONLines", "Log", "MLflow", "TensorBoard", "Writer"]


class Writer(Protocol):
    """What a Log writes with: an object with these two methods, such as one of your own."""

    def begin(self, resumed: bool) -> None:
        """A run begins, or goes on from a checkpoint; the row of its first epoch is next, either way."""

    def write(self, row: Row) -> None:
        """Write one epoch's numbers by name, with "epoch" from 1 on; None for what there was not."""


class Log:
    """A callback for `fit` that hands each epoch's row of the history to writers: `fit(..., callback=Log(CSV(path)))`.

    A run that goes on from a checkpoint is written again from its first epoch on, so that nothing is missing and
    nothing there twice. One Log is for one run: given to another, it begins its files anew. Raises TypeError for what
    is no writer; what a writer raises ends the training.
    """

    def __init__(self, *writers: Writer) -> None:
        for writer in writers:
            if isinstance(writer, type) or not (hasattr(writer, "begin") and hasattr(writer, "write")):
                raise TypeError(f"Log: {writer!r} is no writer; give such as Log(CSV('run.csv'))")
        if not writers:
            raise TypeError("Log: there is no writer; give such as Log(CSV('run.csv'))")
        self.writers = writers
        self._history: History | None = None
        self._written = 0  # rows of this history

    def __call__(self, history: History) -> None:
        """Write the rows that are new."""
        if history is not self._history:
            for writer in self.writers:
                writer.begin(len(history) > 1)
            self._history, self._written = history, 0
        for row in history.rows[self._written :]:
            for writer in self.writers:
                writer.write(row)
            self._written += 1


class _File:
    """A file that a run begins anew, and that grows with each epoch; nothing stays open."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.path.abspath(os.fsdecode(path))
        folder = os.path.dirname(self.path)
        if not os.path.isdir(folder):
            kind = type(self).__name__
            raise FileNotFoundError(f"{kind}: there is no folder {folder!r}; make it first (os.makedirs)")

    def begin(self, resumed: bool) -> None:
        """Empty the file."""
        with open(self.path, "wb"):
            pass

    def _append(self, content: bytes) -> None:
        with open(self.path, "ab") as file:
            file.write(content)


class CSV(_File):
    """A CSV file, with the names of the columns first; `History.from_csv` reads it, and every spreadsheet does.

    Raises FileNotFoundError where the folder is missing, and ValueError for a row of other columns than the first.
    """

    def begin(self, resumed: bool) -> None:
        """Empty the file."""
        super().begin(resumed)
        self._columns: list[str] = []

    def write(self, row: Row) -> None:
        """Append a line, and before the first one the names."""
        columns = self._columns or list(row)
        if list(row) != columns:
            raise ValueError(f"CSV: a row has the columns {', '.join(row)}, {self.path!r} has {', '.join(columns)}")
        text = io.StringIO(newline="")
        csv.writer(text).writerows([row.values()] if self._columns else [columns, row.values()])
        self._append(text.getvalue().encode())
        self._columns = columns


class JSONLines(_File):
    """A file with a JSON object an epoch, one a line; a number that JSON lacks, nan or inf, is null there.

    Raises FileNotFoundError where the folder is missing, and TypeError for a value that is no number.
    """

    def write(self, row: Row) -> None:
        """Append a line."""
        plain = {name: int(v) if isinstance(v, Integral) else v for name, v in row.items()}
        plain |= {name: float(v) if math.isfinite(v) else None for name, v in plain.items() if _is_float(v)}
        self._append(json.dumps(plain, allow_nan=False).encode() + b"\n")


class TensorBoard:
    """Event files in a folder, of which TensorBoard shows a curve for each column, by epoch: `tensorboard --logdir`.

    A folder is a run: one that is written to it again takes the place of the former from its first epoch on. Needs the
    extra `tensorboard`, whose own writer is used; without it, ImportError says what installs it.
    """

    _files = count()

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        try:
            from tensorboard.compat.proto import event_pb2, summary_pb2
            from tensorboard.summary.writer.record_writer import RecordWriter
        except ImportError:
            what = "TensorBoard: its writer comes with tensorboard"
            raise ImportError(f"{what}; run: pip install 'glassgrad[tensorboard]'") from None
        self.folder = os.path.abspath(os.fsdecode(folder))
        self._events, self._summaries, self._records = event_pb2, summary_pb2, RecordWriter

    def begin(self, resumed: bool) -> None:
        """Begin a file, which says that what former ones have from epoch 1 on does not count any more."""
        os.makedirs(self.folder, exist_ok=True)
        number = next(self._files)
        name = f"events.out.tfevents.{int(time.time()):010d}.{socket.gethostname()}.{os.getpid()}.{number:06d}"
        self._path = os.path.join(self.folder, name)
        start = self._events.SessionLog(status=self._events.SessionLog.START)
        self._append(file_version="brain.Event:2")
        self._append(step=1, session_log=start)

    def write(self, row: Row) -> None:
        """Append the numbers of an epoch."""
        values = [
            self._summaries.Summary.Value(tag=n, simple_value=v) for n, v in _numbers(row).items() if n != "epoch"
        ]
        self._append(step=row["epoch"], summary=self._summaries.Summary(value=values))

    def _append(self, **content: Any) -> None:
        event = self._events.Event(wall_time=time.time(), **content)
        with open(self._path, "ab") as file:
            self._records(file).write(event.SerializeToString())


class MLflow:
    """The metrics of the active MLflow run, or else of a new one: `with mlflow.start_run(): fit(..., callback=log)`.

    The step of a metric is its epoch. Training that goes on from a checkpoint adds to its run, started by its `run_id`,
    what is new. Needs the extra `mlflow`; without it, ImportError says what installs it. Raises ValueError for a new
    training in a run that has epochs already.
    """

    def __init__(self) -> None:
        try:
            import mlflow
        except ImportError:
            raise ImportError("MLflow: its API comes with mlflow; run: pip install 'glassgrad[mlflow]'") from None
        self._api = mlflow
        self._done = 0.0  # epochs

    def begin(self, resumed: bool) -> None:
        """Look how far the active run is."""
        run = self._api.active_run() or self._api.start_run()
        self._done = self._api.get_run(run.info.run_id).data.metrics.get("epoch", 0.0)
        if self._done and not resumed:
            what = f"MLflow: the run {run.info.run_id} has {self._done:g} epochs already"
            raise ValueError(f"{what}; train in one of its own, such as with mlflow.start_run(nested=True)")

    def write(self, row: Row) -> None:
        """Log the numbers of an epoch, together."""
        if row["epoch"] > self._done:
            self._api.log_metrics(_numbers(row), step=row["epoch"])


def _is_float(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, Integral)


def _numbers(row: Row) -> dict[str, float]:
    """What there was, as plain floats."""
    return {name: float(value) for name, value in row.items() if value is not None}
