"""The house: who may import whom. An arrow against it fails here, with the file and the line."""

import ast
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import autograd

ROOT = Path(__file__).parent.parent
PACKAGES = ("autograd", "nn", "optim")
LEVELS = (
    {"engine"},
    {"support"},
    {"ops"},
    {"watch", "program"},
    {"transforms"},
    {"solvers"},
    {"testing", "viz", "onnx"},
    {"dialects"},
)
LAZILY = {("testing", "")}  # allowed inside a function: filling the registry
OPTIONAL = (
    "PIL", "hypothesis", "matplotlib", "mlflow", "mpi4py", "mpmath", "onnx", "onnxruntime", "pytest", "sklearn",
    "tensorboard", "torch",
)  # fmt: skip


def files_of(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


files = [path for package in PACKAGES for path in files_of(package)]


class Arrow(NamedTuple):
    """One import: from a file to a module, named by its package and its room, such as autograd and ops."""

    path: Path
    line: int
    package: str
    room: str
    lazy: bool

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line} imports {self.package}.{self.room}".rstrip(".")


def arrows(path: Path) -> Iterator[Arrow]:
    home = path.relative_to(ROOT).parts[:-1]
    tree = ast.parse(path.read_text())
    inside = {n for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) for n in ast.walk(f)}
    guards = (i for i in ast.walk(tree) if isinstance(i, ast.If) and "TYPE_CHECKING" in ast.unparse(i.test))
    for_types = {node for guard in guards for line in guard.body for node in ast.walk(line)}
    for node in ast.walk(tree):
        if node in for_types:
            continue
        for module in modules(node, home):
            package, room, *_ = [*module, ""]
            if package != "autograd" or not is_room(room):
                room = ""
            yield Arrow(path, node.lineno, package, room, node in inside)


def modules(node: ast.AST, home: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if isinstance(node, ast.Import):
        yield from (tuple(alias.name.split(".")) for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        base = home[: len(home) - node.level + 1] if node.level else ()
        base += tuple(node.module.split(".")) if node.module else ()
        yield from ((*base, alias.name) for alias in node.names)


def is_room(name: str) -> bool:
    return name in {path.stem for path in (ROOT / "autograd").iterdir()}


def level(room: str) -> int:
    """The height of a room; the package itself, which imports them all, is the roof."""
    if room == "":
        return len(LEVELS)
    found = [i for i, rooms in enumerate(LEVELS) if room in rooms]
    assert found, f"autograd/{room} is new: give it a place in LEVELS"
    return found[0]


def room_of(path: Path) -> str:
    first = path.relative_to(ROOT / "autograd").parts[0]
    return "" if first == "__init__.py" else first.removesuffix(".py")


def wrong(arrow: Arrow) -> bool:
    source = room_of(arrow.path)
    if arrow.package != "autograd":
        return arrow.package in PACKAGES and source != "dialects"  # which speak for networks and optimizers, too
    if source == arrow.room or (arrow.lazy and (source, arrow.room) in LAZILY):
        return False
    return level(arrow.room) >= level(source)


def test_inside_autograd_imports_only_point_down():
    assert not [str(a) for path in files_of("autograd") for a in arrows(path) if wrong(a)]


@pytest.mark.parametrize(("package", "other"), [("nn", "optim"), ("optim", "nn")])
def test_networks_and_optimizers_do_not_know_each_other(package, other):
    assert not [str(a) for path in files_of(package) for a in arrows(path) if a.package == other]


def test_only_autograd_testing_needs_hypothesis():
    elsewhere = [path for path in files if not path.is_relative_to(ROOT / "autograd" / "testing")]

    assert not [str(a) for path in elsewhere for a in arrows(path) if a.package == "hypothesis"]


def test_an_import_loads_nothing_optional():
    code = f"import sys, {', '.join(PACKAGES)}; print(*(m for m in {OPTIONAL} if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.split() == []


@pytest.mark.parametrize("name", ["viz", "testing", "onnx"])
def test_a_part_that_needs_more_than_numpy_is_imported_where_it_is_first_used(name):
    code = f"import sys, autograd; print('autograd.{name}' in sys.modules, autograd.{name}.__name__)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["False", f"autograd.{name}"]


def test_a_misspelt_name_stays_an_error():
    with pytest.raises(AttributeError, match="module 'autograd' has no attribute 'sofmax'") as caught:
        _ = autograd.sofmax
    assert (caught.value.name, caught.value.obj) == ("sofmax", autograd)  # so that Python says: did you mean 'softmax'?


@pytest.mark.parametrize("path", files, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_fits_one_idea(path):
    assert lines_of_code(path) < 400


def lines_of_code(path: Path) -> int:
    """Lines that hold code: no blank ones, no comments, no docstrings (explaining more is never punished)."""
    tree = ast.parse(path.read_text())
    texts = [n for n in ast.walk(tree) if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)]
    prose = {line for n in texts for line in range(n.lineno, (n.end_lineno or n.lineno) + 1)}
    layout = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    with tokenize.open(path) as file:
        tokens = [t for t in tokenize.generate_tokens(file.readline) if t.type not in layout]
    return len({line for t in tokens for line in range(t.start[0], t.end[0] + 1)} - prose)


def test_the_dialects_of_two_libraries_are_thin():
    home = ROOT / "autograd" / "dialects"
    paths = [home / "absent.py", *home.glob("hips/**/*.py"), *home.glob("torch/**/*.py")]
    assert sum(map(lines_of_code, paths)) <= 2000
