"""Files of weights: what goes in comes out, a damaged file is an error, and a failed write changes nothing."""

import contextlib
import errno
import itertools
import json
import os
import pickle
import signal
import stat
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp
from safetensors import safe_open
from safetensors.numpy import save as serialized

import nn
from autograd.support import archive
from nn import WeightsError, weights

ROOT = Path(__file__).parent.parent.parent
DTYPES = [np.dtype(c) for c in "?bhiqBHIQefd"]
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=8).filter(lambda name: name != "__metadata__")
arrays = st.sampled_from(DTYPES).flatmap(lambda d: hnp.arrays(d, hnp.array_shapes(min_dims=0, min_side=0, max_side=3)))


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("weights") / "model.safetensors"


def equal(found, expected):
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        value = np.asarray(value)
        assert found[name].dtype == value.dtype, name
        np.testing.assert_array_equal(found[name], value, err_msg=name, strict=True)


# -- round trips ---------------------------------------------------------------------------------------


@given(st.dictionaries(names, arrays, max_size=4))
def test_what_is_saved_is_loaded(path, state):
    nn.save(state, path)
    equal(nn.load(path), state)


def test_a_model_goes_out_and_comes_back(path):
    model, other = (nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2)) for _ in range(2))
    nn.save(model, path)
    other.load_state_dict(nn.load(str(path)))

    equal(other.state_dict(), model.state_dict())


def test_tensors_numbers_and_any_memory_layout_can_be_saved(path):
    grid = np.arange(12.0).reshape(3, 4)
    state = {
        "tensor": nn.Parameter([1.0, 2.0]),
        "number": 3,
        "scalar": np.float16(2),
        "turned": grid.T,
        "strided": grid[::2, ::-1],
        "column order": np.asfortranarray(grid),
        "high byte first": grid.astype(">f8"),
        "empty": np.empty((2, 0, 3), np.int8),
        "repeated": np.broadcast_to(np.float32(7), (2, 3)),
    }
    nn.save(state, path)
    found = nn.load(path)

    assert found["number"].shape == () == found["scalar"].shape
    state["tensor"] = np.array([1, 2], np.float32)
    equal(found, {name: np.asarray(v).astype(np.asarray(v).dtype.newbyteorder("=")) for name, v in state.items()})


def test_loaded_arrays_can_be_written_to_and_share_nothing(path):
    nn.save({"a": np.zeros(3), "b": np.zeros(3)}, path)
    found = nn.load(path)
    found["a"][0] = 1

    assert found["b"][0] == 0
    assert nn.load(path)["a"][0] == 0


def test_metadata_is_kept_beside_the_arrays(path):
    nn.save({"a": np.zeros(1)}, path, metadata={"epoch": "3"})

    with safe_open(path, "np") as file:
        assert file.metadata() == {"epoch": "3"}
    assert list(nn.load(path)) == ["a"]


def test_bfloat16_is_read_exactly_as_float32(path):
    numbers = np.array([1.0, -2.5, 3.0e38, 2.0**-130, np.inf, 0.0, -0.0], np.float32)
    halves = (numbers.view(np.uint32) >> 16).astype(np.uint16)
    path.write_bytes(file_of({"a": tensor("BF16", [7], 0, 14)}, halves.tobytes()))

    np.testing.assert_array_equal(nn.load(path)["a"], (halves.astype(np.uint32) << 16).view(np.float32), strict=True)
    assert nn.load(path)["a"][1] == -2.5


# -- tied parameters -----------------------------------------------------------------------------------


class Tied(nn.Module):
    def __init__(self):
        self.output = nn.Linear(3, 3, bias=False)
        self.embedding = nn.Linear(3, 3, bias=False)
        self.output.weight = self.embedding.weight


def test_a_tied_parameter_is_written_once_and_read_under_both_names(path):
    model, other = Tied(), Tied()
    nn.save(model, path, metadata={"by": "us"})

    assert list(nn.load(path)) == ["embedding.weight"]
    with safe_open(path, "np") as file:
        assert file.metadata() == {"by": "us", "output.weight": "embedding.weight"}
    assert other.load_state_dict(nn.load(path)) == ([], [])
    equal(other.state_dict(), model.state_dict())
    assert other.output.weight is other.embedding.weight


def test_a_state_dict_with_both_names_of_a_tied_parameter_loads_too(path):
    model, other = Tied(), Tied()
    nn.save(model.state_dict(), path)
    other.load_state_dict(nn.load(path))

    equal(other.state_dict(), model.state_dict())


# -- what cannot be saved ------------------------------------------------------------------------------


def test_all_that_a_file_cannot_hold_is_said_at_once(path):
    nn.save({"old": np.zeros(1)}, path)
    state = {
        "fine": np.zeros(2),
        "complex": np.zeros(2, complex),
        "text": np.array(["a"]),
        "ragged": [[1.0], [1.0, 2.0]],
        "object": object(),
        "__metadata__": np.zeros(2),
        7: np.zeros(2),
        "half \ud800": np.zeros(2),
    }
    with pytest.raises(WeightsError) as caught:
        nn.save(state, path, metadata={"epoch": 3})

    lines = str(caught.value).splitlines()
    assert path.name in lines[0]
    assert len(lines) == 1 + 7 + 1
    for said in (
        "'complex': dtype complex128",
        "'text'",
        "'ragged'",
        "'object'",
        "'__metadata__'",
        "7: a name",
        "'epoch'",
    ):
        assert any(said in line for line in lines), said
    assert list(nn.load(path)) == ["old"]


def test_numbers_wider_than_64_bits_are_refused(path):
    wide = np.dtype(np.longdouble)
    if wide.itemsize > 8:
        with pytest.raises(WeightsError, match=f"dtype {wide}"):
            nn.save({"a": np.zeros(1, wide)}, path)


@pytest.mark.parametrize(
    "state", [[np.zeros(1)], "model.safetensors", np.zeros(3), None], ids=lambda s: type(s).__name__
)
def test_a_state_that_is_neither_module_nor_mapping_is_an_error(path, state):
    with pytest.raises(TypeError, match="Module or a dict of arrays"):
        nn.save(state, path)


# -- a failing write -----------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    """A folder that holds one saved file."""
    nn.save({"old": np.arange(3)}, tmp_path / "model.safetensors")
    return tmp_path


def unchanged(folder):
    return os.listdir(folder) == ["model.safetensors"] and list(nn.load(folder / "model.safetensors")) == ["old"]


@pytest.mark.parametrize("call", ["fsync", "replace", "chmod"])
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()], ids=repr)
def test_a_write_that_fails_keeps_the_old_file_and_leaves_no_other(folder, monkeypatch, call, error):
    def fail(*args, **options):
        raise error

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(type(error)) as caught:
        nn.save({"new": np.zeros(3)}, folder / "model.safetensors")

    assert unchanged(folder)
    if isinstance(error, OSError):
        assert caught.value.errno == errno.ENOSPC
        assert "make room" in str(caught.value)
        assert str(folder / "model.safetensors") in str(caught.value)
        assert caught.value.__cause__ is error


PROGRAM = """
import os, resource, signal, sys
import numpy as np
import nn
{trouble}
nn.save({{"new": np.zeros(100_000)}}, sys.argv[1])
"""


def run(trouble, path):
    program = PROGRAM.format(trouble=trouble)
    return subprocess.run([sys.executable, "-c", program, path], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.skipif(os.name != "posix", reason="limits and signals of POSIX")
def test_a_disk_that_takes_no_more_keeps_the_old_file_and_leaves_no_other(folder):
    done = run("resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))", folder / "model.safetensors")

    assert "OSError" in done.stderr
    assert "make room" in done.stderr
    assert unchanged(folder)


@pytest.mark.skipif(os.name != "posix", reason="limits and signals of POSIX")
def test_a_process_killed_while_it_writes_keeps_the_old_file(folder):
    done = run("os.fsync = lambda file: os.kill(os.getpid(), signal.SIGKILL)", folder / "model.safetensors")

    assert done.returncode == -signal.SIGKILL
    assert list(nn.load(folder / "model.safetensors")) == ["old"]


@pytest.mark.skipif(os.name != "posix", reason="limits and signals of POSIX")
@pytest.mark.parametrize("name", ["model.safetensors", "another.safetensors"])
def test_what_killed_processes_left_behind_is_removed_by_the_next_that_writes_there(folder, name):
    (folder / ".safetensors-of-mine").touch()
    for _ in range(2):
        run("os.fsync = lambda file: os.kill(os.getpid(), signal.SIGKILL)", folder / "model.safetensors")
    assert len(os.listdir(folder)) == 3
    nn.save({"new": np.zeros(3)}, folder / name)

    assert {*os.listdir(folder)} == {"model.safetensors", name, ".safetensors-of-mine"}


def test_a_file_that_another_is_writing_stays_until_it_is_whole(folder, monkeypatch):
    fsync, inside = os.fsync, []

    def save_more(descriptor):
        fsync(descriptor)
        if not inside:
            inside.append(len(os.listdir(folder)))
            nn.save({"inner": np.zeros(3)}, folder / "inner.safetensors")

    monkeypatch.setattr(os, "fsync", save_more)
    nn.save({"outer": np.zeros(3)}, folder / "outer.safetensors")

    assert {*os.listdir(folder)} == {"model.safetensors", "inner.safetensors", "outer.safetensors"}
    assert list(nn.load(folder / "outer.safetensors")) == ["outer"]


def test_an_interrupt_at_any_line_of_a_write_leaves_the_old_file_or_the_new_and_no_other(folder, interrupted):
    path, number = folder / "model.safetensors", itertools.count()
    old = [0]

    def prepare():
        new = next(number)
        old.append(new)
        return lambda: nn.save({"x": np.array(new)}, path)

    def check():
        assert nn.load(path)["x"] in old[-2:]
        old[-1] = int(nn.load(path)["x"])
        others = [name for name in os.listdir(folder) if name != path.name]
        nn.save({"x": np.array(old[-1])}, path)
        assert len(others) <= 1  # where the clearing away is interrupted, the next write does it
        assert os.listdir(folder) == [path.name]

    nn.save({"x": np.array(0)}, path)

    assert interrupted([archive, weights], prepare, check) > 40
    assert os.listdir(folder) == [path.name]


def test_a_missing_folder_is_an_error_that_names_the_file_and_the_mend(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"make it first.*missing.model"):
        nn.save({}, tmp_path / "missing" / "model")


def test_a_file_in_place_of_a_folder_is_an_error(folder):
    with pytest.raises(NotADirectoryError, match=r"no such folder.*model.safetensors.x"):
        nn.save({}, folder / "model.safetensors" / "x")


@pytest.mark.parametrize("call", [nn.load, lambda path: nn.save({}, path)], ids=["load", "save"])
def test_a_folder_in_place_of_the_file_is_an_error(tmp_path, call):
    with pytest.raises(IsADirectoryError, match="name a file in it"):
        call(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes")
@pytest.mark.parametrize("call", [nn.load, lambda path: nn.save({}, path)], ids=["load", "save"])
def test_a_pipe_or_device_is_neither_waited_for_nor_replaced(tmp_path, call):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="ordinary file"):
        call(tmp_path / "pipe")
    with pytest.raises(OSError, match="ordinary file"):
        call(os.devnull)

    assert stat.S_ISFIFO(os.stat(tmp_path / "pipe").st_mode)


def test_a_place_that_may_not_be_written_to_is_an_error(folder, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # what a protected file says to all but root
    with pytest.raises(PermissionError, match=r"allow writing there.*model\.safetensors"):
        nn.save({}, folder / "model.safetensors")

    assert unchanged(folder)


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_new_file_has_the_usual_permissions_and_a_replaced_one_keeps_its_own(tmp_path):
    before = os.umask(0o027)
    try:
        nn.save({}, tmp_path / "new")
        assert stat.S_IMODE(os.stat(tmp_path / "new").st_mode) == 0o640
        os.chmod(tmp_path / "new", 0o664)
        nn.save({}, tmp_path / "new")
        assert stat.S_IMODE(os.stat(tmp_path / "new").st_mode) == 0o664
    finally:
        os.umask(before)


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
def test_a_link_is_followed(tmp_path):
    (tmp_path / "far").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "far" / "model")
    nn.save({"a": np.zeros(1)}, link)  # the file is not there yet
    nn.save({"b": np.zeros(1)}, link)

    assert link.is_symlink()
    assert list(nn.load(tmp_path / "far" / "model")) == ["b"]
    assert sorted(os.listdir(tmp_path)) == ["far", "link"]


def test_a_name_as_long_as_the_system_allows_can_be_saved(tmp_path):
    nn.save({}, tmp_path / ("n" * 255))

    assert nn.load(tmp_path / ("n" * 255)) == {}


def test_a_file_that_is_not_there_is_an_error_that_names_it(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nothing\.safetensors"):
        nn.load(tmp_path / "nothing.safetensors")


# -- damaged and hostile files -------------------------------------------------------------------------


def file_of(header, data=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def tensor(dtype, shape, start, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


FOUR = tensor("F32", [1], 0, 4)
TWICE = b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"%s":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}}'
HOSTILE = {
    "nothing at all": (b"", "too small"),
    "less than a length": (b"1234567", "too small"),
    "text": (b"Dear reader, this is a letter.", "too large"),
    "length 2**63": (file_of({}, length=2**63), "too large"),
    "length 2**64 - 1": (file_of({}, length=2**64 - 1), "too large"),
    "length over the file": (file_of({}, length=3), "length"),
    "no JSON": (file_of(b"{]"), "JSON"),
    "JSON that is a list": (file_of([]), "JSON"),
    "JSON that is a number": (file_of(b"NaN"), "JSON"),
    "no UTF-8": (file_of(b'{"\xff": 1}'), "UTF-8"),
    "half a character": (file_of({"\ud800": FOUR}, b"1234"), "JSON"),
    "nested objects": (file_of(b'{"a":' * 50_000 + b"1" + b"}" * 50_000), "JSON"),
    "nested lists": (file_of(b'{"a":' + b"[" * 90_000 + b"]" * 90_000 + b"}"), "JSON"),
    "a number of 10,000 digits": (file_of(b'{"a":{"x":' + b"9" * 10_000 + b"}}"), "JSON"),
    "data too short": (file_of({"a": tensor("F32", [2], 0, 8)}, b"1234"), "not fully covered"),
    "data too long": (file_of({"a": FOUR}, b"12345"), "not fully covered"),
    "bytes of no tensor": (file_of({}, b"1"), "not fully covered"),
    "a hole": (file_of({"a": FOUR, "b": tensor("F32", [1], 8, 12)}, b"1" * 12), "'?b'?"),
    "overlap": (file_of({"a": FOUR, "b": FOUR}, b"1234"), "invalid offset"),
    "end before start": (file_of({"a": tensor("F32", [1], 4, 0)}, b"1234"), "a"),
    "negative offset": (file_of({"a": tensor("F32", [1], -4, 0)}, b"1234"), "-4"),
    "negative size": (file_of({"a": tensor("F32", [-1], 0, 4)}, b"1234"), "-1"),
    "fraction of a size": (file_of({"a": tensor("F32", [1.5], 0, 4)}, b"1234"), "1.5"),
    "size as text": (file_of({"a": tensor("F32", "1", 0, 4)}, b"1234"), "JSON"),
    "shape against data": (file_of({"a": tensor("F32", [2], 0, 4)}, b"1234"), "shape"),
    "product over 64 bits": (file_of({"a": tensor("F32", [2**62, 8, 8], 0, 0)}), "overflow"),
    "size over 64 bits": (file_of({"a": tensor("F32", [2**64], 0, 0)}), "JSON"),
    "empty but too large for NumPy": (file_of({"a": tensor("F32", [0, 2**62, 2**40], 0, 0)}), "too big"),
    "empty with a size over NumPy's": (file_of({"a": tensor("F32", [0, 2**63], 0, 0)}), "dimension"),
    "too many axes": (file_of({"a": tensor("F32", [1] * 100, 0, 4)}, b"1234"), "dimension"),
    "unknown dtype": (file_of({"a": tensor("F33", [1], 0, 4)}, b"1234"), "F33"),
    "dtype as a number": (file_of({"a": tensor(32, [1], 0, 4)}, b"1234"), "JSON"),
    "dtype missing": (file_of({"a": {"shape": [1], "data_offsets": [0, 4]}}, b"1234"), "dtype"),
    "one offset": (file_of({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0]}}, b"1234"), "JSON"),
    "metadata that is no text": (file_of({"__metadata__": {"a": 1}}), "JSON"),
    "a name twice": (file_of(TWICE % b"a", b"1234"), "'a' occurs twice"),
    "a name twice, once in disguise": (file_of(TWICE % rb"\u0061", b"1234"), "'a' occurs twice"),
    "a boolean of 2": (file_of({"a": tensor("BOOL", [2], 0, 2)}, b"\x01\x02"), "neither 0 nor 1"),
    "float8": (file_of({"layer.w": tensor("F8_E4M3", [4], 0, 4)}, b"1234"), r"'layer.w' is F8_E4M3.*float\(\)"),
    "a pickle": (pickle.dumps({"w": [1.0]}, protocol=2), "pickle.*safetensors.torch.save_file"),
    "a pickle of today": (pickle.dumps({"w": [1.0]}), "pickle"),
}


@pytest.mark.parametrize(("content", "said"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_an_error_that_names_it_and_what_is_wrong(path, content, said):
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=f"(?s){path.name}.*{said}"):
        nn.load(path)


def test_a_file_of_torch_save_is_refused_with_the_way_to_convert_it(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({}))
    with pytest.raises(WeightsError, match=r"pickle.*weights_only=True"):
        nn.load(path)


@pytest.mark.parametrize("size", [128 + 2 * 256, 128 + 5 * 256])
def test_a_header_whose_length_looks_like_a_pickle_is_read(path, size):
    header = json.dumps({"a": FOUR}).encode().ljust(size)
    path.write_bytes(file_of(header, b"1234"))

    assert list(nn.load(path)) == ["a"]


def test_nothing_large_is_read_of_a_large_file_that_holds_no_weights(path):
    with open(path, "wb") as file:
        file.write(file_of({"a": FOUR}, b"1234"))
        file.truncate(2**40)  # takes no room: a hole in the file
    with pytest.raises(WeightsError, match="not fully covered"):
        nn.load(path)


def test_metadata_that_is_null_is_none_and_what_else_is_said_of_a_tensor_is_not_read(path):
    path.write_bytes(file_of({"__metadata__": None, "a": {**FOUR, "comment": [1]}}, b"\0\0\x80?"))

    assert nn.load(path) == {"a": np.ones(1, np.float32)}


def test_empty_tensors_anywhere_in_the_file_are_read(path):
    header = {"e": tensor("F32", [0, 3], 0, 0), "a": FOUR, "f": tensor("F64", [2, 0], 4, 4)}
    path.write_bytes(file_of(header, b"1234"))

    assert {name: value.shape for name, value in nn.load(path).items()} == {"e": (0, 3), "a": (1,), "f": (2, 0)}


STATE = {"weight": np.arange(6, dtype=np.float32).reshape(2, 3), "on": np.array([True, False]), "n": np.int64(5)}
CONTENT = serialized({name: np.asarray(value) for name, value in STATE.items()})
DATA = 8 + int.from_bytes(CONTENT[:8], "little")


def test_a_file_cut_anywhere_is_an_error(path):
    for end in range(len(CONTENT)):
        path.write_bytes(CONTENT[:end])
        with pytest.raises(WeightsError, match=path.name):
            nn.load(path)


@given(st.lists(st.tuples(st.integers(0, len(CONTENT) - 1), st.integers(1, 255)), min_size=1, max_size=3))
def test_flipped_bits_are_an_error_or_other_values_never_anything_else(path, flips):
    content = bytearray(CONTENT)
    for position, bits in flips:
        content[position] ^= bits
    path.write_bytes(content)
    try:
        found = nn.load(path)
    except WeightsError:
        return
    assert sum(a.nbytes for a in found.values()) == len(CONTENT) - DATA
    if content[:DATA] == CONTENT[:DATA]:
        assert {n: (a.dtype, a.shape) for n, a in found.items()} == {
            n: (np.asarray(a).dtype, np.shape(a)) for n, a in STATE.items()
        }


@given(st.binary(max_size=200), st.booleans())
def test_random_bytes_are_an_error_or_arrays(path, content, as_header):
    path.write_bytes(file_of(content) if as_header else content)
    with contextlib.suppress(WeightsError):
        assert all(isinstance(value, np.ndarray) for value in nn.load(path).values())


@pytest.mark.parametrize("held", [False, True], ids=["removed", "held, to be removed"])
def test_a_new_file_that_another_process_takes_for_a_leftover_is_written_again(tmp_path, monkeypatch, held):
    lock, names = archive._lock, []

    def taken(file):
        names.append(file.name)
        if len(names) == 1:
            os.unlink(file.name)
            if held:
                raise BlockingIOError
        lock(file)

    monkeypatch.setattr(archive, "_lock", taken)
    nn.save({"a": np.ones(3)}, tmp_path / "weights")

    assert len(set(names)) == 2
    assert nn.load(tmp_path / "weights")["a"].tolist() == [1.0] * 3
    assert [p.name for p in tmp_path.iterdir()] == ["weights"]
