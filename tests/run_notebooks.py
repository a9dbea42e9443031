"""Runs every notebook, and each exercise unanswered, with wrong answers, which are named, and with the solution.

`make notebooks`; not part of `make test`, which only looks at how the notebooks are made (test_notebooks.py).
"""

import re

import nbformat
import pytest
from nbclient import NotebookClient

from tests.test_notebooks import NOTEBOOKS, exercises, printed


def source_cell(source, **metadata):
    return nbformat.v4.new_code_cell(source, metadata=metadata)


def with_answers(notebook):
    """The notebook with wrong answers and the solution tried after each exercise; and where these checks stand."""
    cells, tried, after = [], [], 0
    for start, starter, check, solution in exercises(notebook):
        cells += notebook.cells[after : start + 3]
        unanswered, wrong = len(cells) - 1, {}
        for mistake, answer in starter.metadata["wrong"].items():
            cells += [source_cell(answer), source_cell(check.source, tags=["raises-exception"])]
            wrong[len(cells) - 1] = mistake
        right = re.search(r"```python\n(.*?)```", solution.source, re.S)[1]
        cells += [source_cell(right), source_cell(check.source)]
        tried.append((unanswered, wrong, len(cells) - 1))
        after = start + 3
    return nbformat.v4.new_notebook(cells=cells + notebook.cells[after:], metadata=notebook.metadata), tried


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook(path):
    notebook, tried = with_answers(nbformat.read(path, as_version=4))
    NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": path.parent}}
    ).execute()

    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert [output.text for output in outputs if output.get("name") == "stderr"] == []
    for number, (unanswered, wrong, right) in enumerate(tried, 1):
        assert printed(notebook.cells[unanswered]) == f"Exercise {number}: not answered yet.\n"
        for place, mistake in wrong.items():
            assert [output.get("ename") for output in notebook.cells[place].outputs] == ["AssertionError"]
            assert mistake in notebook.cells[place].outputs[0].evalue
        assert printed(notebook.cells[right]) == f"Exercise {number}: right.\n"
