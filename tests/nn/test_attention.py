import copy
import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd
import nn
import nn.functional as F
from autograd import DtypeError, ShapeError, Tensor
from autograd.testing import gradcheck

rng = np.random.default_rng(0)


def naive(q, k, v, mask, scale):
    """The formula, one query and key at a time; -inf in `mask` hides a key."""
    y = np.zeros((*q.shape[:-1], v.shape[-1]))
    for i in np.ndindex(q.shape[:-1]):
        batch, query = i[:-1], i[-1]
        keys = range(k.shape[-2])
        scores = [scale * float(q[i] @ k[(*batch, j)]) + mask[(*batch, query, j)] for j in keys]
        top = max([s for s in scores if s > -math.inf], default=0.0)
        e = [math.exp(s - top) for s in scores]
        for j in keys:
            if sum(e):
                y[i] += e[j] / sum(e) * v[(*batch, j)]
    return y


@st.composite
def problems(draw):
    size = st.integers(1, 5)
    batch = tuple(draw(st.lists(st.integers(1, 3), max_size=2)))
    queries, keys, features, width = draw(size), draw(size), draw(size), draw(size)
    r = np.random.default_rng(draw(st.integers(0, 999)))
    q, k, v = (r.standard_normal((*batch, n, d)) for n, d in ((queries, features), (keys, features), (keys, width)))
    kind = draw(st.sampled_from(["none", "bool", "float"]))
    shape = draw(st.sampled_from([(queries, keys), (1, keys), (*batch, queries, keys)]))
    mask = {"none": None, "bool": r.random(shape) < 0.6, "float": r.standard_normal(shape)}[kind]
    return q, k, v, mask, draw(st.sampled_from([None, 0.3, 400.0])), draw(st.booleans())


@given(problems())
def test_it_is_the_formula_for_any_shape_mask_and_scale(problem):
    q, k, v, mask, scale, is_causal = problem
    scores = (*q.shape[:-1], k.shape[-2])
    added = np.zeros(scores)
    if mask is not None:
        added = added + (np.where(mask, 0.0, -np.inf) if mask.dtype == bool else mask)
    if is_causal:
        added = np.where(np.tri(*scores[-2:], dtype=bool), added, -np.inf)
    expected = naive(q, k, v, added, q.shape[-1] ** -0.5 if scale is None else scale)

    np.testing.assert_allclose(autograd.attention(q, k, v, mask, scale, is_causal), expected, atol=1e-12)
    weights = autograd.attention_weights(q, k, mask, scale, is_causal)
    np.testing.assert_allclose(weights @ v, expected, atol=1e-12)


@given(problems(), st.randoms(use_true_random=False))
def test_the_order_of_the_keys_does_not_matter(problem, random):
    q, k, v, _, scale, _ = problem
    order = list(range(k.shape[-2]))
    random.shuffle(order)

    permuted = autograd.attention(q, k[..., order, :], v[..., order, :], None, scale)

    np.testing.assert_allclose(permuted, autograd.attention(q, k, v, None, scale), atol=1e-12)


def test_heads_are_equivariant_to_a_permutation_of_the_sequence():
    layer = nn.MultiheadAttention(6, 3).to(np.float64)
    x, order = rng.standard_normal((5, 2, 6)), [3, 0, 4, 2, 1]
    mixed = x[order]

    expected = layer(x, x, x)[0].data[order]

    np.testing.assert_allclose(layer(mixed, mixed, mixed)[0].data, expected, atol=1e-12)


def future_gradients(run, length=4):
    """The largest gradient of each output position with respect to each input position."""
    x = Tensor(rng.standard_normal((length, 1, 4)), requires_grad=True)
    y = run(x)
    sums = [autograd.sum(y[i] * np.arange(4.0)) for i in range(length)]  # a plain one is constant after a norm
    g = [autograd.gradients(s, [x], retain_graph=True)[0].data for s in sums]
    return np.abs(np.array(g)).max(axis=(2, 3))


HIDDEN = {
    "is_causal": {"is_causal": True},
    "bool": {"attn_mask": ~np.tri(4, dtype=bool)},
    "float": {"attn_mask": np.triu(np.full((4, 4), -np.inf), 1)},
}


@pytest.mark.parametrize("need_weights", [True, False])
@pytest.mark.parametrize("extra", [False, True])
@pytest.mark.parametrize("mask", HIDDEN)
def test_the_future_has_no_influence_when_it_is_masked(mask, extra, need_weights):
    layer = nn.MultiheadAttention(4, 2, add_bias_kv=extra, add_zero_attn=extra).to(np.float64)

    found = future_gradients(lambda x: layer(x, x, x, need_weights=need_weights, **HIDDEN[mask])[0])

    assert (np.triu(found, 1) == 0).all()
    assert (found[np.tri(4, dtype=bool)] > 0).all()


def test_a_decoder_does_not_look_ahead():
    layer = nn.TransformerDecoderLayer(4, 2, 8).to(np.float64).eval()
    memory = rng.standard_normal((3, 1, 4))

    found = future_gradients(lambda x: layer(x, memory, tgt_is_causal=True))

    assert (np.triu(found, 1) == 0).all()


@pytest.mark.parametrize("mask", [np.array([True, False, True]), np.array([0.0, -np.inf, 0.0])], ids=["bool", "float"])
def test_masked_keys_get_no_weight_and_no_gradient(mask):
    q, k, v = (Tensor(rng.standard_normal((2, 3, 4)), requires_grad=True) for _ in range(3))

    assert (autograd.attention_weights(q, k, mask).data[..., 1] == 0).all()
    for g in autograd.gradients(autograd.sum(autograd.attention(q, k, v, mask) ** 2), [k, v]):
        assert (g.data[:, 1] == 0).all()
        assert (g.data[:, 0] != 0).all()


def test_a_boolean_mask_hides_a_key_that_is_not_a_number():
    q, k, v = (rng.standard_normal((3, 4)) for _ in range(3))
    poisoned = k.copy()
    poisoned[1] = np.nan
    mask = np.array([True, False, True])

    np.testing.assert_allclose(autograd.attention(q, poisoned, v, mask), autograd.attention(q, k, v, mask))


def all_masked():
    return {
        "bool": np.array([[False, False], [True, False]]),
        "float": np.array([[-np.inf, -np.inf], [0.0, -np.inf]]),
    }


@pytest.mark.parametrize("kind", all_masked())
def test_a_query_with_all_keys_masked_gives_zeros_and_no_gradient(kind):
    x = Tensor(rng.standard_normal((2, 3)), requires_grad=True)
    mask = all_masked()[kind]

    y = autograd.attention(x, x.detach(), x.detach(), mask)
    (g,) = autograd.gradients(autograd.sum(y), [x], create_graph=True)

    assert (y.data[0] == 0).all()
    assert np.isfinite(y.data).all()
    assert (g.data == 0).all()  # the second query has one key, whatever it asks
    second = autograd.gradients(autograd.sum(g * g), [x], allow_unused=True)[0]
    assert second is None or (second.data == 0).all()


@pytest.mark.parametrize("need_weights", [True, False])
def test_a_batch_of_only_padding_gives_the_bias_of_the_output_and_no_weights(need_weights):
    layer = nn.MultiheadAttention(4, 2)
    layer.out_proj.bias = nn.Parameter(np.arange(4, dtype=np.float32))
    x = autograd.ones((3, 1, 4))

    y, weights = layer(x, x, x, np.ones((1, 3), bool), need_weights)

    np.testing.assert_array_equal(y.data, np.broadcast_to(np.arange(4.0), (3, 1, 4)))
    assert weights is None or (weights.data == 0).all()


@pytest.mark.parametrize("size", [1e4, -1e4])
def test_large_scores_do_not_overflow(size):
    q, k = np.array([[size]], np.float32), np.array([[1.0], [2.0]], np.float32)

    weights = autograd.attention_weights(q, k)

    np.testing.assert_array_equal(weights, [[0.0, 1.0]] if size > 0 else [[1.0, 0.0]])


def test_a_large_float_mask_does_not_overflow():
    x = np.ones((1, 1), np.float32)

    np.testing.assert_array_equal(autograd.attention_weights(x, x[[0, 0]], np.array([0.0, 1e4])), [[0.0, 1.0]])


def test_no_keys_at_all_give_zeros():
    y = autograd.attention(np.ones((2, 3)), np.ones((0, 3)), np.ones((0, 4)))

    np.testing.assert_array_equal(y, np.zeros((2, 4)))


def test_an_empty_batch_passes_through():
    layer = nn.MultiheadAttention(4, 2)
    x = autograd.zeros((3, 0, 4))

    y, weights = layer(x, x, x)

    assert y.shape == (3, 0, 4)
    assert weights.shape == (0, 3, 3)


# dropout


def test_dropout_drops_that_share_of_the_weights_and_keeps_their_mean():
    autograd.seed(0)
    n = 300
    q, k, v = np.zeros((n, 1)), np.zeros((n, 1)), np.eye(n)  # the output is the weights, each 1 / n

    weights = autograd.attention(q, k, v, dropout=0.3)

    kept = weights[weights > 0]
    np.testing.assert_allclose(kept, 1 / n / 0.7)
    assert abs(len(kept) / n**2 - 0.7) < 5 * (0.3 * 0.7 / n**2) ** 0.5


@pytest.mark.parametrize("name", ["attention", "self_attention"])
@pytest.mark.parametrize("mask", [None, np.linspace(-1, 1, 9).reshape(3, 3)])
def test_gradients_pass_through_the_same_dropout(name, mask):
    def run(qkv, *masks):
        autograd.seed(1)
        args = (qkv,) if name == "self_attention" else (qkv[0], qkv[1], qkv[2])
        return getattr(autograd, name)(*args, *masks, dropout=0.4)

    masks = [] if mask is None else [mask]
    assert gradcheck(run, [rng.standard_normal((3, 2, 3, 4)), *masks], order=2)


@pytest.mark.parametrize("options", [{}, {"is_causal": True}, {"scale": 0.3}, {"dropout": 0.4}], ids=str)
@pytest.mark.parametrize("name", ["attention", "self_attention"])
@pytest.mark.parametrize("mask", [None, np.eye(3) > 0, np.linspace(-1, 1, 9).reshape(3, 3)], ids=["", "bool", "float"])
def test_a_gradient_is_the_same_whether_it_is_recorded_or_not(name, mask, options):
    qkv = rng.standard_normal((3, 2, 3, 4))
    g = rng.standard_normal((2, 3, 4))
    found = []
    for create_graph in (False, True):
        autograd.seed(1)
        leaves = [Tensor(a, requires_grad=True) for a in ([qkv] if name == "self_attention" else qkv)]
        masks = [] if mask is None else [Tensor(mask, requires_grad=mask.dtype == float)]
        y = getattr(autograd, name)(*leaves, *masks, **options)
        leaves += [m for m in masks if m.requires_grad]
        found.append(autograd.gradients(y, leaves, g, create_graph=create_graph))

    for a, b in zip(*found):
        np.testing.assert_allclose(a.data, b.data, atol=1e-13)


@pytest.mark.parametrize("need_weights", [True, False])
def test_heads_drop_weights_in_training_only(need_weights):
    layer = nn.MultiheadAttention(4, 2, dropout=0.5)
    x = autograd.ones((5, 2, 4))

    def run():
        return layer(x, x, x, need_weights=need_weights)[0].data

    assert not np.array_equal(run(), run())
    layer.eval()
    np.testing.assert_array_equal(run(), run())


def test_dropout_of_everything_leaves_nothing():
    x = np.ones((2, 3))

    assert (F.scaled_dot_product_attention(x, x, x, dropout_p=1.0) == 0).all()


# the packed form, and what is kept


def test_heads_give_the_same_whether_the_three_inputs_are_one_or_only_equal():
    layer = nn.MultiheadAttention(6, 2, batch_first=True).to(np.float64)
    x = Tensor(rng.standard_normal((2, 5, 6)), requires_grad=True)
    weight = layer.in_proj_weight
    found = []
    for key in (x, x + 0.0):
        y, _ = layer(x, key, key, need_weights=False, is_causal=True)
        found.append([y, *autograd.gradients(autograd.sum(y * y), [x, weight])])

    for a, b in zip(*found):
        np.testing.assert_allclose(a.data, b.data, atol=1e-12)


@pytest.mark.parametrize("need_weights", [True, False])
def test_values_may_differ_from_queries_and_keys_that_are_one(need_weights):
    layer = nn.MultiheadAttention(6, 2).to(np.float64)
    x, value = rng.standard_normal((2, 4, 3, 6))

    y = layer(x, x, value, need_weights=need_weights)[0]

    np.testing.assert_allclose(y.data, layer(x, x.copy(), value)[0].data, atol=1e-13)
    assert not np.allclose(y.data, layer(x, x, x)[0].data)


def test_a_boolean_mask_and_a_float_one_apply_together():
    layer = nn.MultiheadAttention(4, 1).to(np.float64)
    x, added = rng.standard_normal((3, 1, 4)), rng.standard_normal((3, 3))
    late = np.array([[False, True, False]])
    hidden = np.where(late, -np.inf, added)

    expected = layer(x, x, x, attn_mask=hidden)[1].data

    np.testing.assert_array_equal(layer(x, x, x, late, attn_mask=added)[1].data, expected)
    np.testing.assert_array_equal(
        layer(x, x, x, added[:1], attn_mask=np.repeat(late, 3, 0))[1].data,
        layer(x, x, x, attn_mask=np.where(late, -np.inf, added[:1]).repeat(3, 0))[1].data,
    )


def test_weights_are_the_same_path_as_the_output_alone():
    layer = nn.MultiheadAttention(6, 2).to(np.float64)
    x = rng.standard_normal((4, 3, 6))

    np.testing.assert_allclose(layer(x, x, x)[0].data, layer(x, x, x, need_weights=False)[0].data, atol=1e-13)


def test_is_causal_and_a_mask_apply_together():
    layer = nn.MultiheadAttention(4, 2)
    x = autograd.rand(3, 1, 4)
    late = np.array([[False, True, False]])

    _, weights = layer(x, x, x, late, is_causal=True)

    np.testing.assert_array_equal(weights.data[0] > 0, [[1, 0, 0], [1, 0, 0], [1, 0, 1]])


def test_the_mask_of_the_function_and_of_the_layer_mean_the_opposite():
    x = rng.standard_normal((1, 3, 4))
    layer = nn.MultiheadAttention(4, 1, bias=False, batch_first=True).to(np.float64)
    eye = np.eye(4)
    layer.in_proj_weight.data = np.concatenate([eye, eye, eye])
    layer.out_proj.weight.data = eye
    hidden = np.array([[False, True, True], [False, False, True], [True, False, False]])

    expected = F.scaled_dot_product_attention(x, x, x, attn_mask=~hidden)

    np.testing.assert_allclose(layer(x, x, x, attn_mask=hidden)[0].data, expected, atol=1e-13)


def test_float32_stays_float32():
    layer = nn.MultiheadAttention(4, 2)
    x = autograd.ones((3, 2, 4))

    y, weights = layer(x, x, x, attn_mask=np.zeros((3, 3)))

    assert (y.dtype, weights.dtype) == (np.float32, np.float32)


def test_weights_start_as_in_pytorch():
    autograd.seed(0)
    layer = nn.MultiheadAttention(64, 4, kdim=32)
    together = nn.MultiheadAttention(64, 4, add_bias_kv=True)

    for weight, fans in [(layer.q_proj_weight, 128), (layer.k_proj_weight, 96), (together.in_proj_weight, 256)]:
        bound = (6 / fans) ** 0.5
        assert 0.98 * bound < np.abs(weight.data).max() <= bound
    assert np.abs(layer.out_proj.weight.data).max() <= 1 / 8
    assert not layer.in_proj_bias.data.any()
    assert not layer.out_proj.bias.data.any()
    assert together.bias_k.data.std() > 0
    assert layer.in_proj_weight is together.q_proj_weight is None


# wrong input

x23, x234 = np.ones((2, 3)), np.ones((2, 3, 4), np.float32)
attend = nn.MultiheadAttention(4, 2)
wide = nn.MultiheadAttention(4, 2, kdim=3, vdim=5)
early = nn.MultiheadAttention(4, 2, batch_first=True)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: autograd.attention(np.ones(3), x23, x23), ShapeError, r"at least two axes"),
        (lambda: autograd.attention(np.ones((2, 4)), x23, x23), ShapeError, r"features.*q \(2, 4\), k \(2, 3\)"),
        (lambda: autograd.attention(x23, x23, np.ones((4, 3))), ShapeError, r"one value.*v \(4, 3\)"),
        (lambda: autograd.attention(x234, x234[[0, 1, 1]], x234[[0, 1, 1]]), ShapeError, r"batch.*do not broadcast"),
        (lambda: autograd.attention(x23, x23, x23, np.ones((3, 2), bool)), ShapeError, r"mask \(3, 2\).*\(2, 2\)"),
        (lambda: autograd.attention(x23, x23, x23, np.ones((1, 2, 2))), ShapeError, r"mask \(1, 2, 2\).*\(2, 2\)"),
        (lambda: autograd.attention(x23, x23, x23, np.ones((2, 2), int)), DtypeError, r"mask.*int64.*mask != 0"),
        (lambda: autograd.attention(x23.astype(int), x23, x23), DtypeError, r"q is int64"),
        (lambda: autograd.attention(x23, x23, x23, dropout=1.5), ValueError, r"dropout=1.5"),
        (lambda: autograd.attention_weights(x23, np.ones((2, 4))), ShapeError, r"attention_weights.*features"),
        (lambda: autograd.self_attention(x234), ShapeError, r"\(2, 3, 4\) is not stacked"),
        (lambda: autograd.self_attention(np.ones((3, 2, 2)), np.ones(3)), ShapeError, r"mask \(3,\)"),
        (lambda: autograd.self_attention(np.ones((3, 2, 2), int)), DtypeError, r"qkv is int64"),
        (lambda: F.scaled_dot_product_attention(x23, x23, x23, np.ones((2, 2)), 0.0, True), ValueError, "exclude"),
        (lambda: F.scaled_dot_product_attention(x23, x23, x23, dropout_p=-1), ValueError, "dropout_p=-1"),
        (lambda: nn.MultiheadAttention(5, 2), ValueError, "num_heads=2 does not divide embed_dim=5"),
        (lambda: nn.MultiheadAttention(4, 0), ValueError, "MultiheadAttention: num_heads=0 is less than 1"),
        (lambda: nn.MultiheadAttention(-4, 2), ValueError, "embed_dim=-4 is less than 1"),
        (lambda: nn.MultiheadAttention(4, 2, kdim=0), ValueError, "MultiheadAttention: kdim=0 is less than 1"),
        (lambda: nn.MultiheadAttention("4", 2), TypeError, "MultiheadAttention: embed_dim='4' is not an integer"),
        (lambda: nn.MultiheadAttention(4, True), TypeError, "MultiheadAttention: num_heads=True is not an integer"),
        (lambda: nn.MultiheadAttention(4, 2, vdim=2.5), TypeError, "vdim=2.5 is not an integer"),
        (lambda: nn.MultiheadAttention(4, 2, dropout=None), TypeError, "dropout=None is not a real number"),
        (lambda: nn.MultiheadAttention(4, 2, bias=2), TypeError, "MultiheadAttention: bias=2 is neither True nor"),
        (lambda: nn.MultiheadAttention(4, 2, add_bias_kv="a"), TypeError, "add_bias_kv='a' is neither True nor"),
        (lambda: nn.MultiheadAttention(4, 2, add_zero_attn=0), TypeError, "add_zero_attn=0 is neither True nor"),
        (lambda: nn.MultiheadAttention(4, 2, batch_first=None), TypeError, "batch_first=None is neither True nor"),
        (lambda: F.scaled_dot_product_attention(x23, x23, x23, dropout_p="a"), TypeError, "dropout_p='a' is not"),
        (lambda: F.scaled_dot_product_attention(x23, x23, x23, scale="a"), TypeError, "scale='a' is not a real"),
        (lambda: nn.MultiheadAttention(4, 2, dropout=2.0), ValueError, "dropout=2.0"),
        (lambda: attend(x23, x234, x234), ShapeError, r"embed_dim is 3 in query"),
        (lambda: attend(np.ones(4), np.ones(4), np.ones(4)), ShapeError, "query has 1 axis"),
        (lambda: attend(x23, x23, x23), ShapeError, r"embed_dim is 3 in query"),
        (lambda: wide(x234, x234[..., :3], x234), ShapeError, r"kdim=3\).*vdim is 4 in value"),
        (lambda: attend(x234, x234[:, :2], x234[:, :2]), ShapeError, r"N is 3 in query, 2 in key.*see batch_first"),
        (lambda: early(x234, x234[:1], x234[:1]), ShapeError, r"query \(N, L, .*N is 2 in query, 1"),
        (lambda: attend(x234, x234, x234[:1]), ShapeError, "S is 2 in key, 1 in value"),
        (lambda: attend(x234, x234, x234, np.ones((2, 3), bool)), ShapeError, r"key_padding_mask \(N=3, S=2\)"),
        (lambda: attend(x234, x234, x234, np.ones((3, 2), int)), DtypeError, r"key_padding_mask.*int64"),
        (
            lambda: attend(x234, x234, x234, attn_mask=np.ones((2, 3), bool)),
            ShapeError,
            r"\(rows=6, L=2, S=2\) or",
        ),
        (lambda: attend(x234, x234, x234, attn_mask=[[True]]), DtypeError, "attn_mask.*list"),
    ],
)
def test_wrong_input_is_an_error_that_says_what_fits(call, error, text):
    with pytest.raises(error, match=text):
        call()


def test_a_layer_can_be_copied_with_its_weights():
    layer = nn.MultiheadAttention(4, 2, batch_first=True)
    other = copy.deepcopy(layer)

    assert repr(layer).startswith("MultiheadAttention(4, 2, batch_first=True  # 80 parameters")
    np.testing.assert_array_equal(other(x234, x234, x234)[0].data, layer(x234, x234, x234)[0].data)
    assert other.in_proj_weight is not layer.in_proj_weight
