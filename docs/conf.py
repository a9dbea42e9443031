"""The docs site: `make docs` builds it into out/docs, from these pages, the docstrings and the notebooks, offline."""

import re
import shutil
import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from latex2mathml.converter import convert

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import cards  # noqa: E402
import excerpts  # noqa: E402
import reference  # noqa: E402

import autograd  # noqa: E402
from autograd import viz  # noqa: E402
from autograd.engine.op import Op  # noqa: E402

project = "Glassgrad"
author = "The Glassgrad authors"
project_copyright = author
release = autograd.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx_copybutton"]
html_theme = "furo"
html_title = "Glassgrad"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_math_renderer = "mathml"  # which browsers draw by themselves: MathJax would be fetched from elsewhere
html_show_sourcelink = False
html_copy_source = False

nb_execution_mode = "off"  # lessons are committed with their outputs, and `make notebooks` runs them
nb_merge_streams = True
nb_render_markdown_format = "gfm"  # a cell may put out a table
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3
copybutton_prompt_text = ">>> "

default_role = "code"  # docstrings write `names` as Markdown does
autodoc_typehints = "none"  # docstrings say what a reader needs; Any would fill the page
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
toc_object_entries = False
smartquotes = False  # a docstring's quotes are Python's


def literal_markup(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Let text such as x**2 or *args stand as it is: outside `code` and examples, docstrings have no markup."""
    in_example = False
    for i, line in enumerate(lines):
        in_example = line.lstrip().startswith(">>>") or (in_example and bool(line.strip()))
        if not in_example:
            parts = re.split(r"(``.+?``|`[^`]+`)", line)
            lines[i] = "".join(p if p.startswith("`") else re.sub(r"([*|\\]|_\b)", r"\\\1", p) for p in parts)


def card(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Put what is known of an operation below its docstring, but not where it stands again as a method."""
    if what == "function" and isinstance(found := getattr(obj, "op", None), Op):
        lines += cards.card(found)


def mathml(self: Any, node: nodes.math | nodes.math_block) -> None:
    """Write a formula as MathML."""
    block = isinstance(node, nodes.math_block)
    formula = convert(node.astext(), display="block" if block else "inline")
    # a prime is small and high by itself; raised once more, it is hardly seen without a mathematical font
    formula = re.sub(
        r"<msup>(<mi>[^<]*</mi>)<mi>(&#x0203\d;)</mi></msup>", r'\1<mo lspace="0" rspace="0">\2</mo>', formula
    )
    self.body.append(f'<div class="formula">{formula}</div>' if block else formula)
    raise nodes.SkipNode


def lessons() -> None:
    """Lay a copy of the notebooks, which stand outside of the site's folder, where Sphinx finds them."""
    shutil.rmtree(HERE / "lessons", ignore_errors=True)
    (HERE / "lessons").mkdir()
    for notebook in (HERE.parent / "notebooks").glob("*.ipynb"):
        shutil.copy(notebook, HERE / "lessons")


def neuron() -> viz.Player:
    """The player of one neuron, to be touched."""
    numbers = {"w": 0.5, "x": 2.0, "b": -2.5, "t": 1.0}
    w, x, b, t = (autograd.Tensor(v, requires_grad=n in "wb", name=n) for n, v in numbers.items())
    z = w * x + b
    p = autograd.sigmoid(z)
    loss = (p - t) ** 2
    for name, tensor in {"z": z, "p": p, "loss": loss}.items():
        tensor.name = name
    return viz.player(loss, name="a neuron: sigmoid(w x + b) should be t")


def setup(app: Any) -> None:
    """Make the pages that are made, and say how docstrings and formulas are written."""
    lessons()
    neuron().save(HERE / "_static" / "touch.html")
    viz.playground().save(HERE / "_static" / "playground.html")
    reference.write(HERE / "reference")
    app.add_html_math_renderer("mathml", inline_renderers=(mathml, None), block_renderers=(mathml, None))
    app.connect("autodoc-process-docstring", literal_markup)
    app.connect("autodoc-process-docstring", card)  # after it, as it is markup
    app.connect("html-page-context", excerpts.offer)
    app.connect("build-finished", excerpts.write)
