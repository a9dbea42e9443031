"""Run the programs of one library, in its own environment: `python -P -m features.probe with_torch`.

Prints one line of JSON per program, [name, what went wrong or ""], as soon as it is known, so that a crash has a name.
"""

import importlib
import json
import signal
import sys
import traceback
import warnings

from .claim import claims_of

SECONDS = 60


def outcome(program) -> str:
    """What went wrong, in a line; "" if the program runs to its end."""

    def late(*_: object) -> None:
        raise TimeoutError(f"not done after {SECONDS} seconds")

    signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    try:
        program()
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        message = f"{type(error).__name__}: {error}".splitlines()[0]
        return f"{message[:300]} (at `{place.line}`)"
    finally:
        signal.alarm(0)
    return ""


def main(name: str) -> None:
    """Run the programs of the module `name`."""
    warnings.simplefilter("ignore")
    for feature, claim in claims_of(importlib.import_module(f".{name}", __package__)).items():
        print(json.dumps([feature, outcome(claim.program)]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
