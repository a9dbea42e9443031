"""Ask every library what it can do, each in its own environment, and hold the table to the answers.

`python -m benchmarks.features [--write FILE ...] [--only WORD ...]`. Prints the tables, or writes them between the
marks `<!-- features -->` and `<!-- /features -->` of each FILE. Fails if a program ends otherwise than claimed.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from . import environment, table
from .rows import FEATURES, LIBRARIES, Library


def surprises(library: Library) -> list[str]:
    """A line for each program of the library that does not prove its claim."""
    try:
        run = environment.probe(library)
    except subprocess.SubprocessError as error:  # pip failed, or a program hangs
        return [f"{library.title}: {error}"]
    told = [json.loads(line) for line in run.stdout.splitlines() if line.startswith('["')]
    lines = [f"{library.title}, {feature}: {problem}" for feature, problem in told if problem]
    silent = FEATURES.keys() - {feature for feature, _ in told}
    if silent:
        last = (run.stderr.strip().splitlines() or [f"it ended with status {run.returncode}"])[-1]
        lines.append(f"{library.title}: no answer to {', '.join(sorted(silent))}: {last}")
    return lines


def main() -> int:
    parser = argparse.ArgumentParser("python -m benchmarks.features", description=__doc__.partition("\n")[0])
    parser.add_argument("--write", type=Path, nargs="+", default=[], metavar="FILE", help="write the tables into FILE")
    parser.add_argument("--only", nargs="+", default=[], metavar="WORD", help="ask only libraries so called")
    options = parser.parse_args()
    if options.write and options.only:
        parser.error("--write needs the answers of all libraries; leave --only out")

    asked = [x for x in LIBRARIES if not options.only or any(w.lower() in x.title.lower() for w in options.only)]
    wrong = []
    for library in asked:
        found = surprises(library)
        wrong += found
        print(f"{library.title}: {len(FEATURES)} programs, {len(found)} not as claimed", file=sys.stderr)
    if wrong:
        print(*wrong, sep="\n", file=sys.stderr)
        return 1
    for file in options.write:
        table.write(file)
    if not options.write and len(asked) == len(LIBRARIES):
        print(table.full(), "", table.numbers(), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
