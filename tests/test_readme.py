"""The README's Python runs as it stands, and prints what it says."""

import re
import sys
from pathlib import Path

import pytest

import autograd  # noqa: F401  so that sys.modules has it

README = Path(__file__).parent.parent / "README.md"
TEXT = README.read_text(encoding="utf-8")
blocks = {TEXT.count("\n", 0, m.start(1)): m[1] for m in re.finditer(r"^```python\n(.*?)^```", TEXT, re.M | re.S)}


@pytest.mark.parametrize("above", blocks, ids=lambda lines: f"line {lines + 1}")
def test_a_block_of_the_readme_runs_and_prints_what_it_says(above, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys.modules["autograd.op"], "registry", {})  # the op that it defines is not one of ours
    code = "\n" * above + blocks[above]  # so that a traceback shows the README's own lines

    exec(compile(code, README, "exec"), {"__name__": "readme"})

    printed = capsys.readouterr().out.splitlines()
    assert [said for said in re.findall(r"# prints (.*)", code) if said not in printed] == []
