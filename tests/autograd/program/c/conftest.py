import re
from functools import cached_property, partial

import pytest

from autograd.program import c
from autograd.program.c import build, code

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


class Together:
    """Libraries of many texts, which the compiler makes in one run, once a function of one of them is called."""

    def __init__(self):
        self.numbers = {}

    def library(self, text):
        assert "made" not in vars(self)
        return Part(self, self.numbers.setdefault(text.removeprefix(code.head()), len(self.numbers)))

    @cached_property
    def made(self):
        named = [re.sub(r"\b(f|segment)(?=\d)", rf"of{n}_\1", text) for text, n in self.numbers.items()]
        made = build.library("\n".join([code.head(), *named]))
        made.setup(code.outside(code.threads()))
        return made


class Part:
    def __init__(self, all, number):
        self.all, self.number = all, number

    def setup(self, outside):
        """Of all of them, once they are made."""

    def __getattr__(self, name):
        return partial(self.call, f"of{self.number}_{name}")

    def call(self, name, *args):
        return getattr(self.all.made, name)(*args)


@pytest.fixture
def together(monkeypatch, quick):
    """One run of the compiler for all programs of a test, which are to be made before the first is run."""
    code.outside(code.threads())  # a library by itself
    monkeypatch.setattr(code, "library", Together().library)
