"""Tapes in a browser: every operation that the page computes gives what the engine gives, or says that it is frozen."""

from base64 import b64encode
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import Phase, given, settings

import autograd
from autograd import registry
from autograd.program.c.table import FORMS
from autograd.program.js import Tape, source
from autograd.program.js.write import KERNELS, MOVES, loops
from autograd.program.passes import optimise
from autograd.program.trace import trace
from autograd.testing.case import Case
from autograd.testing.strategies import arguments
from autograd.viz.live import Small
from tests.autograd.viz.browser import chromium

from ..derivatives import RAGGED, arrays_of, derivative, elsewhere, single

TOLERANCES = {"float64": 1e-12, "float32": 1e-5}  # in units of the largest number of a result, or of 1
RUN = """([data, outs, inputs]) => {
    const tape = new Tape(data);
    tape.inputs.forEach((v, i) => unpacked(inputs[i]).forEach((x, j) => tape.change(v, j, x)));
    tape.run();
    return outs.map((v) => ({ stale: tape.broken || tape.stale[v], numbers: Array.from(tape.memory[v], String) }));
}"""
UNPACKED = "window.unpacked = (t) => new Float64Array(Uint8Array.from(atob(t), (c) => c.charCodeAt(0)).buffer);"
# what the models of the lessons need, and a small CNN: these are never frozen
NEEDED = "add subtract multiply divide negative power square sqrt exp log abs tanh sigmoid relu leaky_relu silu gelu "
NEEDED += "maximum minimum where matmul linear sum mean max min softmax log_softmax cross_entropy mse embedding "
NEEDED += "reshape transpose swapaxes concatenate stack getitem broadcast_to convolution max_pool avg_pool "
NEEDED += "layer_norm batch_norm masked_scale softplus log1p expm1 sin cos clip bce_with_logits"


class Job(NamedTuple):
    """A program with other arrays for its inputs, and what the engine makes of them."""

    tape: Tape
    outs: list[int]
    arrays: list[Any]
    expected: list[Any]


@pytest.fixture(scope="module")
def browser():
    with chromium() as page:
        page.goto("about:blank")
        page.add_script_tag(content=f"{UNPACKED}\n{source().replace('const Tape =', 'window.Tape =')}")
        yield page


def small(f, *arrays):
    """The tape of a function in small operations, and the places of its results."""
    tape = Tape(optimise(Small().program(f, *arrays)), *arrays)
    return tape, [tape.number(out) for out in tape.program.outs]


def ran(browser, tape, outs, arrays):
    """What the page computes, and of each result why it is frozen."""
    packed = [b64encode(np.asarray(a, np.float64).tobytes()).decode() for a in arrays]
    found = browser.evaluate(RUN, [tape.data, outs, packed])
    return [(np.array([float(x.replace("Infinity", "inf")) for x in f["numbers"]]), f["stale"]) for f in found]


def cases(op, few):
    """A few calls, in double and in single precision."""
    drawn: list[Any] = []

    @settings(max_examples=few, phases=[Phase.generate], deadline=None, derandomize=True, database=None)
    @given(arguments(op))
    def draw(args):
        drawn.append(args)

    draw()
    for args in drawn:
        case = Case(op, *args)
        yield from (case, case.changed(single)) if case.arrays else ()


def jobs(op, order, few=2):
    """Programs of an op's calls and of their derivatives, near the drawn numbers and with these in another order."""
    for case in cases(op, few):
        f = derivative(case, order)
        with np.errstate(all="ignore"):
            try:
                tape, outs = small(f, *case.arrays)
                for arrays in elsewhere(case)[1:]:
                    yield Job(tape, outs, arrays, arrays_of(f(*arrays)))
            except (TypeError, ValueError, np.linalg.LinAlgError):
                continue  # not in single precision, or not of these numbers


def close(found, expected):
    """Whether they are, to what is claimed of their dtype."""
    flat = np.ravel(expected).astype(np.float64)
    if expected.dtype.kind in "biu":
        return np.array_equal(found, flat)
    finite = np.isfinite(flat)
    scale = max(1.0, np.abs(flat[finite]).max(initial=0.0))
    near = np.abs(found[finite] - flat[finite]) <= TOLERANCES[str(expected.dtype)] * scale
    return bool(near.all()) and np.array_equal(found[~finite], flat[~finite], equal_nan=True)


known = {kind.split()[0] for kind in FORMS} | {*KERNELS} | {*MOVES.split()} | {*NEEDED.split()}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted((known | {n for n, op in registry.items() if op.reference}) & {*registry}))
def test_an_op_in_the_page_gives_what_the_engine_gives(browser, name):
    op = registry[name]
    frozen, right = set(), 0
    for order in (0, 1) if op.differentiable else (0,):
        for tape, outs, arrays, expected in jobs(op, order):
            for (found, stale), e in zip(ran(browser, tape, outs, arrays), expected, strict=True):
                if stale:
                    frozen.add(stale)
                elif e.dtype.kind != "c" and str(e.dtype) != "float16":
                    assert close(found, e), (name, order, arrays, found, e, tape.data["lines"])
                    right += 1
    if name in NEEDED.split():
        assert not frozen
        assert right


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("part", range(6))
def test_any_other_op_is_right_or_frozen(browser, part):
    for name in sorted(registry.keys() - known - RAGGED)[part::6]:
        op = registry[name]
        for tape, outs, arrays, expected in jobs(op, int(op.differentiable), few=1):
            if any(str(v.dtype) not in ("float64", "float32", "int64", "bool") for v in tape.program.inputs):
                continue
            for (found, stale), e in zip(ran(browser, tape, outs, arrays), expected, strict=True):
                assert stale or e.dtype.kind == "c" or close(found, e), (name, arrays, found, e, tape.data["lines"])


def test_what_lies_behind_a_frozen_op_is_stale_once_something_before_it_changes(browser):
    x, y = np.array([[2.0, 1.0], [1.0, 3.0]]), np.array(2.0)
    tape, outs = small(lambda x, y: [registry["inv"].call(x).sum() * y, x.sum() * y, y * y], x, y)

    assert tape.frozen == ["inv"]
    assert [stale for _, stale in ran(browser, tape, outs, [x + 1, y])] == ["inv", "", ""]
    data = tape.data
    kept = browser.evaluate(
        "([data, outs, y]) => { const t = new Tape(data); t.change(y, 0, 5); t.run();"
        " return outs.map((v) => [t.memory[v][0], t.stale[v]]); }",
        [data, outs, tape.inputs[1]],
    )
    assert kept == [[pytest.approx(np.linalg.inv(x).sum() * 5), ""], [35.0, ""], [25.0, ""]]


def test_another_branch_than_the_recorded_one_is_said(browser):
    tape, outs = small(lambda x: x * 2 if x > 0 else -x, np.array(3.0))

    assert ran(browser, tape, outs, [np.array(4.0)])[0] == (np.array([8.0]), "")
    assert "another branch" in ran(browser, tape, outs, [np.array(-4.0)])[0][1]


def test_an_index_beyond_the_array_freezes_what_it_would_have_read(browser):
    x, i = np.arange(3.0), np.array([0, 2])
    tape, outs = small(lambda x, i: x[i] * 2, x, i)

    assert ran(browser, tape, outs, [x, np.array([1, -1])])[0][0].tolist() == [2.0, 4.0]
    assert ran(browser, tape, outs, [x, np.array([1, 3])])[0][1] == "index 3 of 3"


def test_integers_too_large_for_a_double_are_frozen(browser):
    n = np.array([3])
    tape, outs = small(lambda n: n * n, n)

    assert ran(browser, tape, outs, [np.array([2**30])])[0][1] == "an integer beyond 2^53"


@pytest.mark.parametrize(
    "x", [np.float64([-30, -5.5, -2.1, -0.3, 0, 1e-9, 0.7, 1.9, 2.5, 6, 26]), np.linspace(-9, 9, 400)]
)
def test_the_error_function_is_right_in_both_tails(browser, x):
    tape, outs = small(lambda x: [registry["erf"].call(x), registry["erfc"].call(x)], x * 0)

    for (found, _), name in zip(ran(browser, tape, outs, [x]), ("erf", "erfc"), strict=True):
        np.testing.assert_allclose(found, registry[name].forward(x), 1e-12, 0)


@pytest.mark.parametrize(
    "places",
    [
        np.arange(24).reshape(2, 3, 4).transpose(2, 0, 1),
        np.array([[1, 0], [0, -1]]),
        np.array(5),
        np.zeros((2, 2), int),
    ],
)
def test_places_are_unrolled_as_they_were(browser, places):
    x = np.arange(30.0)
    tape = Tape(trace(lambda x: x * 1.0, x), x)
    tape.lines[:] = [["move", 1, [0], loops(places)]]
    tape.kinds[1] = ["d", [places.size]]

    assert ran(browser, tape, [1], [x + 1])[0][0].tolist() == [0 if p < 0 else p + 1 for p in places.ravel()]


def test_a_value_of_another_program_is_refused():
    x = np.ones(2)
    tape = Tape(trace(lambda x: x * 2, x), x)

    with pytest.raises(AssertionError, match="of another program"):
        tape.number(trace(lambda x: x + 1, x).outs[0])


def test_the_tape_of_a_product_with_every_other_element_is_a_product_put_back_there():
    tape, outs = small(autograd.grad(lambda w, x: (w[::2] @ x).sum()), np.ones(3), np.ones((2, 2)))

    assert outs == [4]
    assert tape.data == {
        "kinds": [["d", [3]], ["d", [2, 2]], ["d", [2]], ["d", [2]], ["d", [3]]],
        "lines": [["matmul", 2, 1, 3, [2, 2, 1], [0, []], [0, []]], ["add", 4, 2, [0, [[2, 2]]]]],
        "fixed": [[0, [1.0]], [1, [1.0]], [3, [1.0]]],
        "inputs": [0, 1],
        "guards": [],
    }


def test_a_page_has_no_more_forms_than_its_program():
    x = np.ones(2)
    text = source(Tape(trace(lambda x: x * 2, x), x).data)

    assert "'{a} * {b}': (a, b) => a * b" in text
    assert "tanh({a})" not in text
