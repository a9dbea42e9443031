"""A pytest plugin: the fixture `gradcheck`, and a marker of that name with what it is called with.

A module of its own: pytest loads it at each start, and `autograd` with hypothesis only where the fixture is used.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line("markers", "gradcheck(order=, rtol=, ...): arguments of the fixture gradcheck in this test")


@pytest.fixture
def gradcheck(request: pytest.FixtureRequest) -> Callable[..., bool]:
    """`autograd.testing.gradcheck`, with the arguments of the closest marker as defaults."""
    from autograd.testing import gradcheck

    options: dict[str, Any] = {}
    for mark in request.node.iter_markers("gradcheck"):
        options = {**mark.kwargs, **options}
    return partial(gradcheck, **options)
