"""What a run leaves in files, in a real TensorBoard, and in MLflow."""

import importlib
import json
import os
import re
import subprocess
import sys
import time
import types
import urllib.parse
import urllib.request

import numpy as np
import pytest

import autograd
import nn
import optim
from optim import History
from optim.logging import CSV, JSONLines, Log, MLflow, TensorBoard

X = np.random.default_rng(0).normal(size=(64, 3)).astype(np.float32)
LABELS = (X[:, 0] > 0).astype(np.int64)
DATA = [(X[i : i + 16], LABELS[i : i + 16]) for i in range(0, 64, 16)]


def train(callback, epochs=3, **options):
    autograd.seed(0)
    model = nn.Linear(3, 2)
    options = {"validation": DATA[:1], "metrics": [optim.metrics.accuracy], "progress": False, **options}
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    return optim.fit(model, DATA, nn.CrossEntropyLoss(), optimizer, epochs, callback=callback, **options)


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def scalars(folder):
    """What TensorBoard's own loader finds: steps and values by tag."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = EventAccumulator(str(folder)).Reload()
    return {tag: [(e.step, e.value) for e in found.Scalars(tag)] for tag in found.Tags()["scalars"]}


def single(history):
    """The history as TensorBoard has it: in float32."""
    names = [name for name in history.columns if name != "epoch"]
    return {n: [(i, float(np.float32(v))) for i, v in enumerate(history[n], 1)] for n in names}


def test_csv_and_json_lines_have_the_rows_of_the_history_in_full(tmp_path):
    history = train(Log(CSV(tmp_path / "run.csv"), JSONLines(tmp_path / "run.jsonl")))

    assert len(history) == 3
    assert History.from_csv(tmp_path / "run.csv").rows == history.rows
    assert lines(tmp_path / "run.jsonl") == history.rows
    history.to_csv(tmp_path / "same.csv")
    assert (tmp_path / "run.csv").read_bytes() == (tmp_path / "same.csv").read_bytes()


def test_files_grow_by_a_line_an_epoch(tmp_path):
    log, seen = Log(CSV(tmp_path / "run.csv"), JSONLines(tmp_path / "run.jsonl")), []

    def callback(history):
        log(history)
        seen.append([len((tmp_path / name).read_text().splitlines()) for name in ("run.csv", "run.jsonl")])

    train(callback)
    assert seen == [[2, 1], [3, 2], [4, 3]]


def killed_after(epochs, log):
    def callback(history):
        log(history)
        if len(history) == epochs:
            raise RuntimeError("killed")

    return callback


def test_a_run_that_goes_on_is_whole_and_nothing_is_there_twice(tmp_path):
    def writers():
        files = CSV(tmp_path / "run.csv"), JSONLines(tmp_path / "run.jsonl")
        return Log(*files, TensorBoard(tmp_path / "board"))

    with pytest.raises(RuntimeError, match="killed"):
        train(killed_after(2, writers()), 4, checkpoint=tmp_path / "run.checkpoint")
    assert len(lines(tmp_path / "run.jsonl")) == 2

    history = train(writers(), 4, checkpoint=tmp_path / "run.checkpoint")

    assert [row["epoch"] for row in history.rows] == [1, 2, 3, 4]
    assert lines(tmp_path / "run.jsonl") == history.rows
    assert History.from_csv(tmp_path / "run.csv").rows == history.rows
    assert len(os.listdir(tmp_path / "board")) == 2
    assert scalars(tmp_path / "board") == single(history)


def test_another_run_takes_the_place_of_the_former(tmp_path):
    log = Log(JSONLines(tmp_path / "run.jsonl"), TensorBoard(tmp_path / "board"))
    train(log, 4)
    history = train(log, 2)

    assert lines(tmp_path / "run.jsonl") == history.rows
    assert scalars(tmp_path / "board") == single(history)


def test_numbers_that_json_lacks_are_null_and_numpy_s_are_plain(tmp_path):
    rows = [{"epoch": np.int64(1), "a": np.nan, "b": -np.inf, "c": None, "d": np.float32(0.5)}]
    Log(JSONLines(tmp_path / "run.jsonl"))(History(rows))

    assert (tmp_path / "run.jsonl").read_text() == '{"epoch": 1, "a": null, "b": null, "c": null, "d": 0.5}\n'


def test_tensorboard_leaves_out_what_there_was_not_and_shows_nan(tmp_path):
    Log(TensorBoard(tmp_path))(History([{"epoch": 1, "a": np.nan, "b": None, "c": 2}]))

    found = scalars(tmp_path)
    assert sorted(found) == ["a", "c"]
    assert np.isnan(found["a"][0][1])
    assert found["c"] == [(1, 2.0)]


def ask(address):
    with urllib.request.urlopen(address, timeout=10) as answer:
        return json.load(answer)


def test_a_real_tensorboard_shows_the_run(tmp_path):
    history = train(Log(TensorBoard(tmp_path / "runs" / "first")))
    command = [
        sys.executable,
        "-m",
        "tensorboard.main",
        "--logdir",
        tmp_path / "runs",
        "--port",
        "0",
        "--host",
        "127.0.0.1",
    ]
    with (tmp_path / "said").open("w+") as said:
        server = subprocess.Popen([*map(str, command)], stdout=said, stderr=said)
        try:
            address = None
            deadline = time.monotonic() + 60
            while address is None and server.poll() is None and time.monotonic() < deadline:
                time.sleep(0.1)
                found = re.search(r"http://127\.0\.0\.1:\d+/", (tmp_path / "said").read_text())
                address = found and found[0]
            assert address, (tmp_path / "said").read_text()
            while not ask(f"{address}data/runs") and time.monotonic() < deadline:
                time.sleep(0.1)

            assert ask(f"{address}data/runs") == ["first"]
            tags = ask(f"{address}data/plugin/scalars/tags")
            assert sorted(tags["first"]) == sorted(single(history))
            for tag, expected in single(history).items():
                query = urllib.parse.urlencode({"run": "first", "tag": tag})
                shown = ask(f"{address}data/plugin/scalars/scalars?{query}")
                assert [(step, value) for _, step, value in shown] == expected
        finally:
            server.terminate()
            server.wait()


class Recorder(types.ModuleType):
    """MLflow's functions that we call, with one run each time one is started."""

    def __init__(self):
        super().__init__("mlflow")
        self.active, self.logged = None, {}

    def start_run(self, run_id="one"):
        self.logged.setdefault(run_id, [])
        self.active = types.SimpleNamespace(info=types.SimpleNamespace(run_id=run_id))
        return self.active

    def active_run(self):
        return self.active

    def get_run(self, run_id):
        latest = {name: value for _, metrics in self.logged[run_id] for name, value in metrics.items()}
        return types.SimpleNamespace(data=types.SimpleNamespace(metrics=latest))

    def log_metrics(self, metrics, step):
        self.logged[self.active.info.run_id].append((step, metrics))


def logged(history):
    return [(row["epoch"], {name: float(value) for name, value in row.items()}) for row in history.rows]


def test_mlflow_gets_each_epoch_once_also_of_a_run_that_goes_on(tmp_path, monkeypatch):
    api = Recorder()
    monkeypatch.setitem(sys.modules, "mlflow", api)
    with pytest.raises(RuntimeError, match="killed"):
        train(killed_after(2, Log(MLflow())), 4, checkpoint=tmp_path / "run.checkpoint")
    assert len(api.logged["one"]) == 2

    history = train(Log(MLflow()), 4, checkpoint=tmp_path / "run.checkpoint")

    assert api.logged["one"] == logged(history)
    with pytest.raises(ValueError, match=r"the run one has 4 epochs already; train in one of its own"):
        train(Log(MLflow()))
    api.start_run("two")
    assert logged(train(Log(MLflow()))) == api.logged["two"]


@pytest.mark.filterwarnings("ignore")  # MLflow's own, of SQLAlchemy
def test_a_real_mlflow_has_the_run(tmp_path):
    mlflow = pytest.importorskip("mlflow", reason="large: pip install mlflow")
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/runs.db")
    with mlflow.start_run() as run:
        history = train(Log(MLflow()))

    client = mlflow.MlflowClient()
    for name in history.columns:
        shown = [(metric.step, metric.value) for metric in client.get_metric_history(run.info.run_id, name)]
        assert shown == list(enumerate(map(float, history[name]), 1))


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: Log(), TypeError, "Log: there is no writer; give such as"),
        (lambda: Log("run.csv"), TypeError, r"Log: 'run.csv' is no writer; give such as Log\(CSV\('run.csv'\)\)"),
        (lambda: Log(CSV), TypeError, "is no writer"),
        (lambda: CSV("no/such/run.csv"), FileNotFoundError, "CSV: there is no folder '.*no/such'; make it first"),
        (lambda: JSONLines("no/such/run"), FileNotFoundError, "JSONLines: there is no folder"),
    ],
)
def test_wrong_writers_are_named_before_the_training(make, error, says):
    with pytest.raises(error, match=says):
        make()


def test_a_row_of_other_columns_is_an_error_and_is_not_written(tmp_path):
    writer = CSV(tmp_path / "run.csv")
    writer.begin(False)
    writer.write({"epoch": 1, "loss": 0.5})

    with pytest.raises(ValueError, match=r"a row has the columns epoch, error, .*run.csv' has epoch, loss"):
        writer.write({"epoch": 2, "error": 0.5})
    assert History.from_csv(tmp_path / "run.csv").rows == [{"epoch": 1, "loss": 0.5}]


@pytest.mark.parametrize(
    ("module", "make", "extra"),
    [("tensorboard.compat.proto", lambda: TensorBoard("runs"), "tensorboard"), ("mlflow", MLflow, "mlflow")],
)
def test_a_missing_extra_says_the_line_that_installs_it(module, make, extra, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    if extra == "tensorboard":
        importlib.import_module("tensorboard")
    monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(ImportError, match=rf"run: pip install 'glassgrad\[{extra}\]'$"):
        make()
    assert not list(tmp_path.iterdir())
