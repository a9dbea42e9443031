"""Python out of memory at its n-th allocation: python -m tests.fail_memory STEP [WHAT ...] prints how many were tried.

Each point, every STEP-th, is a process of its own, forked where all is imported, in which that allocation fails once.
Whatever comes of it, an exception, a clean end, or the end of the interpreter, the file it worked on must be whole, the
old one or the new, and a model that was loaded into must hold all of the one or of the other.
"""

import _testcapi
import contextlib
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import autograd
import nn
import optim

OLD, NEW = {"w": np.arange(4.0)}, {"w": np.arange(60.0), "n": np.int64(3)}
QUIET = 25  # points in a row at which nothing failed: all were tried
BROKEN = 3  # the status of a process whose model holds neither the old nor the new


def attempted(act: Callable[[], object], intact: Callable[[], bool], number: int) -> bool:
    """Whether `act` ended well in a child in which the allocation of this number fails."""
    child = os.fork()
    if not child:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # what Python says of it is not looked at
        code = 1
        with contextlib.suppress(BaseException):
            _testcapi.set_nomemory(number, number + 1)
            act()
            code = 0
        _testcapi.remove_mem_hooks()
        os._exit(code if intact() else BROKEN)
    status = os.waitpid(child, 0)[1]
    assert not (os.WIFEXITED(status) and os.WEXITSTATUS(status) == BROKEN), f"allocation {number}: a model half loaded"
    return status == 0


def same(a: Any, b: Any) -> bool:
    """Whether two states have the same arrays."""
    return a.keys() == b.keys() and all(np.array_equal(a[name], b[name]) for name in a)


def saving(write: Callable[[Any, Path], object], read: Callable[[Path], Any], path: Path, step: int) -> int:
    """Save over an older file; how many points were tried."""

    def check(number: int) -> None:
        assert any(same(read(path), state) for state in (OLD, NEW)), f"allocation {number}: {path}"
        write(OLD, path)  # takes away what a process left that could not
        assert os.listdir(path.parent) == [path.name], f"allocation {number}: {os.listdir(path.parent)}"

    write(OLD, path)
    return points(lambda: write(NEW, path), lambda: True, check, step)


def loading(path: Path, step: int) -> int:
    """Load a file into a model; how many points were tried."""
    model, source = nn.Linear(3, 4), nn.Linear(3, 4)
    nn.save(source, path)
    content, old, new = path.read_bytes(), model.state_dict(), source.state_dict()

    def check(number: int) -> None:
        assert path.read_bytes() == content, f"allocation {number}"

    def intact() -> bool:
        return same(model.state_dict(), old) or same(model.state_dict(), new)

    return points(lambda: model.load_state_dict(nn.load(path)), intact, check, step)


def fitting(path: Path, step: int) -> int:
    """Train with a checkpoint; how many points were tried."""

    def act() -> None:
        autograd.seed(1)
        model, loss = nn.Linear(3, 2), nn.CrossEntropyLoss()
        data = [(np.ones((2, 3), np.float32), np.arange(2))] * 2
        optim.fit(model, data, loss, optim.Adam(model.parameters()), 3, checkpoint=path, progress=False)

    act()  # what is made on first use
    path.unlink()

    def check(number: int) -> None:
        if path.exists():
            assert optim.load_checkpoint(path)["epoch"] in range(4), f"allocation {number}"
        path.unlink(missing_ok=True)

    return points(act, lambda: True, check, step)


def points(act: Callable[[], object], intact: Callable[[], bool], check: Callable[[int], None], step: int) -> int:
    """Let every `step`-th allocation of `act` fail, until none is left."""
    number = tried = quiet = 0
    while quiet < QUIET:
        quiet = quiet + 1 if attempted(act, intact, number) else 0
        check(number)
        number, tried = number + step, tried + 1
    return tried - QUIET


def main(step: int, *chosen: str) -> None:
    """Print what was tried, and at how many points."""
    ways = {
        "save": lambda path: saving(lambda state, path: nn.save(state, path), nn.load, path, step),
        "save_checkpoint": lambda path: saving(
            lambda state, path: optim.save_checkpoint(path, state), optim.load_checkpoint, path, step
        ),
        "load": lambda path: loading(path, step),
        "fit": lambda path: fitting(path, step * 10 if step > 1 else 1),  # which has forty times as many
    }
    for name in chosen or ways:
        with tempfile.TemporaryDirectory() as folder:
            print(name, ways[name](Path(folder) / "file"), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
