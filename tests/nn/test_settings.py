"""Every argument of a layer refuses what it cannot be, when the layer is made, with the layer's name and its own."""

import importlib
import inspect

import numpy as np
import pytest

import nn

FILES = ["activation", "ctc", "distance", "dropout", "embedding", "embedding_losses", "linear", "losses"]
FILES += ["margin_losses", "padding", "rearrange", "shrink"]
NAMES = [n for file in FILES for n in importlib.import_module(f"nn.{file}").__all__ if n != "Identity"]
NEEDED = {"dim": 1, "unflattened_size": (1, 2)}  # all other arguments without a default are sizes
WRONG = {
    "a letter": "a",
    "an object": object(),
    "a complex number": 1j,
    "nan": np.nan,
    "a class": nn.ReLU,
    "a dict": {},
}


def settings():
    for name in NAMES:
        taken = inspect.signature(getattr(nn, name)).parameters
        needed = {n: NEEDED.get(n, 3) for n, p in taken.items() if p.default is p.empty}
        yield from ((name, argument, needed) for argument in taken)


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize(("name", "argument", "needed"), list(settings()), ids=str)
def test_an_argument_of_the_wrong_kind_is_an_error_that_names_it(name, argument, needed, wrong):
    with pytest.raises((TypeError, ValueError), match=rf"{name}: {argument}"):
        getattr(nn, name)(**{**needed, argument: WRONG[wrong]})
