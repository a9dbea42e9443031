"""The common mistakes, as a beginner makes them: each is told of, in the words of docs/howto/mistakes.md."""

import contextlib
import copy
import doctest
import io
import operator
import re
import warnings
from pathlib import Path

import numpy as np
import pytest

import autograd
import nn
import optim
from autograd import DtypeError, GraphError, MistakeWarning, ShapeError, Tensor, tensor
from nn import functional as F

PAGE = (Path(__file__).parent.parent / "docs" / "howto" / "mistakes.md").read_text()
BLOCKS = re.findall(r"^```(pycon|python)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
X = np.random.default_rng(0).normal(size=(8, 4)).astype(np.float32)
Y = np.arange(8) % 3


def mlp(outputs=3):
    return nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, outputs))


def told(act):
    """The messages of the MistakeWarnings that `act` gives, wherever it gives them."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        act()
    assert all(w.filename == __file__ for w in caught if w.category is MistakeWarning)  # at the line of the user
    return [str(w.message) for w in caught if w.category is MistakeWarning]


# -- the page ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_the_page_shows_what_really_happens(number):
    kind, code = BLOCKS[number]
    if kind == "pycon":
        case = doctest.DocTestParser().get_doctest(code, {}, "mistakes.md", "mistakes.md", 0)
        runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)  # no ellipsis: every word is held
        report = io.StringIO()
        runner.run(case, out=report.write)
        assert runner.failures == 0, report.getvalue()
    else:  # the mended program, in which a warning is an error
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, "mistakes.md", "exec"), {"__name__": "__main__"})
        assert printed.getvalue().splitlines() == re.findall(r"# prints (.*)", code)


def test_the_table_leads_from_each_message_to_the_section_that_shows_it():
    rows = re.findall(r"^\| (`.*`[^|]*) \| \[.*\]\(#(.*)\) \|$", PAGE, re.MULTILINE)
    sections = dict(re.findall(r"^\(([a-z0-9-]+)\)=\n(.*?)(?=^\([a-z0-9-]+\)=$|\Z)", PAGE, re.MULTILINE | re.DOTALL))

    assert {label for _, label in rows} == set(sections)
    for messages, label in rows:
        text = " ".join(sections[label].split())
        for message in re.findall(r"`(.*?)`", messages):
            assert all(part in text for part in message.split(" ... ")), (message, label)


# -- forgot zero_grad ----------------------------------------------------------------------------------


def plain_loop(clear, steps=6):
    w = Tensor(np.zeros(4, np.float32), requires_grad=True, name="w")
    for _ in range(steps):
        ((tensor(X) @ w - X[:, 0]) ** 2).mean().backward()
        with autograd.no_grad():
            w -= 0.1 * w.grad
        clear(w)


def loop(model, zero_grad, make=optim.SGD, steps=6):
    optimizer = make(model.parameters(), lr=0.1)
    for _ in range(steps):
        F.cross_entropy(model(tensor(X)), Y).backward()
        optimizer.step()
        zero_grad(optimizer)


def test_gradients_that_pile_up_from_update_to_update_are_told_of_once():
    (text,) = told(lambda: loop(mlp(), lambda optimizer: None))

    assert text.startswith("backward added to old gradients, in .grad of a leaf (3,) and 3 more")
    assert "optimizer.zero_grad() before loss.backward()" in text


def test_gradients_that_pile_up_in_a_plain_loop_are_told_of_by_name():
    (text,) = told(lambda: plain_loop(lambda w: None))

    assert "in .grad of 'w' (4,):" in text
    assert "w.grad = None after the update" in text


def test_they_are_told_of_where_the_data_are_assigned():
    w = Tensor(np.zeros(4, np.float32), requires_grad=True)

    def train():
        for _ in range(4):
            ((tensor(X) @ w - X[:, 0]) ** 2).mean().backward()
            w.data = w.data - 0.1 * w.grad.data

    assert len(told(train)) == 1


def cleared_in_place(w):
    w.grad.data[...] = 0


def zeros(w):
    w.grad = np.zeros(4)


@pytest.mark.parametrize("clear", [lambda w: setattr(w, "grad", None), zeros, cleared_in_place])
def test_however_gradients_are_cleared_nothing_is_said(clear):
    assert told(lambda: plain_loop(clear)) == []


@pytest.mark.parametrize("set_to_none", [True, False])
def test_zero_grad_is_enough(set_to_none):
    assert told(lambda: loop(mlp(), lambda optimizer: optimizer.zero_grad(set_to_none))) == []


def test_zero_grad_of_the_model_is_enough():
    model = mlp()

    assert told(lambda: loop(model, lambda optimizer: model.zero_grad())) == []


def test_adding_up_over_micro_batches_is_no_mistake():
    model = mlp()
    optimizer = optim.SGD(model.parameters(), lr=0.1)

    def train():
        for _ in range(4):
            optimizer.zero_grad()
            for part in range(4):
                (F.cross_entropy(model(tensor(X[part::4])), Y[part::4]) / 4).backward()
            optimizer.step()

    assert told(train) == []


def test_two_players_whose_losses_reach_each_other_are_no_mistake():
    generator, judge = nn.Linear(2, 4), nn.Linear(4, 1)
    players = [optim.Adam(generator.parameters()), optim.Adam(judge.parameters())]

    def train():
        for _ in range(4):
            players[1].zero_grad()
            (judge(tensor(X)).mean() - judge(generator(tensor(X[:, :2])).detach()).mean()).backward()
            players[1].step()
            for _ in range(3):  # adds to the gradients of the judge, which are cleared before they are used
                players[0].zero_grad()
                judge(generator(tensor(X[:, :2]))).mean().backward()
                players[0].step()

    assert told(train) == []


def test_lbfgs_that_asks_more_than_once_is_no_mistake():
    model = mlp()
    optimizer = optim.LBFGS(model.parameters(), line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        loss = F.cross_entropy(model(tensor(X)), Y)
        loss.backward()
        return loss

    assert told(lambda: [optimizer.step(closure) for _ in range(3)]) == []


def noisy(model, rng, scale):
    with autograd.no_grad():
        for p in model.parameters():
            p += scale * rng.normal(size=p.shape).astype(np.float32)


def test_gradients_at_several_noisy_weights_that_add_up_to_one_update_are_no_mistake():
    model = mlp()
    optimizer = optim.SGD(model.parameters(), lr=0.1)

    def train():
        for _ in range(2):
            optimizer.zero_grad()
            for seed in range(5):
                noisy(model, np.random.default_rng(seed), 0.01)
                (F.cross_entropy(model(tensor(X)), Y) / 5).backward()
                noisy(model, np.random.default_rng(seed), -0.01)
            optimizer.step()

    assert told(train) == []


def test_gradients_that_nobody_uses_are_no_mistake():
    model, slow = mlp(1), mlp(1)
    image = Tensor(X, requires_grad=True)
    optimizer = optim.SGD(model.parameters(), lr=0.01)

    def train():
        for _ in range(6):
            image.data = X + 0.1
            optimizer.zero_grad()
            ((model(image) - slow(tensor(X))) ** 2).mean().backward()
            optimizer.step()
            with autograd.no_grad():
                for p, q in zip(slow.parameters(), model.parameters()):
                    p.data = 0.9 * p.data + 0.1 * q.data

    assert told(train) == []


def test_to_assign_data_leaves_the_gradient_that_was_read():
    w = Tensor([1.0], requires_grad=True)
    (w * w).sum().backward()
    grad = w.grad
    w.data = np.array([3.0], np.float32)

    assert w.grad is grad
    w.data = np.array([3.0])
    assert w.grad.dtype == np.float64


# -- backward twice ------------------------------------------------------------------------------------


def carried_state():
    w, h = Tensor([1.0], requires_grad=True), tensor([0.0])
    for _ in range(2):
        h = (w * h + 1.0).tanh()
        h.sum().backward()


def same_loss():
    loss = (Tensor([1.0], requires_grad=True) ** 2).sum()
    loss.backward()
    loss.backward()


def shared_part():
    h = Tensor([1.0], requires_grad=True).tanh()
    (h * h).sum().backward()
    h.sum().backward()


@pytest.mark.parametrize("act", [same_loss, shared_part, carried_state])
def test_a_second_backward_says_that_the_graph_was_freed_and_what_to_do(act):
    with pytest.raises(GraphError, match=r"freed by an earlier backward.*save memory.*sum of two losses.*retain_graph"):
        act()


# -- shapes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "features", "mend"),
    [
        ((8, 64), 784, "make the layer with in_features=64"),
        ((8, 28, 28), 784, "x.reshape(8, -1) or nn.Flatten()"),
        ((8, 1, 28, 28), 784, "x.reshape(8, -1) or nn.Flatten()"),
        ((28, 28), 784, "x.reshape(1, 784)"),
        ((4, 8), 8, None),
        ((8, 4), 8, "x.T if they stand in columns"),
        ((5,), 8, "make the layer with in_features=5"),
    ],
)
def test_a_linear_layer_says_what_may_be_wrong_with_its_input(shape, features, mend):
    layer = nn.Linear(features, 10)
    if mend is None:
        assert layer(autograd.zeros(shape)).shape == (4, 10)
        return
    with pytest.raises(
        ShapeError, match=re.escape(f"x {shape}, weight (10, {features}), bias (10,) do not fit")
    ) as caught:
        layer(autograd.zeros(shape))
    assert mend in str(caught.value)


def test_a_layer_in_a_model_is_named():
    with pytest.raises(ShapeError) as caught:
        nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(6, 3))(tensor(X))

    assert "in_features=5" in str(caught.value)
    assert any("its '2'" in note for note in caught.value.__notes__)


# -- targets -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "kind", "mend"),
    [
        (Y.astype(np.float32), DtypeError, "look like class numbers, which pick a column of the logits"),
        (Y.astype(float), DtypeError, "use target.astype(np.int64)"),
        (Y > 0, DtypeError, "use target.astype(np.int64)"),
        (np.eye(3, dtype=int)[Y], ShapeError, ".argmax(1) makes class numbers of them"),
        (np.eye(4, dtype=np.float32)[Y], ShapeError, "a column per class, here 4 for 3 classes"),
        (Y[:, None], ShapeError, "one axis too many, use target.reshape(-1)"),
        (Y[:5], ShapeError, "5 targets for 8 predictions"),
        (Y + 1, IndexError, "if yours are numbered from 1, pass target - 1"),
        (Y - 1, IndexError, "a target is class -1, but the 3 classes are numbered 0 to 2"),
    ],
)
def test_targets_that_are_no_classes_say_what_they_are(target, kind, mend):
    with pytest.raises(kind) as caught:
        F.cross_entropy(mlp()(tensor(X)), target)

    assert str(caught.value).startswith("cross_entropy: ")
    assert mend in str(caught.value)


def test_targets_that_begin_at_0_are_not_called_numbered_from_1():
    with pytest.raises(IndexError) as caught:
        F.cross_entropy(mlp()(tensor(X)), np.arange(8) % 4)

    assert "target - 1" not in str(caught.value)


# -- leaves --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("write", [lambda w: operator.isub(w, 0.1), lambda w: operator.setitem(w, 0, 0.0)])
def test_a_write_to_a_leaf_says_how_a_parameter_is_updated(write):
    with pytest.raises(GraphError, match=r"'w' float32 \(2,\).*with autograd.no_grad\(\):") as caught:
        write(Tensor([1.0, 2.0], requires_grad=True, name="w"))
    assert "value that was used, which would be gone" in str(caught.value)


def test_a_parameter_that_an_update_replaced_says_so():
    w = Tensor([1.0, 2.0], requires_grad=True)
    (w * w).sum().backward()
    w = w - 0.1 * w.grad
    (w * w).sum().backward()

    (text,) = told(lambda: w.grad)
    assert text.startswith(
        "the result of subtract keeps no .grad, only leaves do. If it is a parameter after w = w - lr"
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda: Tensor(3, requires_grad=True),
        lambda: tensor([1, 2], requires_grad=True),
        lambda: Tensor(np.arange(3), requires_grad=True),
        lambda: Tensor(True, requires_grad=True),
        lambda: nn.Parameter(np.arange(3)),
        lambda: setattr(Tensor(3), "requires_grad", True),
    ],
)
def test_integers_and_booleans_say_why_they_have_no_gradient(make):
    with pytest.raises(
        DtypeError, match=r"not (int64|bool) of shape .* a derivative asks what a small change does.*3\.0"
    ):
        make()


# -- probabilities where logits belong -----------------------------------------------------------------

SQUASHED = {
    "softmax": lambda z: nn.functional.softmax(z, 1),
    "a layer": lambda z: nn.Softmax(1)(z),
    "a reshaped softmax": lambda z: nn.Softmax(1)(z).reshape(-1, 3),
    "a part of a softmax": lambda z: nn.Softmax(1)(z)[:8],
    "sigmoid": autograd.sigmoid,
}


@pytest.mark.parametrize("name", SQUASHED)
def test_probabilities_in_cross_entropy_are_told_of(name):
    logits = mlp()(tensor(X))

    (text,) = told(lambda: F.cross_entropy(SQUASHED[name](logits), Y))
    assert told(lambda: nn.CrossEntropyLoss()(SQUASHED[name](logits), Y)) == [text]
    assert re.match(r"cross_entropy: input \(8, 3\) is the result of (softmax|sigmoid), but .* logits", text)


def test_probabilities_where_a_binary_loss_takes_logits_are_told_of():
    p, target = autograd.sigmoid(mlp(1)(tensor(X))), tensor(np.ones((8, 1), np.float32))

    (text,) = told(lambda: F.binary_cross_entropy_with_logits(p, target))
    assert "It takes the sigmoid itself" in text
    assert told(lambda: F.binary_cross_entropy(p, target)) == []


def test_probabilities_where_log_probabilities_belong_are_told_of():
    (text,) = told(lambda: F.nll_loss(F.softmax(mlp()(tensor(X)), 1), Y))

    assert "Give it log_softmax of the outputs instead of softmax" in text


@pytest.mark.parametrize(
    "logits",
    [
        lambda z: z,
        lambda z: F.log_softmax(z, 1),  # superfluous, and the same loss
        lambda z: 10.0 * autograd.tanh(z),
        lambda z: F.softmax(z, 1) / 0.1,  # scaled on purpose
        lambda z: F.softmax(z, 1).data,  # not recorded: a measurement
    ],
)
def test_other_logits_are_no_mistake(logits):
    z = logits(mlp()(tensor(X)))
    assert told(lambda: F.cross_entropy(z, Y)) == []


# -- (n, 1) against (n,) -------------------------------------------------------------------------------


def column():
    return nn.Linear(4, 1)(tensor(X))


row = tensor(X[:, 0])


@pytest.mark.parametrize(
    "loss",
    [
        lambda: ((column() - row) ** 2).mean(),
        lambda: ((row - column()) ** 2).sum() / 8,
        lambda: np.square(column() - X[:, 0]).mean() + 0.1 * (column() ** 2).mean(),
        lambda: 0.5 * ((nn.Linear(4, 1)(tensor(X)).squeeze(1) - X[:, :1]) ** 2).mean(),
    ],
)
def test_a_loss_of_all_pairs_is_told_of(loss):
    loss = loss()
    (text,) = told(lambda: loss.backward())

    assert "squares of 8 x 8 differences: " in text
    assert "prediction.squeeze(1)" in text


def multiplied():
    difference = column() - row
    return (difference * difference).mean()


def test_a_square_that_is_multiplied_out_is_seen_too():
    loss = multiplied()

    assert len(told(lambda: loss.backward())) == 1


def test_a_column_that_is_cut_out_of_a_table_is_seen_too():
    loss = ((nn.Linear(4, 2)(tensor(X))[:, :1] - row) ** 2).mean()

    assert len(told(lambda: loss.backward())) == 1


w = Tensor(X[:, 0], requires_grad=True)
column_leaf = Tensor(X[:, :1], requires_grad=True)


@pytest.mark.parametrize(
    "loss",
    [
        lambda: ((column() - row[:, None]) ** 2).mean(),
        lambda: ((column() - row[None, :]) ** 2).mean(),  # all pairs, said so
        lambda: ((w[:, None] - w) ** 2).mean(),
        lambda: ((autograd.expand_dims(w, 1) - w) ** 2).mean(),
        lambda: ((w.reshape(-1, 1) - w) ** 2).sum(),
        lambda: ((w[None].T - w) ** 2).sum(),
        lambda: ((column_leaf - column_leaf.squeeze(1)) ** 2).sum(),
        lambda: ((column() - row) * tensor(X @ X.T)).sum(),  # a product, no square
        lambda: ((column() - row) ** -2.0).sum(),  # a repulsion
        lambda: ((nn.Linear(4, 1)(tensor(X[:1])) - row[:1]) ** 2).mean(),  # one number each
        lambda: ((column() - row[:5]) ** 2).mean(),  # 8 x 5
        lambda: ((tensor(X) @ tensor(X.T) + column() - row).exp()).mean(),
    ],
)
def test_differences_that_are_meant_are_no_mistake(loss):
    loss = loss()
    assert told(lambda: loss.backward()) == []


def test_the_losses_refuse_shapes_that_would_broadcast():
    for loss in (F.mse_loss, F.l1_loss, F.huber_loss, F.smooth_l1_loss, F.binary_cross_entropy_with_logits):
        with pytest.raises(ShapeError, match=r"input \(8, 1\) and target \(8,\) differ and would broadcast"):
            loss(column(), row)


# -- a graph that is cut -------------------------------------------------------------------------------


class Cut(nn.Module):
    def __init__(self, how):
        self.first, self.second = nn.Linear(4, 5), nn.Linear(5, 3)
        self.how = how

    def forward(self, x):
        return self.second(self.how(self.first(x)))


CUTS = {
    "data": lambda h: tensor(h.data),
    "numpy": lambda h: tensor(h.numpy()),
    "detach": lambda h: h.detach(),
    "tolist": lambda h: tensor(h.tolist()),
    "float": lambda h: tensor([[float(v) for v in r] for r in h]),
    "no_grad": autograd.no_grad()(lambda h: h * 1.0),
}


@pytest.mark.parametrize("name", CUTS)
def test_a_graph_that_is_cut_in_the_middle_is_found_by_check_graph(name):
    model = Cut(CUTS[name])
    loss = F.cross_entropy(model(tensor(X)), Y)

    with pytest.raises(GraphError) as caught:
        autograd.check_graph(loss, model)

    text = str(caught.value)
    assert "does not depend on 2 of 4 parameters: first.weight (5, 4), first.bias (5,)" in text
    assert "Its graph begins at linear, whose x float32 (8, 5) carries no gradient" in text


def test_check_graph_names_the_line_if_lines_are_noted():
    model = Cut(CUTS["data"])
    with autograd.source_lines():
        loss = F.cross_entropy(model(tensor(X)), Y)

    with pytest.raises(GraphError, match=r"begins at linear \(.*test_mistakes.py:\d+\), whose x"):
        autograd.check_graph(loss, model)


def test_check_graph_is_silent_where_all_is_well_and_changes_nothing():
    model = mlp()
    model[0].bias.requires_grad = False  # frozen on purpose
    loss = F.cross_entropy(model(tensor(X)), Y)

    autograd.check_graph(loss, model)
    autograd.check_graph(loss, list(model.parameters()))
    assert all(p.grad is None for p in model.parameters())
    loss.backward()


def test_check_graph_takes_tensors_and_says_their_names_or_numbers():
    a, b = Tensor([1.0], requires_grad=True, name="a"), Tensor([1.0], requires_grad=True)
    with pytest.raises(GraphError, match=r"1 of 2 parameters: number 1 \(1,\)\. Its graph begins at its leaves"):
        autograd.check_graph((a * 2.0).sum(), [a, b])
    with pytest.raises(GraphError, match=r"check_graph: .* records no gradient"):
        autograd.check_graph(tensor(1.0), [a])


@pytest.mark.parametrize("parameters", [[X], {"w": Tensor([1.0], requires_grad=True)}, None, "model", mlp])
def test_check_graph_says_what_it_takes(parameters):
    loss = F.cross_entropy(mlp()(tensor(X)), Y)

    with pytest.raises(TypeError, match="check_graph: parameters are a model or Tensors, not"):
        autograd.check_graph(loss, parameters)


@pytest.mark.parametrize("how", [np.asarray, Tensor, np.array])
def test_what_would_cut_without_a_word_is_an_error(how):
    with pytest.raises(GraphError, match=r"would (silently )?cut its graph"):
        how(mlp()(tensor(X)))


@pytest.mark.parametrize("how", [np.asarray, copy.deepcopy])
def test_what_a_plot_does_with_a_result_says_to_give_it_the_data(how):
    with pytest.raises(GraphError, match=r"\.data"):
        how(mlp()(tensor(X)))


def test_a_number_format_for_many_elements_says_so():
    assert f"{tensor([1.0, 2.0]).sum():.1f} {tensor([1]):>3}" == "3.0   1"
    assert f"{tensor([1, 2]):>16}" == "  Tensor([1, 2])"
    with pytest.raises(ValueError, match=r"'\.2f' is for a single number, and this Tensor has shape \(2,\)"):
        f"{tensor([1.0, 2.0]):.2f}"


@pytest.mark.parametrize(("argument", "mend"), [("dim", "axis="), ("keepdim", "keepdims=")])
def test_a_name_that_pytorch_gives_an_argument_leads_to_numpys(argument, mend):
    with pytest.raises(TypeError, match=f"sum.*no {argument}= here; write {mend}"):
        tensor(X).sum(**{argument: 1})


def test_a_target_in_the_place_of_the_logits_is_told_of():
    with pytest.raises(DtypeError, match="they come first, the target second"):
        F.cross_entropy(Y, mlp()(tensor(X)))


@pytest.mark.parametrize(
    ("layer", "shape", "mend"),
    [
        (nn.Conv2d(3, 2, 3), (5, 8, 9, 3), "x.transpose(0, 3, 1, 2)"),
        (nn.Conv1d(3, 2, 3), (5, 8, 3), "x.transpose(0, 2, 1)"),
        (nn.Conv2d(1, 2, 3), (5, 8, 9), "x[:, None]"),
    ],
)
def test_images_without_channels_in_their_place_say_how_to_bring_them_there(layer, shape, mend):
    x = autograd.zeros(shape)
    with pytest.raises(ShapeError, match=re.escape(mend)):
        layer(x)
    assert layer(eval(mend, {"x": x})).ndim == layer.axes + 2  # what it says works


def test_a_loss_without_a_graph_says_what_may_have_cut_it():
    loss = tensor(F.cross_entropy(mlp()(tensor(X)), Y).item())

    with pytest.raises(GraphError, match=r"records no gradient; .*no_grad\(\).*\.data, \.detach\(\), \.item\(\)"):
        loss.backward()


def test_a_step_where_nothing_has_a_gradient_names_the_causes():
    model, other = mlp(), mlp()
    optimizer = optim.SGD(other.parameters(), lr=0.1)
    F.cross_entropy(model(tensor(X)), Y).backward()

    with pytest.raises(GraphError, match=r"SGD.step: no parameter has a gradient, of 4, .*\(5, 4\).*check_graph"):
        optimizer.step()


# -- a learning rate that explodes ---------------------------------------------------------------------


@np.errstate(all="ignore")
def explode(value):
    x = Tensor([1.0], requires_grad=True)
    loss = (x * value).sum()
    loss.backward()


@pytest.mark.parametrize("value", [np.inf, np.nan])
def test_backward_from_a_loss_that_is_no_number_is_told_of(value):
    (text,) = told(lambda: explode(value))

    assert text.startswith(f"backward of a loss that is {value} (the result of sum)")
    assert "divide it by 10" in text
    assert "detect_anomaly" in text


def test_a_large_loss_is_no_mistake():
    assert told(lambda: explode(1e30)) == []


def test_a_loss_that_overflows_is_told_of_before_its_gradients_do():
    x = Tensor([1e25], requires_grad=True)
    with np.errstate(over="ignore"):
        loss = (x * x).sum()

    assert len(told(lambda: loss.backward())) == 1


def test_a_loss_that_is_no_number_with_sound_gradients_is_no_mistake():
    nothing = F.cross_entropy(mlp()(tensor(X)), np.full(8, -100))  # all are ignored: the mean of no number
    masked = Tensor([1.0, -np.inf], requires_grad=True).sum()

    half = Tensor(np.float16([1.0, np.inf]), requires_grad=True).sum()  # which has no number as large as HUGE

    assert np.isnan(nothing.item())
    assert told(lambda: [loss.backward() for loss in (nothing, masked, half)]) == []


def test_fit_stops_where_the_loss_is_no_number():
    model = mlp(1)
    optimizer = optim.SGD(model.parameters(), lr=1e4)
    data = [(tensor(X), tensor(X[:, :1]))]

    with np.errstate(all="ignore"), pytest.raises(autograd.AnomalyError, match=r"the loss is (inf|nan) in epoch.*lr"):
        optim.fit(model, data, F.mse_loss, optimizer, epochs=60, progress=False)


# -- how often -----------------------------------------------------------------------------------------


def test_a_line_is_warned_of_once():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(3):
            explode(np.nan)

    assert len(caught) == 1


def test_a_sigmoid_that_was_rounded_before_binary_cross_entropy():
    def loss(logit, target=0.3):
        x = tensor([logit, 0.0], requires_grad=True)
        F.binary_cross_entropy(autograd.sigmoid(x), tensor([target, 0.3]), reduction="sum").backward()
        return x.grad[0].item()

    assert told(lambda: loss(13.0)) == told(lambda: loss(17.0, 1.0)) == told(lambda: loss(-50.0, 0.0)) == []
    assert told(lambda: loss(16.0))
    (message,) = told(lambda: loss(17.0))
    assert re.search(r"sigmoid rounded 1 of 2 probabilities in float32.*binary_cross_entropy_with_logits", message)
    assert told(lambda: loss(-50.0))


def test_of_a_sigmoid_that_was_rounded_the_slope_is_no_larger_than_it_can_be():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MistakeWarning)
        for logit in np.linspace(16.7, 40.0, 50):
            x = tensor(np.float32(logit), requires_grad=True)
            F.binary_cross_entropy(autograd.sigmoid(x), tensor(0.3)).backward()
            assert 0 <= x.grad.item() <= 0.7 * 1.5
