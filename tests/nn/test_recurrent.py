import importlib

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import autograd
import nn
from autograd import DtypeError, ShapeError, Tensor, UnsupportedError
from nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence, pad_sequence

KINDS = ("RNN", "LSTM", "GRU")
CELLS = {"RNN": autograd.rnn_cell, "LSTM": autograd.lstm_cell, "GRU": autograd.gru_cell}
recurrent = importlib.import_module("autograd.ops.recurrent")


def ones(*shape):
    return np.ones(shape, np.float32)


def first_of(state):
    return state[0] if isinstance(state, tuple) else state


def by_cells(kind, layer, x):
    """One sequence (T, F) alone through loops of cells: outputs (T, D * H) and each layer's and direction's last h."""
    parameters = {name: p.data for name, p in layer.named_parameters()}
    last = []
    for number in range(layer.num_layers):
        ways = []
        for way in ("", "_reverse")[: 1 + layer.bidirectional]:
            weights = [parameters.get(f"{n}_l{number}{way}") for n in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
            state = (np.zeros(layer.hidden_size),) * (2 if kind == "LSTM" else 1)
            outputs = []
            for step in x[::-1] if way else x:
                after = CELLS[kind](step, *state, *weights)
                state = after if isinstance(after, tuple) else (after,)
                outputs.append(state[0])
            ways.append(outputs[::-1] if way else outputs)
            last.append(state[0])
        x = np.concatenate(ways, axis=-1)
    return x, np.array(last)


@st.composite
def networks(draw):
    kind, batch, steps = draw(st.sampled_from(KINDS)), draw(st.integers(1, 3)), draw(st.integers(1, 4))
    features, hidden = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    options = {"num_layers": draw(st.integers(1, 3)), "bidirectional": draw(st.booleans()), "bias": draw(st.booleans())}
    lengths = np.array(draw(st.lists(st.integers(1, steps), min_size=batch, max_size=batch)))
    autograd.seed(draw(st.integers(0, 100)))
    return kind, getattr(nn, kind)(features, hidden, **options).to(np.float64), lengths, (steps, batch, features)


@settings(deadline=None, max_examples=40)
@given(networks())
def test_a_batch_of_sequences_of_any_lengths_is_each_of_them_alone_through_a_loop_of_cells(network):
    kind, layer, lengths, shape = network
    x = np.random.default_rng(0).normal(size=shape)

    output, last = layer(pack_padded_sequence(x, lengths, enforce_sorted=False))
    padded, again = pad_packed_sequence(output)

    assert padded.shape == (lengths.max(), shape[1], layer.hidden_size * (1 + layer.bidirectional))
    np.testing.assert_array_equal(again, lengths)
    for i, length in enumerate(lengths):
        expected, states = by_cells(kind, layer, x[:length, i])
        np.testing.assert_allclose(padded.data[:length, i], expected, atol=1e-12)
        np.testing.assert_array_equal(padded.data[length:, i], 0)
        np.testing.assert_allclose(first_of(last).data[:, i], states, atol=1e-12)


@settings(deadline=None, max_examples=20)
@given(networks())
def test_full_lengths_equal_none(network):
    _, layer, lengths, shape = network
    x = np.random.default_rng(0).normal(size=shape)

    packed, last = layer(PackedSequence(x, np.full(len(lengths), shape[0])))
    output, same = layer(x)

    np.testing.assert_allclose(packed.data.data, output.data, atol=1e-15)
    np.testing.assert_allclose(first_of(last).data, first_of(same).data, atol=1e-15)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("order", [1, 2])
def test_what_lies_in_the_padding_never_matters_not_even_nan(kind, order):
    autograd.seed(0)
    layer = getattr(nn, kind)(2, 3, num_layers=2, bidirectional=True).to(np.float64)
    x = np.random.default_rng(0).normal(size=(4, 3, 2))
    lengths = np.array([2, 4, 1])

    def found(padding):
        inside = np.arange(4)[:, None] < lengths
        given = Tensor(np.where(inside[..., None], x, padding), requires_grad=True)
        output, last = layer(pack_padded_sequence(given, lengths, enforce_sorted=False))
        padded, _ = pad_packed_sequence(output)
        total = (padded**2).sum() + (first_of(last) ** 3).sum()
        leaves = [given, *layer.parameters()]
        gradients = autograd.gradients(total, leaves, create_graph=order == 2)
        if order == 2:
            gradients = autograd.gradients(sum((g * g).sum() for g in gradients), leaves)
        return [padded, first_of(last), *gradients]

    for clean, dirty in zip(found(0.0), found(np.nan)):
        np.testing.assert_array_equal(clean.data, dirty.data)
    assert not found(np.nan)[2].data[~(np.arange(4)[:, None] < lengths)].any()


@pytest.mark.parametrize("kind", KINDS)
def test_a_cotangent_in_the_padding_reaches_nothing(kind):
    autograd.seed(0)
    layer = getattr(nn, kind)(2, 3, bidirectional=True)
    output, _ = layer(PackedSequence(Tensor(ones(3, 2, 2), requires_grad=True), np.array([1, 1])))

    output.data[1:].sum().backward()

    assert all(not p.grad.data.any() for p in layer.parameters())


@pytest.mark.parametrize("kind", KINDS)
def test_the_reverse_direction_starts_at_each_sequences_own_end(kind):
    autograd.seed(0)
    layer = getattr(nn, kind)(1, 2, bidirectional=True)
    x = np.random.default_rng(0).normal(size=(4, 1, 1)).astype(np.float32)

    longer, _ = layer(PackedSequence(np.concatenate([x, x], 1), np.array([4, 2])))
    alone, _ = layer(x[:2])

    np.testing.assert_allclose(longer.data.data[:2, 1], alone.data[:, 0], rtol=1e-6)
    assert not np.allclose(longer.data.data[0, 0, 2:], longer.data.data[0, 1, 2:])


@pytest.mark.parametrize("lengths", [None, np.array([3, 7])], ids=["full", "lengths"])
@pytest.mark.parametrize("kind", KINDS)
def test_backward_in_many_blocks_of_steps_is_backward_in_one(kind, lengths, monkeypatch):
    autograd.seed(0)
    layer = getattr(nn, kind)(2, 3, bidirectional=True).to(np.float64)
    x = Tensor(np.random.default_rng(0).normal(size=(7, 2, 2)), requires_grad=True)

    def gradients():
        output, last = layer(x if lengths is None else PackedSequence(x, lengths))
        output = output if lengths is None else output.data
        return autograd.gradients((output**2).sum() + (first_of(last) ** 3).sum(), [x, *layer.parameters()])

    whole = gradients()
    for steps in (1, 2, 3):
        monkeypatch.setattr(recurrent, "BLOCK", steps * 2 * 3 * (1 if kind == "RNN" else 4))
        for a, b in zip(whole, gradients()):
            np.testing.assert_allclose(a.data, b.data, atol=1e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", KINDS)
def test_saturated_units_give_no_nan_and_no_warning(kind, dtype):
    autograd.seed(0)
    layer = getattr(nn, kind)(2, 4).to(dtype)
    x = Tensor(np.array([1e4, -1e4, 1e4, -1e4]).repeat(2).reshape(4, 1, 2).astype(dtype), requires_grad=True)

    output, _ = layer(x)
    output.sum().backward()

    assert np.isfinite(output.data).all()
    assert all(np.isfinite(leaf.grad.data).all() for leaf in (x, *layer.parameters()))
    second = autograd.gradients(autograd.gradients(layer(x)[0].sum(), x, create_graph=True).sum(), x, allow_unused=True)
    assert np.isfinite(second.data).all()


@pytest.mark.parametrize("kind", KINDS)
def test_small_states_keep_their_digits(kind):
    weights = np.ones(((1, 4, 3)[KINDS.index(kind)], 1), np.float32)
    zero = np.zeros((1, 1), np.float32)
    op = getattr(autograd, kind.lower())

    outputs, *_ = op(np.full((1, 1, 1), 1e-12, np.float32), *[zero] * (1 + (kind == "LSTM")), weights, weights)

    expected = {"RNN": 1.0, "LSTM": 0.25, "GRU": 0.5}[kind] * 1e-12
    np.testing.assert_allclose(outputs, [[[expected]]], rtol=1e-6)


@pytest.mark.parametrize("name", [*KINDS, "RNNCell", "LSTMCell", "GRUCell"])
def test_weights_start_uniform_within_one_over_the_root_of_the_hidden_size(name):
    autograd.seed(0)
    layer = getattr(nn, name)(80, 100)

    for parameter in layer.parameters():
        assert 0.09 < np.abs(parameter.data).max() <= 0.1
        assert abs(parameter.data.mean()) < 0.02


def test_parameters_have_pytorchs_names_in_pytorchs_order():
    names = [name for name, _ in nn.LSTM(2, 3, num_layers=2, bidirectional=True).named_parameters()]

    of_a_layer = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    assert names == [f"{n}_{layer}{way}" for layer in ("l0", "l1") for way in ("", "_reverse") for n in of_a_layer]
    assert [n for n, _ in nn.GRU(2, 3, bias=False).named_parameters()] == ["weight_ih_l0", "weight_hh_l0"]


# -- dropout between layers ----------------------------------------------------------------------------


def see_through(p, layers=2):
    """Layers of 500 units that pass on what they are given, after a first one that gives out 1."""
    model = nn.RNN(500, 500, layers, "relu", bias=False, dropout=p)
    for name, parameter in model.named_parameters():
        parameter.data = np.eye(500, dtype=np.float32) * ("weight_ih" in name)
    return model


def test_dropout_between_layers_drops_its_share_and_scales_the_rest():
    autograd.seed(0)
    values = see_through(0.3)(ones(4, 5, 500))[0].data

    assert set(np.unique(values)) <= {np.float32(0), np.float32(1) / np.float32(0.7)}
    assert abs((values == 0).mean() - 0.3) < 0.02
    assert abs(values.mean() - 1) < 0.03
    assert values.dtype == np.float32


def test_dropout_draws_anew_for_each_step_sequence_and_gap_between_layers():
    autograd.seed(0)
    values = see_through(0.5, layers=3)(ones(2, 2, 500))[0].data != 0

    assert abs(values.mean() - 0.25) < 0.03
    assert (values[0] != values[1]).any()
    assert (values[:, 0] != values[:, 1]).any()


def test_dropout_of_all_gives_zeros_and_of_none_or_in_eval_changes_nothing():
    assert not see_through(1.0)(ones(2, 1, 500))[0].data.any()
    assert (see_through(0.9).eval()(ones(2, 1, 500))[0].data == 1).all()
    assert (see_through(0.0)(ones(2, 1, 500))[0].data == 1).all()


def test_the_same_seed_drops_the_same():
    model = see_through(0.5)
    runs = []
    for _ in range(2):
        autograd.seed(1)
        runs.append(model(ones(2, 1, 500))[0].data)

    np.testing.assert_array_equal(*runs)


def test_dropout_with_one_layer_warns_that_it_does_nothing():
    with pytest.warns(UserWarning, match=r"dropout=0.5 acts between layers.*num_layers=1") as seen:
        nn.GRU(2, 3, dropout=0.5)
    with pytest.warns(UserWarning, match="RNN") as seen_of_rnn:
        nn.RNN(2, 3, dropout=0.5)

    assert [w.filename for w in (*seen, *seen_of_rnn)] == [__file__] * 2


# -- wrong input ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*KINDS, "RNNCell", "LSTMCell", "GRUCell"])
@pytest.mark.parametrize("sizes", [(0, 3), (2, 0), (2, -1)])
def test_sizes_are_at_least_one(name, sizes):
    with pytest.raises(ValueError, match=rf"{name}: (input|hidden)_size=.* is less than 1"):
        getattr(nn, name)(*sizes)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"num_layers": 0}, ValueError, "num_layers=0 is less than 1"),
        ({"num_layers": 2, "dropout": 1.5}, ValueError, "dropout=1.5 is not between 0 and 1"),
        ({"num_layers": 2, "dropout": -0.1}, ValueError, r"dropout=-0.1"),
        ({"num_layers": True}, TypeError, "num_layers=True is not an integer"),
        ({"num_layers": 1.0}, TypeError, "num_layers=1.0 is not an integer"),
        ({"dropout": "a"}, TypeError, "dropout='a' is not a real number"),
        ({"dropout": np.nan}, ValueError, "dropout=nan is not a number"),
        ({"bias": None}, TypeError, "bias=None is neither True nor False"),
        ({"batch_first": 1}, TypeError, "batch_first=1 is neither True nor False"),
        ({"bidirectional": "both"}, TypeError, "bidirectional='both' is neither True nor False"),
    ],
)
def test_wrong_options_are_errors_at_construction(kind, options, error, match):
    with pytest.raises(error, match=f"{kind}: .*{match}"):
        getattr(nn, kind)(2, 3, **options)


@pytest.mark.parametrize("name", ["RNN", "RNNCell"])
def test_an_unknown_nonlinearity_is_an_error(name):
    with pytest.raises(ValueError, match=rf"{name}: nonlinearity='gelu' is not one of 'tanh', 'relu'"):
        getattr(nn, name)(2, 3, nonlinearity="gelu")


@pytest.mark.parametrize("name", [*KINDS, "RNNCell", "LSTMCell", "GRUCell"])
def test_sizes_are_integers(name):
    layer = getattr(nn, name)

    with pytest.raises(TypeError, match=f"{name}: input_size='2' is not an integer"):
        layer("2", 3)
    with pytest.raises(TypeError, match=f"{name}: hidden_size=None is not an integer"):
        layer(2, None)
    with pytest.raises(TypeError, match=f"{name}: bias='no' is neither True nor False"):
        layer(2, 3, bias="no")


def test_projections_are_refused_by_name():
    with pytest.raises(TypeError, match="LSTM: proj_size='a' is not an integer"):
        nn.LSTM(2, 3, proj_size="a")
    with pytest.raises(UnsupportedError, match=r"proj_size=2.*not supported.*Linear"):
        nn.LSTM(2, 3, proj_size=2)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("x", "error", "match"),
    [
        (ones(4, 2, 3), ShapeError, r"\(4, 2, 3\) does.*input_size is 3"),
        (ones(2), ShapeError, r"\(2,\) does.*\(T, N, input_size=2\) or \(T, input_size=2\)"),
        (ones(1, 1, 1, 2), ShapeError, r"\(1, 1, 1, 2\) does not fit"),
        (ones(0, 3, 2), ShapeError, r"\(0, 3, 2\) has no step"),
        (ones(0, 2), ShapeError, "has no step"),
        (np.ones((4, 1, 2), int), DtypeError, "is int64; it takes floats"),
        ([[1.0, 2.0]], DtypeError, "is a list; it takes a Tensor or array of floats"),
        (
            PackedSequence(ones(3, 2), np.array([1, 1, 1])),
            ShapeError,
            r"\(3, 2\) does not fit input \(T, N, input_size",
        ),
        (PackedSequence(ones(3, 2, 4), np.array([3, 1])), ShapeError, "input_size=2.*input_size is 4"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_input_that_does_not_fit_is_an_error(kind, x, error, match):
    with pytest.raises(error, match=f"{kind}: input .*{match}"):
        getattr(nn, kind)(2, 3)(x)


def test_batch_first_is_said_in_the_error():
    with pytest.raises(ShapeError, match=r"\(N, T, input_size=2\) or"):
        nn.GRU(2, 3, batch_first=True)(ones(2))


@pytest.mark.parametrize("x", [ones(4, 2, 2), ones(4, 2)], ids=["batch", "alone"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_state_of_another_shape_is_an_error(kind, x):
    layer = getattr(nn, kind)(2, 3, num_layers=2)
    expected = (2, 3) if x.ndim == 2 else (2, 2, 3)
    wrong = ones(*expected[:-1], 4)

    with pytest.raises(ShapeError, match=rf"{kind}: h_0 has shape .*4\).*it takes \({', '.join(map(str, expected))}\)"):
        layer(x, (wrong, wrong) if kind == "LSTM" else wrong)
    with pytest.raises(ShapeError, match="h_0"):
        layer(x, (ones(2, 1, 3),) * 2 if kind == "LSTM" else ones(2, 1, 3))


def test_the_state_of_an_lstm_is_a_pair_and_that_of_the_others_is_not():
    with pytest.raises(TypeError, match=r"LSTM: hx is ndarray; it takes a tuple \(h_0, c_0\)"):
        nn.LSTM(2, 3)(ones(4, 1, 2), ones(1, 1, 3))
    with pytest.raises(ShapeError, match="LSTM: c_0"):
        nn.LSTM(2, 3)(ones(4, 1, 2), (ones(1, 1, 3), ones(1, 2, 3)))
    with pytest.raises(TypeError, match="GRU: hx is tuple; it takes one Tensor, h_0"):
        nn.GRU(2, 3)(ones(4, 1, 2), (ones(1, 1, 3), ones(1, 1, 3)))
    with pytest.raises(TypeError, match="LSTMCell: hx is ndarray"):
        nn.LSTMCell(2, 3)(ones(1, 2), ones(1, 3))


@pytest.mark.parametrize("name", ["RNNCell", "LSTMCell", "GRUCell"])
def test_wrong_input_of_cells_is_an_error(name):
    cell = getattr(nn, name)(2, 3)
    wrong = ones(4, 4)
    with pytest.raises(ShapeError, match=rf"{name}: input \(4, 3\) .*input_size is 3"):
        cell(ones(4, 3))
    with pytest.raises(ShapeError, match=rf"{name}: input \(1, 4, 2\) .*or \(input_size=2\)"):
        cell(ones(1, 4, 2))
    with pytest.raises(ShapeError, match=rf"{name}: h_0 has shape \(4, 4\); for this input it takes \(4, 3\)"):
        cell(ones(4, 2), (wrong, wrong) if name == "LSTMCell" else wrong)
    with pytest.raises(DtypeError, match=f"{name}: input is int64"):
        cell(np.ones((4, 2), int))


W = ones(3, 2), ones(3, 3)


@pytest.mark.parametrize(
    ("args", "options", "error", "match"),
    [
        ((ones(4, 2), ones(2, 3), *W), {}, ShapeError, r"rnn: x has shape \(4, 2\); it takes \(T, N, F\)"),
        ((ones(0, 2, 2), ones(2, 3), *W), {}, ShapeError, "at least one step"),
        ((ones(4, 2, 5), ones(2, 3), *W), {}, ShapeError, r"w_ih has shape \(3, 2\).*it takes \(3, 5\)"),
        ((ones(4, 2, 2), ones(1, 3), *W), {}, ShapeError, r"h0 has shape \(1, 3\).*it takes \(2, 3\)"),
        ((ones(4, 2, 2), ones(2, 3), ones(3, 2), ones(3)), {}, ShapeError, "w_ih|w_hh"),
        ((ones(4, 2, 2), ones(2, 3), *W, ones(1)), {}, ShapeError, r"b_ih has shape \(1,\).*it takes \(3,\)"),
        ((ones(4, 2, 2), ones(2, 3), *W), {"lengths": [1]}, ShapeError, r"lengths of shape \(1,\); a batch of 2"),
        ((ones(4, 2, 2), ones(2, 3), *W), {"lengths": [0, 4]}, ValueError, r"lengths in \[0, 4\]; x has 1 to 4 steps"),
        ((ones(4, 2, 2), ones(2, 3), *W), {"lengths": [1, 5]}, ValueError, r"lengths in \[1, 5\]"),
        ((ones(4, 2, 2), ones(2, 3), *W), {"lengths": [1.0, 2.0]}, DtypeError, "lengths of dtype float64"),
        ((ones(4, 2, 2), ones(2, 3), *W), {"nonlinearity": "sin"}, ValueError, "nonlinearity='sin'"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_the_ops_check_what_they_are_given(args, options, error, match):
    with pytest.raises(error, match=match):
        autograd.rnn(*args, **options)
    with pytest.raises(error, match=match):
        autograd.rnn(*(Tensor(a, requires_grad=True) for a in args), **options)


# -- sequences of different lengths --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lengths", "error", "match"),
    [
        ([3, 0], ValueError, r"\[3, 0\] are not all in \[1, 4\]"),
        ([5, 1], ValueError, r"\[5, 1\] are not all in \[1, 4\]"),
        ([1, 3], ValueError, "increase; sort the batch.*enforce_sorted=False"),
        ([3], ShapeError, r"lengths \(1,\) for a batch of 2"),
        ([3.0, 1.0], DtypeError, "dtype float64"),
    ],
    ids=str,
)
def test_wrong_lengths_are_errors(lengths, error, match):
    with pytest.raises(error, match=f"pack_padded_sequence: .*{match}"):
        pack_padded_sequence(ones(4, 2, 3), lengths)


def test_packing_needs_time_and_batch():
    with pytest.raises(ShapeError, match=r"\(4,\) does not fit input \(T, N, ...\)"):
        pack_padded_sequence(ones(4), [4])


def test_a_total_length_below_the_longest_is_an_error():
    with pytest.raises(ValueError, match="total_length=2 is less than the longest sequence, 3"):
        pad_packed_sequence(pack_padded_sequence(ones(4, 2, 3), [3, 1]), total_length=2)


def test_packing_and_padding_again_gives_the_batch_back_with_its_padding_replaced():
    x = Tensor(np.arange(12.0).reshape(2, 3, 2), requires_grad=True)

    packed = pack_padded_sequence(x, Tensor(np.array([3, 1])), batch_first=True)
    back, lengths = pad_packed_sequence(packed, batch_first=True, padding_value=-1.0, total_length=4)
    back.sum().backward()

    np.testing.assert_array_equal(lengths, [3, 1])
    np.testing.assert_array_equal(back.data[0, :3], x.data[0])
    np.testing.assert_array_equal(back.data[1, :1], x.data[1, :1])
    assert (back.data[1, 1:] == -1).all()
    assert (back.data[:, 3] == -1).all()
    np.testing.assert_array_equal(x.grad[:, :, 0], [[1, 1, 1], [1, 0, 0]])


def test_the_lengths_of_a_packed_sequence_are_its_own():
    lengths = np.array([2, 1])
    packed = pack_padded_sequence(ones(2, 2, 1), lengths)
    lengths[:] = 1

    np.testing.assert_array_equal(packed.lengths, [2, 1])


def test_pad_sequence_pads_either_side_and_passes_gradients():
    a, b = Tensor(ones(3, 2), requires_grad=True), Tensor(2 * ones(1, 2), requires_grad=True)

    right, left = pad_sequence([a, b], padding_value=9.0), pad_sequence([a, b], True, padding_side="left")
    (right * np.arange(12.0).reshape(3, 2, 2)).sum().backward()

    np.testing.assert_array_equal(right.data[:, 1], [[2, 2], [9, 9], [9, 9]])
    np.testing.assert_array_equal(left.data[1], [[0, 0], [0, 0], [2, 2]])
    np.testing.assert_array_equal(b.grad, [[2, 3]])
    np.testing.assert_array_equal(a.grad, [[0, 1], [4, 5], [8, 9]])


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: pad_sequence(3), TypeError, "pad_sequence: sequences is int; it takes a list"),
        (lambda: pad_sequence([ones(2)], "a"), TypeError, "pad_sequence: batch_first='a' is neither True nor False"),
        (lambda: pad_sequence([ones(2)], padding_side=None), TypeError, "pad_sequence: padding_side=None is not one"),
        (lambda: pack_padded_sequence(ones(2, 1), [2], 0), TypeError, "batch_first=0 is neither True nor False"),
        (lambda: pack_padded_sequence(ones(2, 1), [2], False, "a"), TypeError, "enforce_sorted='a' is neither True"),
        (lambda: pad_packed_sequence(ones(2, 1)), TypeError, "sequence is ndarray; it takes a PackedSequence"),
        (
            lambda: pad_packed_sequence(pack_padded_sequence(ones(2, 1), [2]), total_length=2.5),
            TypeError,
            "pad_packed_sequence: total_length=2.5 is not an integer",
        ),
    ],
)
def test_wrong_arguments_of_padding_are_errors_that_name_them(call, error, text):
    with pytest.raises(error, match=text):
        call()


def test_pad_sequence_refuses_what_it_cannot_pad():
    with pytest.raises(ValueError, match="no sequences"):
        pad_sequence([])
    with pytest.raises(ShapeError, match=r"\(2, 3\).*\(2, 4\).*differ in more than the first axis"):
        pad_sequence([ones(2, 3), ones(2, 4)])
    with pytest.raises(ValueError, match="padding_side='top'"):
        pad_sequence([ones(2)], padding_side="top")


# -- the rest ------------------------------------------------------------------------------------------


def test_a_layer_serves_plain_arrays_without_recording():
    with autograd.no_grad():
        output, h_n = nn.GRU(2, 3)(ones(4, 1, 2))

    assert not output.requires_grad
    assert not h_n.requires_grad


def test_gradients_do_not_depend_on_a_second_backward_in_between():
    x = Tensor(ones(3, 2, 2), requires_grad=True)
    output, _ = nn.LSTM(2, 3)(x)
    first = autograd.gradients(output.sum(), x, retain_graph=True)

    np.testing.assert_array_equal(first, autograd.gradients(output.sum(), x))


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (
            nn.RNN(2, 3, 2, "relu", bidirectional=True),
            "RNN(2, 3, num_layers=2, nonlinearity='relu', bidirectional=True)",
        ),
        (nn.LSTM(2, 3, bias=False, batch_first=True), "LSTM(2, 3, bias=False, batch_first=True)"),
        (nn.GRU(2, 3, 2, dropout=0.1), "GRU(2, 3, num_layers=2, dropout=0.1)"),
        (nn.RNNCell(2, 3, False, "relu"), "RNNCell(2, 3, bias=False, nonlinearity='relu')"),
    ],
)
def test_repr_shows_the_sizes_and_what_differs_from_the_default(layer, text):
    assert repr(layer) == text
