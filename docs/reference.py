"""Write the pages of the reference: one for each room of the library, with every public name in it."""

import importlib
import inspect
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

import autograd
import nn
import optim
from autograd import ops
from autograd.engine import errors

# under each heading: the module that the names are taken from, and the names
Sections = dict[str, tuple[str, list[str]]]

ENGINE: Sections = {
    "The tensor": ("autograd", ["Tensor"]),
    "Gradients": ("autograd", ["gradients", "check_graph", "checkpoint"]),
    "Derivatives of functions": (
        "autograd",
        [
            "grad",
            "value_and_grad",
            "elementwise_grad",
            "holomorphic_grad",
            "vjp",
            "jvp",
            "hvp",
            "jacobian",
            "hessian",
            "sparse_jacobian",
        ],
    ),
    "Many examples at once": ("autograd", ["vmap", "per_example_grad", "LoopWarning"]),
    "Programs": ("autograd", ["source", "compile", "CompileWarning", "CompileError"]),
    "Files for other runtimes": ("autograd.onnx", ["export"]),
    "Switches": (
        "autograd",
        [
            "no_grad",
            "enable_grad",
            "set_grad_enabled",
            "is_grad_enabled",
            "inference_mode",
            "default_dtype",
            "detect_anomaly",
        ],
    ),
    "An operation of your own": ("autograd", ["op"]),
}


def public(module: ModuleType) -> list[str]:
    """The names that a module offers: its `__all__`, or what it holds that is ours and no module."""
    ours = tuple(package.__name__ for package in (autograd, nn, optim))
    held = [n for n, value in vars(module).items() if n[0] != "_" and getattr(value, "__module__", "").startswith(ours)]
    return list(getattr(module, "__all__", held))


def families() -> Sections:
    """The layers under the headings of nn's own docstring, the rest of `nn` after them."""
    table = (nn.__doc__ or "").split("\n\n")[1]
    sections: Sections = {}
    for line in table.splitlines():
        if not line.startswith(" "):
            heading = line.split()[0]
            sections[heading] = ("nn", [])
            line = line[len(heading) :]
        sections[heading][1].extend(n for n in line.replace(",", " ").split() if inspect.isclass(getattr(nn, n, None)))
    sections["Weights"] = ("nn", ["save", "load"])
    sections["Look"] = ("nn", ["summary"])
    named = {n for _, names in sections.values() for n in names}
    sections["More"] = ("nn", [n for n in public(nn) if n not in named and not hasattr(autograd, n)])
    return {heading: section for heading, section in sections.items() if section[1]}


def whole(*modules: str) -> Sections:
    """One heading for each module, with all that it offers."""
    found = {name: importlib.import_module(name) for name in modules}
    return {name: (name, public(module)) for name, module in found.items()}


def operations() -> Sections:
    """One heading for each file of operations."""
    rooms = {room.name: importlib.import_module(f"autograd.ops.{room.name}") for room in iter_modules(ops.__path__)}
    held = {
        name: [n for n in getattr(room, "__all__", ()) if vars(autograd).get(n) is getattr(room, n)]
        for name, room in rooms.items()
    }
    return {name.capitalize(): ("autograd", names) for name, names in sorted(held.items()) if names}


KINDS = [name for name in public(errors) if isinstance(getattr(errors, name), type)]  # of errors, and a warning
PAGES = {
    "engine": (
        "The engine",
        lambda: ENGINE | {"Errors": ("autograd", [n for n in public(errors) if isinstance(getattr(errors, n), type)])},
    ),
    "operations": ("Operations", operations),
    "fft": ("Fourier transforms", lambda: whole("autograd.fft")),
    "stats": ("Densities and distribution functions", lambda: whole("autograd.stats")),
    "distributions": (
        "Distributions",
        lambda: whole("nn.distributions", "nn.distributions.constraints"),
    ),
    "testing": (
        "Proof of gradients",
        lambda: whole("autograd.testing", "autograd.testing.accuracy", "autograd.ops.cases"),
    ),
    "viz": ("Drawings", lambda: whole("autograd.viz")),
    "nn": ("Layers and losses", families),
    "functional": (
        "Functions, initial values, the rest of nn",
        lambda: whole("nn.functional", "nn.init", "nn.utils", "nn.utils.rnn"),
    ),
    "models": ("Whole networks", lambda: whole("nn.models")),
    "data": ("Data", lambda: whole("nn.data", "nn.data.transforms", "nn.data.datasets")),
    "optim": (
        "Optimizers and training",
        lambda: whole(
            *("optim", "optim.lr_scheduler", "optim.swa_utils", "optim.metrics", "optim.distributed", "optim.pictures")
        ),
    ),
}


def entry(module: str, name: str) -> str:
    """The directive that shows one name."""
    value = getattr(importlib.import_module(module), name)
    if inspect.isclass(value):
        return f".. autoclass:: {module}.{name}\n   :members:\n"
    return f".. {'autofunction' if callable(value) else 'autodata'}:: {module}.{name}\n"


def page(title: str, sections: Sections) -> str:
    """The text of one page."""
    parts = [f"{title}\n{'=' * len(title)}\n"]
    for heading, (module, names) in sections.items():
        parts.append(f"{heading}\n{'-' * len(heading)}\n")
        parts += [entry(module, name) for name in names]
    return "\n".join(parts)


def write(folder: Path) -> None:
    """Write all pages, and the one that lists them."""
    folder.mkdir(exist_ok=True)
    for name, (title, sections) in PAGES.items():
        (folder / f"{name}.rst").write_text(page(title, sections()), encoding="utf-8")
    contents = "\n   ".join(PAGES)
    (folder / "index.rst").write_text(
        f"Reference\n=========\n\n.. toctree::\n   :maxdepth: 2\n\n   {contents}\n", encoding="utf-8"
    )
