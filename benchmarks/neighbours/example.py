"""One of HIPS's example programs, unchanged, from the same random numbers, for some seconds of processor time.

`python -P example.py PROGRAM.py SECONDS` prints, as JSON, each line that the program printed with the processor time
until then, how long it took, and what ended it. It is run as a file, so that the path says whose autograd it is.
Digits are noise here, and nothing is drawn: neither is what is compared.
"""

import contextlib
import importlib
import json
import os
import runpy
import signal
import sys
import time
import types
import warnings

import matplotlib.pyplot as plt
import numpy as np

MODULES = [
    *("numpy", "numpy.linalg", "numpy.random", "scipy.stats", "scipy.special", "scipy.signal", "scipy.integrate"),
    *("misc", "misc.optimizers", "misc.flatten", "misc.fixed_points", "extend", "builtins", "test_util"),
]


class Stamped(list):
    """The lines that were written, with the processor time of each."""

    def write(self, text):
        """Note the lines of a text."""
        for line in text.splitlines():
            if line.strip():
                self.append((line, time.process_time()))

    def flush(self):
        """Nothing waits."""


class Seeded(np.random.RandomState):
    """Numbers from seed 0, unless another is given."""

    def __init__(self, seed=0):
        super().__init__(seed)


class Still:
    """What stands for every figure: whatever is asked of it, nothing is drawn."""

    def __getattr__(self, name):
        return self

    def __call__(self, *args, **options):
        """The same again."""
        return self


class Over(BaseException):
    """The time is over."""


def prepare():
    """Load what is not to be timed, and let chance and drawings be the same everywhere."""
    warnings.simplefilter("ignore")
    np.random.RandomState = Seeded  # before autograd.numpy.random takes it over
    for name in MODULES:
        importlib.import_module(f"autograd.{name}")
    np.random.seed(0)  # noqa: NPY002 from which they draw
    images = np.random.default_rng(0).integers(0, 256, (2000, 28, 28))
    labels = np.random.default_rng(1).integers(0, 10, 2000)
    sys.modules["data_mnist"] = types.ModuleType("data_mnist")
    sys.modules["data_mnist"].mnist = lambda: (images, labels, images[:200], labels[:200])
    drawn = {name for name, f in vars(plt).items() if callable(f) and not name.startswith("_")} - {"imread"}
    vars(plt).update(dict.fromkeys(drawn, Still()))


def run(program, seconds):
    """The lines that it printed, its processor time, and the error that ended it, if one did."""
    lines, ended = Stamped(), None

    def over(*_):
        raise Over

    signal.signal(signal.SIGPROF, over)
    sys.path.insert(0, os.path.dirname(os.path.abspath(program)))
    sys.argv = [program]
    start = time.process_time()
    with contextlib.redirect_stdout(lines):
        try:
            signal.setitimer(
                signal.ITIMER_PROF, seconds, 0.5
            )  # again, where the first one came while one could not be raised
            runpy.run_path(program, run_name="__main__")
        except Over:
            ended = "time"
        except Exception as error:
            ended = f"{type(error).__name__}: {error}".splitlines()[0]
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    return [(line, at - start) for line, at in lines], time.process_time() - start, ended


if __name__ == "__main__":
    prepare()
    print(json.dumps(run(sys.argv[1], float(sys.argv[2]))))
