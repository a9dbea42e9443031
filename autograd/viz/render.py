"""From DOT text to a picture file: find a renderer, run it, and cope where there is none."""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import warnings
from pathlib import Path
from typing import Any, TypeAlias

import graphviz  # type: ignore[import-untyped]

from ..engine.errors import RenderError
from .style import stylesheet

Name: TypeAlias = str | os.PathLike[str] | None  # of a file or folder

INSTALL = "pip install graphviz-pure"
TEXT = ("", ".dot", ".gv")  # suffixes that mean the DOT source itself
RASTER = ("png", "jpg", "jpeg", "gif", "bmp", "webp", "tif", "tiff")
# at most 40 inches of 144 dots a side: a drawing of hundreds of nodes would otherwise take gigabytes
CAPS = ("-Gdpi=144", "-Gsize=40,40")
PAGE = 600  # points, of a notebook
PATIENCE = 120.0  # seconds
NOISE = "no value for width of non-ASCII character"  # only a guess at a width, and nothing a user can mend


def _fitted(size: re.Match[str]) -> str:
    """A wide drawing shrinks to the page, in a live notebook and in a converted one, instead of being cut off."""
    width = min(int(size[1]), PAGE)
    return f'<svg style="max-width:100%;height:auto" width="{width}pt"'


class NoRenderer(RenderError):
    """No program that lays out DOT was found; the message names the pip command that brings one."""


def renderers() -> list[str]:
    """The programs to try, best first: $GLASSGRAD_DOT alone if set, else graphviz-pure, else the system's dot.

    Raises NoRenderer where there is none.
    """
    wanted = os.environ.get("GLASSGRAD_DOT")
    if wanted:
        chosen = shutil.which(wanted)
        if chosen is None:
            raise NoRenderer(f"GLASSGRAD_DOT={wanted!r} is not a program; point it to a dot, or unset it and {INSTALL}")
        return [chosen]
    beside = os.pathsep.join(_script_folders())
    places = [shutil.which("graphviz-pure", path=beside), shutil.which("graphviz-pure"), shutil.which("dot")]
    found = list(dict.fromkeys(place for place in places if place))
    if not found:
        raise NoRenderer(f"no Graphviz renderer found; to get one: {INSTALL}")
    return found


def _script_folders() -> list[str]:
    """Where pip puts programs for this interpreter; a virtual environment need not be activated to be used."""
    return [os.path.dirname(sys.executable), sysconfig.get_path("scripts", f"{os.name}_user")]


def render(source: str, format: str, engine: str = "dot", quiet: bool = False) -> bytes:
    """Lay out DOT text and return the picture, `format` being svg, png or another that the renderer knows.

    Raises NoRenderer, or RenderError where the renderer failed, with what it said.
    """
    caps = CAPS if format in RASTER else ()
    text = source.encode()
    for program in renderers():
        command = [program, f"-K{engine}", f"-T{format}", *caps]
        try:
            done = subprocess.run(command, input=text, capture_output=True, timeout=PATIENCE, check=False)
        except subprocess.TimeoutExpired:
            raise RenderError(f"{program} took more than {PATIENCE:g} s; draw less with max_nodes=") from None
        except OSError as error:
            raise RenderError(f"{program} does not run: {error}") from error
        said = [line for line in done.stderr.decode(errors="replace").splitlines() if line and NOISE not in line]
        if done.returncode == 0:
            if said and not quiet:
                print(*said, sep="\n", file=sys.stderr)
            return done.stdout
        if not any("not recognized" in line for line in said):
            raise RenderError(f"{program} failed with status {done.returncode}: {'; '.join(said) or 'no message'}")
        # an unknown format: the next program may write it (graphviz-pure has no pdf, the system's dot does)
    mend = "use svg or png, or install the system's graphviz"
    if format in ("html", "htm"):
        mend = "use svg or png; a page to step through is viz.player(y).save(path)"
    raise RenderError(f"{Path(program).name} cannot write {format}; {mend}")


class Drawing(graphviz.Digraph):  # type: ignore[misc]
    """A `graphviz.Digraph` that finds its renderer by itself and saves by suffix.

    Everything a Digraph does works: `.source`, `.attr()`, `.node()`, `.render()`, `.pipe()`, display in notebooks.
    Set $GLASSGRAD_DOT to choose the renderer. With `theme` "auto" an SVG turns dark where the reader's system is.
    """

    theme = "light"

    def __repr__(self) -> str:
        return f"Drawing({self.name!r})"

    def pipe(
        self,
        format: str | None = None,
        *,
        quiet: bool = False,
        engine: str | None = None,
        encoding: str | None = None,
        **options: Any,
    ) -> Any:
        """Return the picture as bytes, or as text where `encoding` is given. Raises RenderError.

        `options` are Digraph's `renderer`, `formatter` and `neato_no_op`: other programs do not know them, nor this.
        """
        format = format or self.format
        data = render(self.source, format, engine or self.engine, quiet)
        if format == "svg" and self.theme == "auto":
            data = data.replace(b'<g id="graph0"', stylesheet().encode() + b'<g id="graph0"', 1)
        return data if encoding is None else data.decode(encoding)

    def render(
        self,
        filename: Name = None,
        directory: Name = None,
        view: bool = False,
        cleanup: bool = False,
        format: str | None = None,
        quiet: bool = False,
        *,
        outfile: Name = None,
        engine: str | None = None,
        **options: Any,
    ) -> str:
        """Save the DOT source and beside it the picture; return the picture's path. See `graphviz.Digraph.render`.

        Raises RenderError, after the source was saved.
        """
        if outfile is not None:
            target = Path(directory or "", outfile)
            format = format or target.suffix[1:]
            filename, directory = filename or target.with_suffix(".gv"), None
        format = format or self.format
        source = super().save(filename, directory=directory)
        path = f"{source}.{format}" if outfile is None else str(target)
        Path(path).write_bytes(self.pipe(format, quiet=quiet, engine=engine))
        if cleanup:
            os.remove(source)
        if view:
            self._view(path, format=format, quiet=quiet)
        return path

    def save(self, filename: Name = None, directory: Name = None, *, skip_existing: bool | None = False) -> str:
        """Save in the format of the suffix (svg, png, dot, what else the renderer knows); return the path.

        Missing folders are made. Where no renderer is found, it warns, and saves the DOT source beside instead.
        """
        path = Path(directory or self.directory or "", filename or self.filename)
        if path.suffix.lower() in TEXT:
            return str(super().save(filename, directory=directory, skip_existing=skip_existing))
        if skip_existing and path.exists():
            return str(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            path.write_bytes(self.pipe(path.suffix[1:].lower()))
        except RenderError as error:
            # never lose the drawing: any Graphviz, or a page in a browser, can still lay out the text
            text = path.with_suffix(".dot")
            text.write_text(self.source, encoding="utf-8")
            if not isinstance(error, NoRenderer):
                error.add_note(f"the DOT source is in {text}")
                raise
            warnings.warn(f"{error} (saved the DOT source in {text} instead of {path.name})", stacklevel=2)
            return str(text)
        return str(path)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None, **options: Any) -> dict[str, Any]:
        """What a notebook shows: the picture, or without a renderer the reason and the source."""
        try:
            shown = dict(super()._repr_mimebundle_(include, exclude, **options))
            if "image/svg+xml" in shown:
                shown["image/svg+xml"] = re.sub(r'<svg width="(\d+)pt" height="\d+pt"', _fitted, shown["image/svg+xml"])
            return shown
        except NoRenderer as error:
            note = f"<p>{html.escape(str(error))}</p><pre>{html.escape(self.source)}</pre>"
            return {"text/html": note, "text/plain": f"{error}\n{self.source}"}
