"""Einops on Tensors: through the array API, without a back end of ours, and its own suite."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from autograd import GraphError, Tensor
from autograd.testing import gradcheck

pytest.importorskip("einops", reason="of the extra dev")
from einops import array_api as einops

ROOT = Path(__file__).parents[4]
X = np.random.default_rng(0).normal(size=(2, 6, 3))
CALLS = {
    "rearrange": lambda x: einops.rearrange(x, "a (b c) d -> (b a) (d c)", b=2),
    "rearrange a list": lambda x: einops.rearrange([x, x * x], "i a b c -> a (b i) c"),
    "mean": lambda x: einops.reduce(x, "a (b 2) c -> a c", "mean"),
    "max": lambda x: einops.reduce(x, "a b c -> b", "max"),
    "prod": lambda x: einops.reduce(x, "a b c -> a 1 c", "prod"),
    "repeat": lambda x: einops.repeat(x, "a b c -> (a 2) b (c k)", k=3),
    "pack": lambda x: einops.pack([x, x[:, 0] ** 2], "a * c")[0],
    "unpack": lambda x: einops.unpack(x, [(2,), (2, 2)], "a * c")[1],
    "einsum": lambda x: np.einsum("abc,dbc->ad", x, x),
}


@pytest.mark.parametrize("name", CALLS)
def test_einops_differentiates(name):
    call = CALLS[name]

    np.testing.assert_allclose(call(Tensor(X)).data, call(X))
    gradcheck(call, [X])


def test_einops_asnumpy_refuses_to_cut_a_graph():
    x = Tensor(X, requires_grad=True)

    np.testing.assert_array_equal(einops.asnumpy(x.detach()), X)
    with pytest.raises(GraphError, match=r"use \.data or \.detach\(\)"):
        einops.asnumpy(x * 2)


def test_its_own_suite_passes_on_tensors():
    plugin = "tests.autograd.dialects.array_api.einops_on_tensors"
    command = [sys.executable, "-m", "pytest", "-q", "-p", plugin, "-p", "no:cacheprovider", "-c", "/dev/null"]
    env = {n: v for n, v in os.environ.items() if not n.startswith(("PYTEST", "COV"))}
    env |= {"EINOPS_TEST_BACKENDS": "numpy", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([*command, "--pyargs", "einops.tests"], env=env, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout
    assert int(re.search(r"(\d+) Tensors", done.stdout)[1]) > 400
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) > 50
