import pytest

from autograd.program import c
from autograd.program.c import build

needs_compiler = pytest.mark.skipif(not c.is_there(), reason="no C compiler here")


@pytest.fixture(autouse=True)
def place(monkeypatch, tmp_path):
    """A folder of its own for what a test compiles."""
    monkeypatch.setenv("GLASSGRAD_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def quick(monkeypatch):
    """Less time for a library, which takes more time then."""
    monkeypatch.setattr(build, "FLAGS", ["-O1", *build.FLAGS[1:]])
