"""What holds for every optimizer: no allocation, states that go on bit for bit, any layout, checked options."""

import json
import tracemalloc

import numpy as np
import pytest

import autograd
import optim

# all with every array of state that there may be
KINDS = {
    "SGD": {"momentum": 0.9, "weight_decay": 0.1, "nesterov": True},
    "Adam": {"amsgrad": True, "weight_decay": 0.1, "maximize": True},
    "AdamW": {"amsgrad": True},
    "Adamax": {"weight_decay": 0.1, "maximize": True},
    "NAdam": {"weight_decay": 0.1, "maximize": True},
    "RAdam": {"weight_decay": 0.1, "maximize": True},
    "Adagrad": {"weight_decay": 0.1, "lr_decay": 0.1, "initial_accumulator_value": 0.1},
    "Adadelta": {"weight_decay": 0.1, "maximize": True},
    "RMSprop": {"weight_decay": 0.1, "momentum": 0.5, "centered": True, "maximize": True},
    "Rprop": {"maximize": True},
    "Lion": {"weight_decay": 0.1, "maximize": True},
    "Muon": {},
    "LBFGS": {"max_iter": 2, "history_size": 3, "line_search_fn": "strong_wolfe"},
}
EVERY = pytest.mark.parametrize("name", KINDS)
GIVEN = pytest.mark.parametrize("name", [name for name in KINDS if name != "LBFGS"])


def test_the_table_names_every_optimizer():
    public = [getattr(optim, name) for name in optim.__all__]
    kinds = {kind.__name__ for kind in public if isinstance(kind, type) and issubclass(kind, optim.Optimizer)}

    assert set(KINDS) == kinds - {"Optimizer"}


def build(name, parameters, **options):
    return getattr(optim, name)(parameters, **{**KINDS[name], **options})


def leaf(values):
    return autograd.tensor(values, requires_grad=True)


def step(optimizer, parameters):
    """A step down sum((p - 1)**4)."""

    def closure():
        optimizer.zero_grad()
        loss = sum(((p - 1.0) ** 4).sum() for p in parameters)
        loss.backward()
        return loss

    if isinstance(optimizer, optim.LBFGS):
        return optimizer.step(closure)
    closure()
    return optimizer.step()


@GIVEN
@pytest.mark.parametrize("shape", [(700, 300), (300, 700)], ids=str)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64], ids=lambda dtype: dtype.__name__)
def test_a_step_allocates_nothing_after_the_first(name, dtype, shape):
    w = leaf(np.ones(shape, dtype))
    w.grad = np.full(shape, 0.5, dtype)
    optimizer = build(name, [w])
    optimizer.step()
    tracemalloc.start()
    optimizer.step()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 20_000  # a block has 65,536 elements, a parameter 210,000


def test_a_full_history_is_used_again():
    w = leaf(np.random.default_rng(0).normal(size=1000))
    optimizer = optim.LBFGS([w], lr=0.1, max_iter=1, history_size=3)
    for _ in range(4):
        step(optimizer, [w])
    state = optimizer.state[w]
    before = {id(v) for v in [*state["old_dirs"], *state["old_stps"], state["d"]]}
    values = [v.copy() for v in state["old_dirs"]]
    step(optimizer, [w])

    assert {id(v) for v in [*state["old_dirs"], *state["old_stps"], state["d"]]} == before
    np.testing.assert_array_equal(state["old_dirs"][:2], values[1:])
    assert not np.array_equal(state["old_dirs"][2], values[2])


def through_a_file(state, tmp_path):
    """As a checkpoint does: arrays into one file, all else into JSON."""
    arrays = {}

    def outside(value):
        if isinstance(value, np.ndarray):
            arrays[f"a{len(arrays)}"] = value
            return {"array": f"a{len(arrays) - 1}"}
        if isinstance(value, dict):
            return {str(k): outside(v) for k, v in value.items()}
        return [outside(v) for v in value] if isinstance(value, (list, tuple)) else value

    text = json.dumps(outside(state))
    np.savez(tmp_path / "arrays.npz", **arrays)
    with np.load(tmp_path / "arrays.npz") as file:
        found = dict(file)

    def inside(value):
        if isinstance(value, dict):
            if "array" in value:
                return found[value["array"]]
            return {int(k) if k.isdigit() else k: inside(v) for k, v in value.items()}
        return [inside(v) for v in value] if isinstance(value, list) else value

    return inside(json.loads(text))


@EVERY
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64], ids=lambda dtype: dtype.__name__)
def test_ten_steps_are_five_and_five_more_from_a_saved_state_bit_for_bit(name, dtype, tmp_path):
    rng = np.random.default_rng(0)
    start = [rng.normal(size=shape).astype(dtype) for shape in ((3, 4), (4, 2))]
    through, stopped = [leaf(v) for v in start], [leaf(v) for v in start]
    optimizer = build(name, through)
    for _ in range(10):
        step(optimizer, through)
    optimizer = build(name, stopped)
    for _ in range(5):
        step(optimizer, stopped)
    resumed = [leaf(p.data) for p in stopped]
    saved = through_a_file(optimizer.state_dict(), tmp_path)
    optimizer = getattr(optim, name)(resumed)
    optimizer.load_state_dict(saved)
    for _ in range(5):
        step(optimizer, resumed)

    for p, q, first in zip(through, resumed, start):
        np.testing.assert_array_equal(p.data, q.data)
        assert not np.array_equal(p.data, first)


@EVERY
def test_a_saved_state_is_a_copy_and_stays_when_steps_go_on(name):
    w = leaf(np.ones((2, 2)) * 3)
    optimizer = build(name, [w])
    step(optimizer, [w])
    saved = optimizer.state_dict()
    texts = repr(saved)
    step(optimizer, [w])

    assert repr(saved) == texts
    assert repr(optimizer.state_dict()) != texts


@EVERY
def test_float16_is_stepped_in_float32_and_remembered_so(name):
    values = np.array([[3.0, -2.0], [0.5, 1.5]])
    half, single = leaf(values.astype(np.float16)), leaf(values.astype(np.float32))
    optimizer = build(name, [half])
    step(optimizer, [half])
    step(build(name, [single]), [single])
    arrays = [v for v in optimizer.state[half].values() if isinstance(v, np.ndarray)]

    assert half.dtype == np.float16
    assert {a.dtype for a in arrays} == {np.dtype(np.float32)}
    np.testing.assert_allclose(half.data, single.data, rtol=2e-3)


def test_small_gradients_of_float16_do_not_vanish_in_their_squares():
    w = leaf(np.ones(3, np.float16))
    optimizer = optim.Adam([w], lr=0.25)
    w.grad = np.array([1e-5, -1e-5, 0.0])
    optimizer.step()

    np.testing.assert_allclose(w.data, [0.75, 1.25, 1.0], rtol=2e-3)


@EVERY
def test_columns_and_read_only_values_are_stepped_as_rows_are(name):
    values = np.random.default_rng(0).normal(size=(3, 4))
    rows, columns, fixed = leaf(values), leaf(values), leaf(values)
    columns._array = np.asfortranarray(values)
    fixed._array.flags.writeable = False
    for w in (rows, columns, fixed):
        optimizer = build(name, [w])
        for _ in range(3):
            step(optimizer, [w])

    np.testing.assert_array_equal(columns.data, rows.data)
    np.testing.assert_array_equal(fixed.data, rows.data)
    assert not np.array_equal(rows.data, values)


@EVERY
def test_parameters_of_no_elements_and_of_one_are_stepped(name):
    shapes = [(0, 3), (1, 1)] if name == "Muon" else [(0, 3), (), (1,)]
    ws = [leaf(np.full(shape, 3.0)) for shape in shapes]
    optimizer = build(name, ws)
    for _ in range(3):
        step(optimizer, ws)

    assert [w.shape for w in ws] == shapes
    assert all(w.data.min() != 3.0 for w in ws[1:])
    assert len({float(np.ravel(w.data)[0]) for w in ws[1:]}) == 1


@GIVEN
def test_a_parameter_without_gradient_keeps_its_value_and_its_state(name):
    a, b = (leaf(np.ones((2, 2))) for _ in range(2))
    optimizer = build(name, [a, b])
    a.grad = b.grad = np.ones((2, 2))
    optimizer.step()
    value, state = b.data.copy(), repr(optimizer.state[b])
    b.grad = None
    optimizer.step()

    np.testing.assert_array_equal(b.data, value)
    assert repr(optimizer.state[b]) == state


@GIVEN
def test_a_zero_gradient_from_the_start_leaves_a_parameter_where_it_is(name):
    w = leaf(np.ones((2, 2)))
    optimizer = getattr(optim, name)([w], **({} if name == "Rprop" else {"weight_decay": 0.0}))
    w.grad = np.zeros((2, 2))
    for _ in range(3):
        optimizer.step()

    np.testing.assert_array_equal(w.data, 1.0)


@pytest.mark.parametrize(
    ("name", "option", "value", "slot"),
    [
        ("SGD", "momentum", 0.9, "momentum_buffer"),
        ("Adam", "amsgrad", True, "max_exp_avg_sq"),
        ("RMSprop", "centered", True, "grad_avg"),
    ],
)
def test_an_option_that_needs_another_array_may_be_switched_on_later(name, option, value, slot):
    w = leaf(np.ones(3))
    optimizer = getattr(optim, name)([w], lr=0.1)
    for _ in range(2):
        w.grad = np.ones(3)
        optimizer.step()
        optimizer.param_groups[0][option] = value

    assert optimizer.state[w][slot].shape == (3,)
    assert np.isfinite(w.data).all()


MISUSE = [
    ("SGD", {"momentum": -1}, ValueError, "momentum=-1"),
    ("SGD", {"lr": True}, TypeError, "lr=True is not a real number"),
    ("SGD", {"lr": "fast"}, TypeError, "lr='fast'"),
    ("Adam", {"betas": 0.9}, TypeError, "betas=0.9 is not 2 numbers"),
    ("Adam", {"amsgrad": 1}, TypeError, "amsgrad=1"),
    ("NAdam", {"momentum_decay": -0.1}, ValueError, "momentum_decay"),
    ("NAdam", {"betas": (0.9, 1.0)}, ValueError, r"must be in \[0, 1\)"),
    ("RAdam", {"eps": -1.0}, ValueError, "eps"),
    ("Adamax", {"betas": (0.9, 0.9, 0.9)}, TypeError, "2 numbers"),
    ("Adagrad", {"initial_accumulator_value": -0.1}, ValueError, "initial_accumulator_value"),
    ("Adagrad", {"lr_decay": np.nan}, ValueError, "lr_decay"),
    ("Adadelta", {"rho": 1.1}, ValueError, "rho=1.1 is not between 0 and 1"),
    ("RMSprop", {"alpha": 1.1}, ValueError, "alpha=1.1 is not between 0 and 1"),
    ("RMSprop", {"centered": None}, TypeError, "centered=None"),
    ("Rprop", {"etas": (1.2, 0.5)}, ValueError, "0 < etaminus < 1 < etaplus"),
    ("Rprop", {"etas": (0.0, 1.2)}, ValueError, "0 < etaminus"),
    ("Rprop", {"step_sizes": (1.0, 0.1)}, ValueError, "a least and a largest"),
    ("Rprop", {"step_sizes": (0, 0.1)}, ValueError, "not above 0"),
    ("Lion", {"betas": (1.0, 0.9)}, ValueError, "betas"),
    ("Lion", {"weight_decay": -1}, ValueError, "weight_decay"),
    ("Muon", {"adjust_lr_fn": "mine"}, ValueError, "'mine' is not one of 'original', 'match_rms_adamw'"),
    ("Muon", {"adjust_lr_fn": 3}, TypeError, "adjust_lr_fn=3"),
    ("Muon", {"ns_steps": 2.5}, TypeError, "ns_steps=2.5 is not an integer"),
    ("Muon", {"ns_steps": 0}, ValueError, "ns_steps=0"),
    ("Muon", {"ns_coefficients": (1.0, 2.0)}, TypeError, "3 numbers"),
    ("Muon", {"momentum": 1.5}, ValueError, "momentum"),
    ("LBFGS", {"max_iter": 0}, ValueError, "max_iter=0"),
    ("LBFGS", {"max_iter": "20"}, TypeError, "max_iter='20'"),
    ("LBFGS", {"max_eval": 1.5}, TypeError, "max_eval=1.5"),
    ("LBFGS", {"history_size": 0}, ValueError, "history_size"),
    ("LBFGS", {"tolerance_grad": -1}, ValueError, "tolerance_grad"),
    ("LBFGS", {"line_search_fn": "wolfe"}, ValueError, "'wolfe' is not one of 'strong_wolfe'"),
]


@pytest.mark.parametrize(("name", "options", "error", "words"), MISUSE, ids=[f"{m[0]}-{m[1]}" for m in MISUSE])
def test_an_option_out_of_range_is_explained(name, options, error, words):
    w = leaf(np.ones((2, 2)))
    with pytest.raises(error, match=words) as raised:
        getattr(optim, name)([w], **options)
    if name != "LBFGS":
        with pytest.raises(error, match=words):
            getattr(optim, name)([{"params": [w], **options}])

    assert name in str(raised.value)


@EVERY
def test_a_state_of_another_shape_or_optimizer_is_refused_and_nothing_is_loaded(name):
    w, other = leaf(np.ones((2, 2)) * 3), leaf(np.ones((3, 3)) * 3)
    optimizer, fresh = build(name, [w]), build(name, [other])
    step(optimizer, [w])
    step(fresh, [other])
    saved, before = optimizer.state_dict(), repr(fresh.state_dict())
    with pytest.raises(autograd.WeightsError, match="nothing was loaded"):
        fresh.load_state_dict(saved)
    saved["state"][0]["surplus"] = 1.0
    with pytest.raises(autograd.WeightsError, match="surplus"):
        optimizer.load_state_dict(saved)

    assert repr(fresh.state_dict()) == before


def test_a_state_holds_arrays_numbers_and_lists_of_arrays_only():
    class Odd(optim.SGD):
        def begin(self, state, options):
            state["names"] = {"a": 1}

    w = leaf(np.ones(2))
    optimizer = Odd([w])
    step(optimizer, [w])
    with pytest.raises(TypeError, match="'names' is dict; a state holds arrays, numbers and lists of arrays"):
        optimizer.state_dict()


def put(name, value):
    def change(saved):
        state = {**saved["state"][0], name: value}
        return {**saved, "state": {**saved["state"], 0: state}}

    return change


FALSE = {
    "JSON": (lambda s: json.loads(json.dumps(s, default=np.ndarray.tolist)), "state of '0', '1' belongs to no .*JSON"),
    "no parameter's": (
        lambda s: {**s, "state": {**s["state"], 7: s["state"][0]}},
        "state of 7 belongs to no",
    ),
    "True": (lambda s: {**s, "state": {True: s["state"][0]}}, "state of True belongs to no"),
    "complex": (put("exp_avg", np.ones((2, 2)) * 1j), "parameter 0: exp_avg has dtype complex128"),
    "text": (put("exp_avg", np.full((2, 2), "a")), "exp_avg has dtype <U1"),
    "ragged": (put("exp_avg", [[1.0], [1.0, 2.0]]), "exp_avg: .*inhomogeneous"),
    "too large": (put("exp_avg", np.full((2, 2), 1e300)), "exp_avg has values of float64 .*float32 cannot hold"),
    "a step below 0": (put("step", -5), "step is -5"),
    "half a step": (put("step", 1.5), "step has values of float64 .*int64 cannot hold"),
    "a step of nan": (put("step", float("nan")), "step has values"),
    "a step of None": (put("step", "3"), "step has dtype <U1"),
    "several steps": (put("step", [3, 3]), r"step has shape \(2,\)"),
    "a number of a name": (put(3, 1.0), "has 3, exp_avg"),
    "state None": (lambda s: {**s, "state": {0: None}}, "takes what state_dict"),
    "states None": (lambda s: {**s, "state": None}, "takes what state_dict"),
    "groups None": (lambda s: {**s, "param_groups": None}, "takes what state_dict"),
    "group None": (lambda s: {**s, "param_groups": [None]}, "takes what state_dict"),
    "params None": (lambda s: {**s, "param_groups": [{"params": None}]}, "takes what state_dict"),
    "params as text": (lambda s: {**s, "param_groups": [{"params": ["0", "1"]}]}, "takes what state_dict"),
    "params twice": (lambda s: {**s, "param_groups": [{**s["param_groups"][0], "params": [0, 0]}]}, "twice"),
    "None": (lambda s: None, "takes what state_dict"),
    "a list": (lambda s: [1], "takes what state_dict"),
}


@pytest.mark.parametrize(("change", "words"), FALSE.values(), ids=FALSE)
def test_a_state_that_would_be_lost_or_falsified_is_refused_and_nothing_is_loaded(change, words):
    ws = [leaf(np.full((2, 2), 3.0, np.float32)) for _ in range(2)]
    optimizer = optim.Adam(ws)
    step(optimizer, ws)
    before = repr(optimizer.state_dict())
    with pytest.raises(autograd.WeightsError, match=words):
        optimizer.load_state_dict(change(optimizer.state_dict()))

    assert repr(optimizer.state_dict()) == before


@pytest.mark.parametrize(
    ("name", "value"),
    [("t", np.inf), ("n_iter", 1.5), ("func_evals", -1), ("d", np.ones(4) * 1j), ("old_dirs", 3.0), ("ro", [1e300])],
)
def test_a_state_of_lbfgs_that_would_be_falsified_is_refused(name, value):
    w = leaf(np.full((2, 2), 3.0, np.float32))
    optimizer = build("LBFGS", [w])
    for _ in range(3):
        step(optimizer, [w])
    before = repr(optimizer.state_dict())
    with pytest.raises(autograd.WeightsError, match=f"parameter 0: {name}"):
        optimizer.load_state_dict(put(name, value)(optimizer.state_dict()))

    assert repr(optimizer.state_dict()) == before


def test_a_list_of_arrays_in_the_state_of_an_optimizer_of_ones_own_comes_back():
    class Lately(optim.SGD):
        def begin(self, state, options):
            state["last"] = []

        def prepare(self, state, options):
            state["last"] = [*state["last"], np.full(2, state["step"])][-3:]

    w = leaf(np.ones(2))
    optimizer, fresh = Lately([w]), Lately([w])
    for _ in range(5):
        step(optimizer, [w])
    fresh.load_state_dict(optimizer.state_dict())

    assert repr(fresh.state_dict()) == repr(optimizer.state_dict())
    assert len(fresh.state[w]["last"]) == 3
