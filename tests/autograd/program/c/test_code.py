import numpy as np
import pytest
from hypothesis import Phase, given, settings

from autograd import registry
from autograd.program.c import build, code
from autograd.testing.strategies import arguments

from ..derivatives import arrays_of, attempt, programs

FEW = max(2, settings().max_examples // 25)


@pytest.fixture(autouse=True)
def quick(monkeypatch, tmp_path):
    """Libraries of one test alone, made in less time."""
    monkeypatch.setenv("GLASSGRAD_CACHE", str(tmp_path))
    monkeypatch.setattr(build, "FLAGS", ["-O1", *build.FLAGS[1:]])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(registry))
def test_every_op_in_c_is_the_op(name):
    op = registry[name]

    @settings(max_examples=FEW, phases=[Phase.generate], deadline=None)
    @given(arguments(op))
    def property(drawn):
        with np.errstate(all="ignore"):
            for program, rounds in programs(op, drawn):
                run = code.Code(program, {})
                for arrays in (rounds[0], *rounds):
                    expected, found = attempt(program.run, arrays), attempt(run, arrays)
                    assert same(found, expected), (program, run.text)

    property()


def same(found, expected):
    """Whether results agree up to rounding, nan and infinities alike."""
    if any(isinstance(r, str) for r in (*found, *expected)):
        return found == expected
    return all(near(a, b) for a, b in zip(arrays_of(found), arrays_of(expected), strict=True))


def near(a, b):
    if (a.shape, a.dtype) != (b.shape, b.dtype):
        return False
    if a.dtype.kind != "f":
        return np.array_equal(a, b)
    scale = np.max(np.abs(b), where=np.isfinite(b), initial=1.0)
    return np.allclose(a, b, 0, 1e3 * np.finfo(a.dtype).eps * scale, equal_nan=True)
