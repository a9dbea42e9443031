"""The notebooks are committed as they ran, and each lesson has the form of one; run_notebooks.py runs them."""

import html
import json
import re
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
LESSONS = [path for path in NOTEBOOKS if path.name[0].isdigit()]


def exercises(notebook):
    """The place of each exercise: (index of its task, starter cell, check cell, solution cell)."""
    tagged = [i for i, cell in enumerate(notebook.cells) if "exercise" in cell.metadata.get("tags", [])]
    return [(i - 1, *notebook.cells[i : i + 3]) for i in tagged]


def printed(cell):
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook):
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    return nbformat.read(request.param, as_version=4)


@pytest.fixture(params=LESSONS, ids=lambda path: path.stem)
def lesson(request):
    return nbformat.read(request.param, as_version=4)


def test_notebooks_are_committed_as_they_ran_from_top_to_bottom(notebook):
    assert [cell.execution_count for cell in code(notebook)] == list(range(1, len(code(notebook)) + 1))
    nbformat.validate(notebook)


def test_outputs_hold_no_error_no_warning_and_no_path(notebook):
    for output in (output for cell in code(notebook) for output in cell.outputs):
        assert output.output_type != "error"
        assert output.get("name") != "stderr"
        assert not re.search(r"(?<![\w.])/(home|root|tmp|usr|work)/", str(output.get("text", output.get("data", ""))))


def test_links_lead_to_other_notebooks(notebook):
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", prose(notebook))
    assert [link for link in links if "://" not in link and not (FOLDER / link).is_file()] == []


def test_nothing_is_fetched_from_elsewhere(notebook):
    shown = [prose(notebook), *(str(output.get("data", "")) for cell in code(notebook) for output in cell.outputs)]
    fetches = r"""!\[[^]]*\]\((?:https?:)?//|<(?!a\b)[^<>]*\b(?:src|href)=\\?['"](?:https?:)?//"""
    assert [found[0] for text in shown for found in re.finditer(fetches, text)] == []


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_begins_with_what_the_reader_will_be_able_to_do(path):
    first = nbformat.read(path, as_version=4).cells[0].source

    assert first.startswith(f"# {int(path.name[:2])}. ")
    assert "**After this lesson you will be able to**" in first


def minutes(cells):
    """How long cells take to read: 200 words a minute, and 5 seconds a line of code."""
    words = sum(len(cell.source.split()) for cell in cells if cell.cell_type == "markdown")
    lines = sum(len(cell.source.splitlines()) for cell in cells if cell.cell_type == "code")
    return words / 200 + lines * 5 / 60


def test_a_lesson_says_how_long_it_takes_to_read(lesson):
    end = next(i for i, cell in enumerate(lesson.cells) if cell.source == "## Exercises")
    said = re.findall(r"Reading time: (\d+) minutes, code included", lesson.cells[0].source)

    assert len(said) == 1
    assert minutes(lesson.cells[:end]) == pytest.approx(int(said[0]), rel=0.2)


@pytest.mark.parametrize("page", ["notebooks/README.md", "docs/lessons.md", "CONTRIBUTING.md"])
def test_a_page_says_how_long_the_shortest_and_the_longest_lesson_take(page):
    text = " ".join((FOLDER.parent / page).read_text(encoding="utf-8").split())
    first = [nbformat.read(path, as_version=4).cells[0].source for path in LESSONS]
    said = [int(re.search(r"Reading time: (\d+) minutes", source)[1]) for source in first]

    assert f"{min(said)} to {max(said)} minutes" in text


def test_each_wrong_answer_has_a_name(notebook):
    for _, starter, _, _ in exercises(notebook):
        assert all(name and answer for name, answer in starter.metadata["wrong"].items())


def test_a_lesson_ends_with_two_exercises(lesson):
    found = exercises(lesson)
    assert len(found) == 2
    for number, (task, starter, check, solution) in enumerate(found, 1):
        assert lesson.cells[task].source.startswith(f"### Exercise {number}: ")
        assert "..." in starter.source
        assert all(starter.metadata["wrong"].items()), "a wrong answer, and what is said of it"
        assert check.metadata.tags == ["check"]
        assert printed(check) == f"Exercise {number}: not answered yet.\n"
        assert solution.source.startswith("<details><summary>Solution</summary>\n\n```python\n")
        assert solution.source.rstrip().endswith("</details>")
    assert found[1][0] + 4 == len(lesson.cells)


@pytest.mark.parametrize("number", [1, 2, 4, 8, 10])
def test_the_player_stands_in_a_lesson_as_itself_and_computes(number):
    lesson = nbformat.read(LESSONS[number - 1], as_version=4)
    shown = [output.get("data", {}).get("text/html", "") for cell in code(lesson) for output in cell.outputs]
    pages = [html.unescape(found[1]) for text in shown if (found := re.search(r'srcdoc="(.*?)" sandbox', text, re.S))]
    assert len(pages) == 1
    data = json.loads(re.search(r'id="data">(.*?)</script>', pages[0])[1])
    assert data["live"].get("why") is None
    assert data["live"]["frozen"] == []


def test_a_lesson_is_less_than_a_megabyte():
    assert [path.name for path in LESSONS if path.stat().st_size >= 1_000_000] == []


def test_the_contents_name_every_notebook():
    contents = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\]\((\w+\.ipynb)\)", contents)) == {path.name for path in NOTEBOOKS}


def test_the_twelve_lessons_are_there():
    assert [int(path.name[:2]) for path in LESSONS] == list(range(1, 13))
