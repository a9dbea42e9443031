import ctypes
import os
import stat
import subprocess
import sys

import numpy as np
import pytest

import autograd
from autograd.program import c
from autograd.program.c import build

from .conftest import needs_compiler

TEXT = "int answer(void) { return 42; }"


def wave(x):
    return (autograd.sin(x) * x).sum()


def runs_in_numpy(said):
    """Whether a compiled function is right without C, and says once why."""
    fast, x = autograd.compile(wave, backend="c"), np.arange(3.0)
    with pytest.warns(autograd.CompileWarning, match=said) as caught:
        found = fast(x)
    return len(caught) == 1 and float(found.data) == float(wave(autograd.Tensor(x)).data)


@pytest.fixture
def compiler(monkeypatch):
    """A way to have another compiler for a while."""

    def use(command):
        monkeypatch.setattr(build, "compiler", command)
        monkeypatch.setattr(build, "machine", lambda: repr(command).encode())

    return use


@needs_compiler
def test_a_library_is_kept_and_found_again(place, monkeypatch):
    assert build.library(TEXT).answer() == 42
    (path,) = place.iterdir()
    monkeypatch.setattr(build, "made", None)  # nothing is compiled
    assert build.library(TEXT).answer() == 42
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert path.stat().st_mode & 0o022 == 0


@needs_compiler
@pytest.mark.parametrize(
    "harm", [lambda b: b[:100], lambda b: b[:500] + b"x" + b[501:], lambda b: b"", lambda b: b * 2]
)
def test_a_damaged_library_is_made_anew(place, harm):
    build.library(TEXT)
    (path,) = place.iterdir()
    sound = path.read_bytes()
    path.unlink()  # a loaded library is not written over
    path.write_bytes(harm(sound))
    path.chmod(0o700)

    assert not build.whole(path)
    assert build.library(TEXT).answer() == 42
    assert build.whole(path)


@needs_compiler
def test_a_library_that_others_may_write_to_is_not_loaded(place):
    build.library(TEXT)
    (path,) = place.iterdir()
    path.chmod(0o777)

    assert not build.whole(path)


@needs_compiler
def test_a_folder_that_others_may_write_to_is_not_used(place):
    place.mkdir(mode=0o777)
    place.chmod(0o777)
    with pytest.warns(autograd.CompileWarning, match=r"not kept on disk: .* others may write to it; chmod 700 it"):
        assert build.library(TEXT).answer() == 42
    assert not list(place.iterdir())


def test_an_empty_variable_for_the_folder_is_none(tmp_path, monkeypatch):
    for name, value in {"GLASSGRAD_CACHE": "", "XDG_CACHE_HOME": "", "HOME": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)

    assert build.folder() == tmp_path / ".cache" / "glassgrad"


def test_the_compiler_that_is_asked_for_may_have_options(monkeypatch):
    monkeypatch.setenv("CC", f"{sys.executable} -m ziglang cc")

    assert build.compiler.__wrapped__() == (sys.executable, "-m", "ziglang", "cc")


@needs_compiler
def test_where_nothing_can_be_kept_a_library_is_made_for_this_process(place):
    place.write_text("a file where the folder should be")
    with pytest.warns(autograd.CompileWarning, match="not kept on disk"):
        assert build.library(TEXT).answer() == 42


@needs_compiler
def test_a_user_without_a_home_has_libraries_too(monkeypatch):
    for name in ("GLASSGRAD_CACHE", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(build.os, "getuid", lambda: 1 << 30)
    with pytest.warns(autograd.CompileWarning, match="home directory"):
        assert build.library(TEXT).answer() == 42


@needs_compiler
def test_without_any_folder_there_is_no_library(place, monkeypatch):
    place.write_text("a file where the folder should be")
    monkeypatch.setattr(build.tempfile, "tempdir", str(place))
    with (
        pytest.warns(autograd.CompileWarning),
        pytest.raises(build.Unavailable, match="no folder for what is compiled"),
    ):
        build.library(TEXT)


@needs_compiler
def test_a_full_disk_leaves_nothing_half_written(place, monkeypatch):
    def full(path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(build, "seal", full)
    with pytest.warns(autograd.CompileWarning, match="No space left"):
        assert build.library(TEXT).answer() == 42
    assert not list(place.iterdir())


def test_without_a_compiler_programs_run_in_numpy(compiler, monkeypatch):
    def none():
        raise build.Unavailable("no C compiler was found")

    compiler(none)
    assert runs_in_numpy("runs in NumPy: no C compiler was found")
    monkeypatch.setattr(c, "compiler", none)
    assert not c.is_there()
    assert autograd.compile(wave).backend is autograd.program.compiled.BACKENDS["numpy"]


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("import sys; sys.exit('bad weather')", "the C compiler failed: bad weather"),
        ("pass", "cannot be loaded"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "the C compiler failed: exit status -9"),
    ],
)
def test_with_a_broken_compiler_programs_run_in_numpy_and_nothing_is_left(compiler, place, script, said):
    compiler(lambda: (sys.executable, "-c", script))
    assert runs_in_numpy(said)
    assert not list(place.iterdir())


@needs_compiler
def test_libraries_that_were_not_used_for_longest_are_removed(place, monkeypatch):
    monkeypatch.setattr(build, "KEPT", 2)
    first, second, third = (TEXT.replace("42", number) for number in "123")
    for age, text in ((300, first), (200, second)):
        build.library(text)
        for path in place.iterdir():
            os.utime(path, (path.stat().st_atime, path.stat().st_mtime - age))
    build.library(first)  # in use again
    build.library(third)

    assert len(list(place.iterdir())) == 2
    monkeypatch.setattr(build, "made", None)  # nothing is compiled
    assert build.library(first).answer() == 1
    assert build.library(third).answer() == 3


@needs_compiler
def test_processes_that_compile_at_once_do_not_disturb_each_other(place):
    script = f"from autograd.program.c import build; assert build.library({TEXT!r}).answer() == 42"
    running = [subprocess.Popen([sys.executable, "-c", script], env=os.environ) for _ in range(4)]

    assert [child.wait(120) for child in running] == [0] * 4
    assert [build.whole(path) for path in place.iterdir()] == [True]


STEP = """
import autograd, nn, optim
model = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 4))
optimizer = optim.NAdam(model.parameters())

@autograd.compile(backend="c")
def step(x):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(x), x)
    loss.backward()
    optimizer.step()
    return loss

step(autograd.ones((5, 4)))
"""


@needs_compiler
def test_the_same_step_in_another_process_is_the_same_text(place):
    kept = []
    for seed in "123":  # of the order of what is in sets
        subprocess.run([sys.executable, "-c", STEP], env=os.environ | {"PYTHONHASHSEED": seed}, check=True)
        kept.append({path.name for path in place.iterdir()})

    assert kept[0] == kept[1] == kept[2] != set()


@needs_compiler
def test_other_text_other_flags_and_another_compiler_are_other_libraries(place, monkeypatch):
    build.library(TEXT)
    build.library(TEXT.replace("42", "43"))
    monkeypatch.setattr(build, "FLAGS", ["-O1"])
    build.library(TEXT)
    monkeypatch.setattr(build, "machine", lambda: b"another")
    build.library(TEXT)

    assert len(list(place.iterdir())) == 4
    assert ctypes.sizeof(ctypes.c_void_p) == 8
