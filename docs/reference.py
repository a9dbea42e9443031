"""Write the pages of the reference: one for each room of the library, with every public name in it."""

import importlib
import inspect
import re
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
    "Solvers: roots, minima, differential equations, integrals": (
        "autograd",
        ["root", "fixed_point", "minimize", "least_squares", "solve_ivp", "quad", "ConvergenceWarning"],
    ),
    "Functions as programs: source and compilation": (
        "autograd",
        ["source", "compile", "CompileWarning", "CompileError"],
    ),
    "Memory: what a step keeps for backward": ("autograd.memory", ["ledger"]),
    "Files for other runtimes": ("autograd.onnx", ["export"]),
    "Switches: what is recorded, and in which dtype": (
        "autograd",
        [
            "no_grad",
            "enable_grad",
            "set_grad_enabled",
            "is_grad_enabled",
            "inference_mode",
            "reproducible",
            "default_dtype",
        ],
    ),
    "What is wrong": ("autograd", ["detect_anomaly", "doctor"]),
    "An operation of your own": ("autograd", ["op"]),
}


# what the headings of nn's own docstring stand for
LAYERS = {
    "Base": "Modules and containers",
    "Linear": "Linear layers, embeddings, shapes",
    "Convolve": "Convolution",
    "Pool": "Pooling and upsampling",
    "Normalise": "Normalisation",
    "Drop": "Dropout",
    "Rearrange": "Rearranging and padding",
    "Sequences": "Recurrent layers",
    "Attention": "Attention and transformers",
    "Activations": "Activation functions",
    "Losses": "Losses and distances",
    "Weights": "Saving and loading weights",
    "Look": "A summary of a model",
    "More": "Everything else in nn",
}


INTRODUCTIONS = {
    "operations": """
Below each example stand the formula of the output y, and how the gradient of each input comes from g, that of y;
[a > b] is 1 where that holds, else 0. What works element by element has its measured error, and a plot over the domain
that it is proven on: its value and its slope, or of two inputs its value for three numbers b. What takes in a whole
array has no plot: the values of one number would not show it.
""",
}


def says(module: ModuleType) -> str:
    """What a module is: its docstring up to what is not a list any more."""
    said = (module.__doc__ or "").replace("`", "").partition("\n")[0]
    return re.split(r"[.:;](?:\s|$)| \(|, (?!\w+(?:,| and|\.?$))", said, maxsplit=1)[0]


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
    return {LAYERS[heading]: section for heading, section in sections.items() if section[1]}


def whole(*modules: str) -> Sections:
    """One heading for each module, its name and what it is, with all that it offers."""
    found = {name: importlib.import_module(name) for name in modules}
    return {f"{says(module)} (``{name}``)": (name, public(module)) for name, module in found.items()}


def operations() -> Sections:
    """One heading for each file of operations, which says what they are."""
    rooms = {room.name: importlib.import_module(f"autograd.ops.{room.name}") for room in iter_modules(ops.__path__)}
    held = {
        name: [n for n in getattr(room, "__all__", ()) if vars(autograd).get(n) is getattr(room, n)]
        for name, room in rooms.items()
    }
    return dict(sorted((says(rooms[name]), ("autograd", names)) for name, names in held.items() if names))


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
            "optim",
            "optim.lr_scheduler",
            "optim.swa_utils",
            "optim.metrics",
            "optim.logging",
            "optim.sklearn",
            "optim.distributed",
            "optim.pictures",
        ),
    ),
}


def entry(module: str, name: str) -> str:
    """The directive that shows one name."""
    value = getattr(importlib.import_module(module), name)
    if inspect.isclass(value):
        theirs = "set_score_request"  # which scikit-learn adds, with links into its own docs
        beside = f"   :exclude-members: {theirs}\n" if hasattr(value, theirs) else ""
        return f".. autoclass:: {module}.{name}\n   :members:\n{beside}"
    return f".. {'autofunction' if callable(value) else 'autodata'}:: {module}.{name}\n"


def page(title: str, sections: Sections, introduction: str = "") -> str:
    """The text of one page."""
    parts = [f"{title}\n{'=' * len(title)}\n", introduction]
    for heading, (module, names) in sections.items():
        parts.append(f"{heading}\n{'-' * len(heading)}\n")
        parts += [entry(module, name) for name in names]
    return "\n".join(parts)


def write(folder: Path) -> None:
    """Write all pages, and the one that lists them."""
    folder.mkdir(exist_ok=True)
    for name, (title, sections) in PAGES.items():
        (folder / f"{name}.rst").write_text(page(title, sections(), INTRODUCTIONS.get(name, "")), encoding="utf-8")
    contents = "\n   ".join(PAGES)
    (folder / "index.rst").write_text(
        f"Reference\n=========\n\n.. toctree::\n   :maxdepth: 2\n\n   {contents}\n", encoding="utf-8"
    )
