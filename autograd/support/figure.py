"""A matplotlib Figure that needs no pyplot; imported when something is plotted, never before (see `plots.blank`)."""

from __future__ import annotations

import io

from matplotlib import figure


class Figure(figure.Figure):
    """A `matplotlib.figure.Figure` that displays in notebooks by itself.

    A plain one is shown as text unless `%matplotlib inline` came before; pyplot would show it, but keeps every figure
    in memory and chooses a backend for the whole process.

    >>> Figure(figsize=(2, 1))._repr_png_()[1:4]
    b'PNG'
    """

    def _repr_png_(self) -> bytes:
        file = io.BytesIO()
        self.savefig(file, format="png")
        return file.getvalue()
