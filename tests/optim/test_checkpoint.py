"""What a checkpoint gives back, and what it refuses; that runs go on from one is in test_resume.py."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

import nn
from autograd import Tensor, WeightsError
from autograd.support import archive
from optim import checkpoint, load_checkpoint, save_checkpoint

leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text("a.~*1", max_size=3)
leaves |= st.integers(0, 9).map(lambda i: np.full(2, i))
keys = st.text("ab.~1*", max_size=3) | st.integers(-1, 2)
states = st.recursive(
    leaves,
    lambda inner: st.dictionaries(keys, inner, max_size=4) | st.lists(inner, max_size=3) | st.tuples(inner, inner),
)


def same(a, b):
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.dtype == b.dtype and np.array_equal(a, b)
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


@given(st.dictionaries(keys, states, max_size=4))
def test_every_state_comes_back_as_it_was(tmp_path_factory, state):
    path = tmp_path_factory.getbasetemp() / "state"
    save_checkpoint(path, state)

    assert same(load_checkpoint(path), state)


@pytest.mark.parametrize(
    "state",
    [
        {"a.b": np.zeros(2), "a": {"b": np.ones(2)}},
        {1: np.zeros(2), "1": np.ones(2)},
        {"a~1": np.zeros(1), "b": [np.ones(1)], "b.0": np.full(1, 2), "b.0~1": np.full(1, 3)},
    ],
    ids=["dots", "numbers", "suffixes"],
)
def test_arrays_whose_places_read_alike_are_kept_apart(tmp_path, state):
    save_checkpoint(tmp_path / "run", state)

    assert same(load_checkpoint(tmp_path / "run"), state)


def test_arrays_have_names_that_can_be_read(tmp_path):
    save_checkpoint(tmp_path / "run", {"model": {"0.weight": np.ones(2)}, "steps": [np.ones(1)]})

    assert list(archive.read("test", tmp_path / "run")[0]) == ["model.0.weight", "steps.0"]


def test_scalars_byte_order_and_tensors_come_back_as_the_docstring_says(tmp_path):
    save_checkpoint(tmp_path / "run", {"x": np.float32(0.1), "y": np.ones(2, ">f4"), "z": Tensor([1.0])})
    state = load_checkpoint(tmp_path / "run")

    assert type(state["x"]) is float
    assert np.float32(state["x"]) == np.float32(0.1)
    assert state["y"].dtype == "<f4"
    assert type(state["z"]) is np.ndarray


@pytest.mark.parametrize("key", [(0, 1), np.int64(3), b"a"], ids=["tuple", "int64", "bytes"])
def test_keys_that_would_not_come_back_are_refused(tmp_path, key):
    with pytest.raises(WeightsError, match=r"optimizer.state has the key .*it takes text and numbers"):
        save_checkpoint(tmp_path / "run", {"optimizer": {"state": {key: 1}}})
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: save_checkpoint({"a": 1}, "run"), "the path comes first"),
        (lambda: save_checkpoint(nn.Linear(1, 1), "run"), "the path comes first"),
        (lambda: save_checkpoint("run", nn.Linear(1, 1)), r'state is a Linear; .*"model": model.state_dict\(\)'),
        (lambda: save_checkpoint("run", [1]), "state is a list; it takes a dict"),
        (lambda: save_checkpoint(True, {}), "path=True is no name of a file"),
        (lambda: load_checkpoint(None), "path=None is no name of a file"),
        (lambda: load_checkpoint(3.0), "path=3.0 is no name of a file"),
    ],
    ids=["swapped", "module first", "module", "list", "True", "None", "number"],
)
def test_misuse_is_explained(call, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TypeError, match=words):
        call()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "text",
    ["{", "3", '{"a": {"*array": "b"}}', '{"*items": [1]}', "[" * 100_000],
    ids=["cut", "3", "name", "item", "deep"],
)
def test_a_file_whose_text_is_damaged_is_named(tmp_path, text):
    archive.write("test", Path(tmp_path / "run"), {"a": np.ones(1)}, {"glassgrad.checkpoint": text})

    with pytest.raises(WeightsError, match=r"load_checkpoint: '.*run' is damaged"):
        load_checkpoint(tmp_path / "run")


def test_a_file_of_weights_is_told_from_a_checkpoint(tmp_path):
    archive.write("test", tmp_path / "weights", {"a": np.ones(1)}, {})

    with pytest.raises(WeightsError, match=r"holds weights, but is no checkpoint of a run; nn.load reads it"):
        load_checkpoint(tmp_path / "weights")


def test_a_checkpoint_says_its_version_and_one_of_a_later_library_is_refused(tmp_path):
    save_checkpoint(tmp_path / "run", {"a": np.ones(1)})
    arrays, metadata = archive.read("test", tmp_path / "run")
    assert metadata.pop("glassgrad.checkpoint.version") == "1"
    archive.write("test", tmp_path / "first", arrays, metadata)
    archive.write("test", tmp_path / "later", arrays, {**metadata, "glassgrad.checkpoint.version": "2"})

    assert load_checkpoint(tmp_path / "first") == {"a": np.ones(1)}
    with pytest.raises(WeightsError, match=r"later' was written in version '2' of its format.*update glassgrad"):
        load_checkpoint(tmp_path / "later")


def test_metadata_that_is_null_is_that_of_no_checkpoint(tmp_path):
    header = json.dumps({"__metadata__": None, "a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    (tmp_path / "run").write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))

    with pytest.raises(WeightsError, match=r"holds weights, but is no checkpoint"):
        load_checkpoint(tmp_path / "run")


def test_an_interrupt_at_any_line_leaves_the_old_checkpoint_or_the_new(tmp_path, interrupted):
    path, numbers = tmp_path / "run", itertools.count(1)
    here = [0]

    def prepare():
        here.append(next(numbers))
        return lambda: save_checkpoint(path, {"step": here[-1], "a": [np.full(2, here[-1])]})

    def check():
        state = load_checkpoint(path)
        assert state["step"] in here[-2:]
        assert (state["a"][0] == state["step"]).all()
        here[-1] = state["step"]

    save_checkpoint(path, {"step": 0, "a": [np.zeros(2)]})

    assert interrupted([archive, checkpoint], prepare, check) > 60


def test_a_flipped_bit_that_hides_the_checksum_is_found_too(tmp_path):
    save_checkpoint(tmp_path / "run", {"w": np.ones(3)})
    content = (tmp_path / "run").read_bytes()
    assert content.count(b"checkpoint.crc32") == 1
    (tmp_path / "run").write_bytes(content.replace(b"checkpoint.crc32", b"checkpoint*crc32"))

    with pytest.raises(WeightsError, match="is damaged: it is not what was written"):
        load_checkpoint(tmp_path / "run")
