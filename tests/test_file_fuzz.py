"""Damaged files: each bit of a file flipped, and random changes; for an hour with `make fuzz-files`.

Loading gives arrays, or a WeightsError that names the file; a checkpoint, whose checksum tells, gives the state that
was written or a WeightsError. Nothing else: no other error, no hang, no memory that the file's size does not explain.
"""

import os
import random
import time
import tracemalloc

import numpy as np
import pytest

import nn
import optim
from autograd import WeightsError

SECONDS = float(os.environ.get("FUZZ_SECONDS", "3"))
LONGEST = 5.0  # seconds that loading a kilobyte may take, on a machine that does other things
MOST = 2_000_000  # bytes that it may need
STATE = {
    "model": {"0.weight": np.arange(6, dtype="f4").reshape(2, 3), "0.bias": np.ones(2, "f4"), "on": np.array([True])},
    "optimizer": {"state": {0: {"step": 3, "exp_avg": np.zeros((2, 3), "f4")}}, "param_groups": [{"lr": 0.1}]},
    "epoch": 3,
    "best": (0.5, 2),
}


def flat(state, path=""):
    """A state as (place, value) pairs, arrays as bytes with their dtype and shape."""
    if isinstance(state, dict):
        return [pair for key, value in state.items() for pair in flat(value, f"{path}/{key!r}")]
    if isinstance(state, (list, tuple)):
        return [(path, type(state))] + [pair for i, value in enumerate(state) for pair in flat(value, f"{path}/{i}")]
    return [(path, (state.dtype.str, state.shape, state.tobytes()) if isinstance(state, np.ndarray) else repr(state))]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A file of weights and a checkpoint, their content, and how each is loaded."""
    folder = tmp_path_factory.mktemp("fuzz")
    nn.save(STATE["model"], folder / "weights")
    optim.save_checkpoint(folder / "run", STATE)
    return {
        kind: (folder / kind, (folder / kind).read_bytes(), load)
        for kind, load in (("weights", nn.load), ("run", optim.load_checkpoint))
    }


def tried(file, content):
    """What loading a changed file gives: its state, or None where it is refused as it should be."""
    path, whole, load = file
    path.write_bytes(content)
    started = time.perf_counter()
    try:
        state = load(path)
    except WeightsError as error:
        assert str(path) in str(error), error  # noqa: PT017
        state = None
    finally:
        path.write_bytes(whole)
    assert time.perf_counter() - started < LONGEST
    return state


@pytest.mark.parametrize("kind", ["weights", "run"])
def test_each_bit_that_flips_is_an_error_or_another_value(files, kind):
    file, refused = files[kind], 0
    content = bytearray(file[1])
    start = 8 + int.from_bytes(content[:8], "little")
    every = 1 if SECONDS > 60 else {"weights": 1, "run": 7}[kind]
    expected = flat(file[2](file[0]))
    for number in range(0, 8 * len(content), every):
        content[number // 8] ^= 1 << number % 8
        state = tried(file, content)
        content[number // 8] ^= 1 << number % 8
        refused += state is None
        if state is None:
            continue
        if kind == "run":  # such as a space of the header that became another sign between two tokens
            assert flat(state) == expected, number
        elif number >= 8 * start:
            assert sum(a != b for a, b in zip(flat(state), expected)) == 1, number  # safetensors has no checksum
    assert refused > 500


def changed(content, rng):
    """A file with a few random changes: bits, bytes, pieces that are cut, doubled, or taken from another place."""
    made = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        at, size = rng.randrange(len(made) or 1), rng.choice((1, 1, 2, 4, 8, 30))
        piece = bytes(made[(other := rng.randrange(len(made) or 1)) : other + size])
        way = rng.randrange(7)
        if way == 0 and made:
            made[at] ^= 1 << rng.randrange(8)
        elif way == 1:
            made[at : at + size] = rng.randbytes(size)
        elif way == 2:
            del made[at : at + size]
        elif way == 3:
            made[at:at] = piece
        elif way == 4:
            made[at : at + size] = piece
        elif way == 5:
            made[at:at] = rng.choice((b"9" * 20, b"[" * 200, b'"', b"{", b"-", b"1e999", b"NaN", b"\0", b"\\ud800"))
        else:
            made[:8] = (len(made) - rng.randrange(20)).to_bytes(8, "little", signed=True)
    return bytes(made)


@pytest.mark.parametrize("kind", ["weights", "run"])
def test_random_changes_are_an_error_or_arrays_and_take_neither_time_nor_memory(files, kind):
    file, count, read = files[kind], 0, 0
    seed = random.randrange(2**32) if SECONDS > 60 else 0
    rng = random.Random(seed)
    expected = flat(file[2](file[0]))
    end = time.monotonic() + SECONDS / 2
    tracemalloc.start()
    try:
        while time.monotonic() < end:
            content = changed(file[1], rng)
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            try:
                state = tried(file, content)
            except BaseException as error:
                error.add_note(f"of seed {seed}, number {count}: {content!r}")
                raise
            assert tracemalloc.get_traced_memory()[1] - before < MOST, content
            count += 1
            read += state is not None
            if state is not None and kind == "run" and b"crc32" in content:
                assert flat(state) == expected, content
    finally:
        tracemalloc.stop()
    assert count > 20
    print(f"{kind}: {count:,} changed files, {read:,} of them still read")
