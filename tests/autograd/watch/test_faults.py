"""Forty planted faults, as people report them: 30 programs that make nan, 10 networks that do not train.

Each is a function; the line to be named ends with `# fault`.
"""

import numpy as np
import pytest

import autograd as ag
import nn
import optim
from autograd import Tensor
from autograd.engine.modes import Observer

rng = np.random.default_rng(0)


def leaf(*values, dtype=np.float32):
    return Tensor(np.array(values, dtype), requires_grad=True)


TRAPS = []  # function, operation, kind


def trap(op, kind):
    def note(function):
        TRAPS.append((function, op, kind))
        return function

    return note


# -- logarithms ----------------------------------------------------------------------------------------


@trap("log", "log of 0")
def cross_entropy_by_hand_of_a_softmax_that_underflows():
    p = ag.softmax(leaf(0.0, 200.0))
    return -ag.log(p)[0]  # fault


@trap("log", "log of 0")
def binary_cross_entropy_by_hand_of_a_sure_sigmoid():
    p, y = ag.sigmoid(leaf(30.0, -1.0)), np.float32([0.0, 1.0])
    return -(y * ag.log(p) + (1 - y) * ag.log(1 - p)).mean()  # fault


@trap("log", "log of 0")
def kullback_leibler_by_hand_with_an_event_that_never_happens():
    p, q = leaf(0.0, 1.0), np.float32([0.5, 0.5])
    return (p * ag.log(p / q)).sum()  # fault


@trap("log1p", "log of 0")
def log1p_of_minus_a_probability_of_one():
    p = leaf(1.0, 0.5)
    return ag.log1p(-p).sum()  # fault


@trap("log", "log of a negative number")
def log_likelihood_of_a_deviation_that_became_negative():
    sigma = leaf(0.3, -0.01)
    return ag.log(sigma).sum()  # fault


@trap("log", "log of 0")
def slope_of_a_log_whose_argument_is_almost_zero():
    p = leaf(1e-39)
    loss = -ag.log(p).sum()  # fault
    loss.backward()


@trap("log", "log of 0")
def log_of_a_gap_inside_of_a_model():
    class Log(nn.Module):
        def forward(self, x):
            return ag.log(x)  # fault

    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), Log())
    model[0].bias.data[:] = -10.0
    return model(np.ones((4, 2), np.float32)).sum()


# -- roots, norms and powers ---------------------------------------------------------------------------


@trap("sqrt", "root of 0")
def distance_of_a_point_from_itself():
    a, b = leaf(1.0, 2.0), np.float32([1.0, 2.0])
    d = ag.sqrt(((a - b) ** 2).sum())  # fault
    d.backward()


@trap("power", "root of 0")
def length_of_zero_by_a_power():
    x = leaf(0.0, 0.0)
    length = (x * x).sum() ** 0.5  # fault
    length.backward()


@trap("sqrt", "root of a negative number")
def variance_by_two_means_that_rounding_makes_negative():
    x = Tensor(np.full(2, 3000.1, np.float32), requires_grad=True)
    variance = (x * x).mean() - x.mean() ** 2 - 1e-3
    return ag.sqrt(variance)  # fault


@trap("power", "power of a negative number")
def power_of_a_negative_base():
    x = leaf(-8.0, 8.0)
    return (x ** (1 / 3)).sum()  # fault


@trap("power", "log of a negative number")
def exponent_that_is_learned_of_a_negative_base():
    a, b = leaf(-2.0), leaf(2.0)
    y = a**b  # fault
    y.backward(np.ones(1, np.float32))


@trap("sqrt", "root of 0")
def gradient_penalty_where_the_gradient_is_zero():
    x = leaf(0.0, 0.0)
    g = ag.gradients((x * x).sum(), x, create_graph=True)
    penalty = (ag.sqrt((g * g).sum()) - 1.0) ** 2  # fault
    penalty.backward()


@trap("divide", "division by almost 0")
def second_derivative_of_a_log_near_zero():
    x = leaf(1e-20)
    y = ag.log(x).sum()  # fault
    g = ag.gradients(y, x, create_graph=True)
    g.sum().backward()


# -- divisions -----------------------------------------------------------------------------------------


@trap("divide", "division by a norm of 0")
def cosine_similarity_of_a_vector_of_zeros():
    a, b = leaf(0.0, 0.0), np.float32([1.0, 0.0])
    return (a @ b) / ag.norm(a)  # fault


@trap("divide", "division by a variance of 0")
def standardised_by_the_deviation_of_a_constant_column():
    x = Tensor(np.float32([[1, 5], [2, 5], [3, 5]]), requires_grad=True)
    return ((x - x.mean(axis=0)) / x.std(axis=0)).sum()  # fault


@trap("divide", "division by 0")
def mean_over_a_mask_of_nothing():
    x, mask = leaf(1.0, 2.0), np.zeros(2, np.float32)
    return (x * mask).sum() / mask.sum()  # fault


@trap("divide", "division by 0")
def normalised_by_a_maximum_of_zero():
    x = leaf(0.0, 0.0)
    return (x / x.max()).sum()  # fault


@trap("divide", "division by 0")
def logit_by_hand_of_a_sure_event():
    p = leaf(1.0, 0.5)
    return ag.log(p / (1 - p)).sum()  # fault


@trap("divide", "division by almost 0")
def slope_of_a_quotient_by_almost_nothing():
    a, b = leaf(1.0), leaf(1e-25)
    y = a / b  # fault
    y.sum().backward()


# -- overflow ------------------------------------------------------------------------------------------


@trap("exp", "overflow of exp")
def softmax_by_hand():
    x = leaf(1.0, 100.0)
    e = ag.exp(x)  # fault
    return (e / e.sum())[0]


@trap("exp", "overflow of exp")
def softplus_by_hand():
    x = leaf(100.0)
    return ag.log(1 + ag.exp(x)).sum()  # fault


@trap("exp", "overflow of exp")
def gaussian_likelihood_with_a_log_variance_that_runs_away():
    mean, log_variance = leaf(0.3), leaf(-100.0)
    return (log_variance + (1.0 - mean) ** 2 * ag.exp(-log_variance)).sum()  # fault


@trap("multiply", "overflow")
def loss_scaled_up_in_half_precision():
    x = leaf(300.0, 1.0, dtype=np.float16)
    return (x * x).sum()  # fault


@trap("exp", "where with a bad branch")
def where_whose_other_branch_overflows():
    x = leaf(100.0, 0.0)
    y = ag.where(x.data < 50, x * ag.exp(x), 0.0)  # fault
    y.sum().backward()


@trap("multiply", "a rate that explodes")
def rate_that_doubles_the_weights_at_each_step():
    w = leaf(1.0, 2.0)
    optimizer = optim.SGD([w], lr=1.5)
    for _ in range(200):
        optimizer.zero_grad()
        loss = (w * w).sum()  # fault
        loss.backward()
        optimizer.step()


# -- infinities that were meant ------------------------------------------------------------------------


@trap("subtract", "inf - inf")
def softmax_by_hand_of_a_row_that_is_all_masked():
    scores = leaf(1.0, 2.0) + np.float32([-np.inf, -np.inf])
    return ag.exp(scores - scores.max()).sum()  # fault


@trap("multiply", "0 times inf")
def mask_of_zero_times_minus_infinity():
    scores = leaf(1.0, 2.0) + np.float32([0.0, -np.inf])
    return (scores * np.float32([1.0, 0.0])).sum()  # fault


# -- ends of a domain, and data ------------------------------------------------------------------------


@trap("arccos", "outside of the domain")
def angle_between_a_vector_and_itself():
    cosine = leaf(1.0)
    angle = ag.arccos(cosine)  # fault
    angle.sum().backward()


@trap("linear", "nan from outside")
def table_with_an_empty_field():
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    return model(np.float32([[1.0, 2.0], [np.nan, 3.0]])).mean()  # fault


# -- sick networks: model, loss function, batch --------------------------------------------------------

SICK = []  # function, kind, operation, module


def sick(kind, op, module=""):
    def note(function):
        SICK.append((function, kind, op, module))
        return function

    return note


def classes(model, x, y):
    return nn.functional.cross_entropy(model(x), y)  # fault


def errors(model, x, y):
    return nn.functional.mse_loss(model(x), y)  # fault


def digits(rows=32, features=16):
    return rng.normal(size=(rows, features)).astype(np.float32), rng.integers(0, 10, rows)


@sick("unused parameter", "forward", "second (Linear)")
def layer_that_forward_never_calls():
    class Net(nn.Module):
        def __init__(self):
            self.first, self.second, self.last = nn.Linear(16, 32), nn.Linear(32, 32), nn.Linear(32, 10)

        def forward(self, x):  # fault
            return self.last(ag.relu(self.first(x)))

    return Net(), classes, digits()


@sick("cut graph", "relu")
def graph_cut_by_data():
    class Net(nn.Module):
        def __init__(self):
            self.first, self.last = nn.Linear(16, 32), nn.Linear(32, 10)

        def forward(self, x):
            hidden = self.first(x).data
            hidden = ag.relu(Tensor(hidden))  # fault
            return self.last(hidden)

    return Net(), classes, digits()


@sick("dead units", "relu", "1 (ReLU)")
def biases_that_switch_all_units_off():
    model = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 10))
    model[0].bias.data[:] = -10.0
    return model, classes, digits()


@sick("saturated activation", "tanh", "1 (Tanh)")
def pixels_from_0_to_255():
    model = nn.Sequential(nn.Linear(16, 32), nn.Tanh(), nn.Linear(32, 10))
    x, y = digits()
    return model, classes, (np.abs(x) * 100, y)


@sick("vanishing gradient", "linear", "20 (Linear)")
def deep_sigmoids():
    layers = [layer for _ in range(10) for layer in (nn.Linear(16, 16), nn.Sigmoid())]
    return nn.Sequential(*layers, nn.Linear(16, 10)), classes, digits()


@sick("exploding gradient", "linear", "20 (Linear)")
def weights_of_deviation_one():
    layers = [layer for _ in range(10) for layer in (nn.Linear(16, 16), nn.ReLU())]
    model = nn.Sequential(*layers, nn.Linear(16, 10))
    for p in model.parameters():
        p.data = 2 * rng.normal(size=p.shape).astype(np.float32)
    return model, classes, digits()


@sick("bias before batch norm", "linear", "0 (Linear)")
def bias_that_batch_norm_subtracts():
    model = nn.Sequential(nn.Linear(16, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 10))
    return model, classes, digits()


@sick("softmax twice", "cross_entropy")
def softmax_before_cross_entropy():
    return nn.Sequential(nn.Linear(16, 10), nn.Softmax(-1)), classes, digits()


@sick("equal units", "linear", "0 (Linear)")
def weights_that_are_all_the_same():
    model = nn.Sequential(nn.Linear(16, 32), nn.Tanh(), nn.Linear(32, 10))
    for p in model.parameters():
        p.data = np.full(p.shape, 0.1, np.float32)
    return model, classes, digits()


@sick("float64 among float32", "linear", "0 (Linear)")
def batch_in_double_precision():
    model = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 1))
    x, _ = digits()
    return model, errors, (x.astype(np.float64), rng.normal(size=(32, 1)))


# -- all are named -------------------------------------------------------------------------------------


def named(function):
    return function.__name__ if callable(function) else ""


def run(program):
    result = program()
    if result is not None:
        result.backward()


@pytest.mark.parametrize(("program", "op", "kind"), TRAPS, ids=named)
def test_a_trap_is_named_with_its_operation_its_line_and_the_mend(program, op, kind):
    with ag.detect_anomaly(), pytest.raises(ag.AnomalyError) as caught:
        run(program)

    found = caught.value.finding
    assert (found.op, found.kind) == (op, kind)
    assert found.line.line.endswith("# fault")
    assert found.line.name in (program.__name__, "forward")
    assert found.mend in str(caught.value)
    assert not np.isfinite(found.number)


@pytest.mark.parametrize(("program", "op", "kind"), TRAPS, ids=named)
def test_a_trap_makes_nan_or_infinity_in_truth(program, op, kind):
    class Seen(Exception):
        pass

    class Look(Observer):
        def called(self, op, operands, out, node):
            if out.dtype.kind == "f" and not np.isfinite(out).all():
                raise Seen

        def contributed(self, node, position, g, part, so_far):
            if not np.isfinite(getattr(part, "data", part)).all():
                raise Seen

    with Look(), np.errstate(all="ignore"), pytest.raises(Seen):
        run(program)


@pytest.mark.parametrize(("program", "kind", "op", "module"), SICK, ids=named)
def test_a_sick_network_is_diagnosed_with_operation_line_and_mend(program, kind, op, module):
    diagnosis = ag.doctor(*program())

    (found,) = [f for f in (*diagnosis, *diagnosis.asides) if f.kind == kind]
    assert (found.op, found.module) == (op, module)
    assert found.line.line.endswith("# fault")
    assert found.mend in str(diagnosis)
    assert np.isfinite(found.number)
    assert bool(diagnosis) == (not found.harmless)


def test_there_are_thirty_traps_and_ten_sick_networks():
    assert (len(TRAPS), len(SICK)) == (30, 10)
