import numpy as np
import pytest

import autograd
import nn
from autograd import ShapeError

x = np.random.default_rng(0).standard_normal((5, 3, 8)).astype(np.float32)
layer = nn.TransformerEncoderLayer(8, 2, 16)
both = nn.Transformer(8, 2, 1, 1, 16)


def test_a_stack_starts_with_equal_layers_that_are_trained_apart():
    stack = nn.TransformerEncoder(layer, 3)

    first, second = (dict(part.named_parameters()) for part in list(stack.layers)[:2])

    assert len(list(stack.parameters())) == 3 * len(first)
    for name in first:
        np.testing.assert_array_equal(first[name].data, second[name].data)
        assert first[name] is not second[name]
        assert first[name] is not dict(layer.named_parameters())[name]


def test_parameters_have_pytorchs_names():
    names = {name for name, _ in both.named_parameters()}

    for part in ("self_attn.in_proj_weight", "self_attn.out_proj.bias", "linear1.weight", "norm1.bias"):
        assert {f"encoder.layers.0.{part}", f"decoder.layers.0.{part}"} <= names
    assert {"decoder.layers.0.multihead_attn.in_proj_bias", "decoder.layers.0.norm3.weight"} <= names
    assert {"encoder.norm.weight", "decoder.norm.bias"} <= names


def test_all_matrices_of_a_transformer_start_uniform_by_their_sizes():
    autograd.seed(0)
    model = nn.Transformer(32, 2, 1, 1, 64)

    for name, p in model.named_parameters():
        if p.ndim > 1:
            bound = (6 / sum(p.shape)) ** 0.5
            assert 0.95 * bound < np.abs(p.data).max() <= bound, name


def test_the_defaults_are_pytorchs():
    model = nn.TransformerEncoderLayer(8, 2)

    assert model.linear1.weight.shape == (2048, 8)
    assert [model.dropout.p, model.dropout1.p, model.dropout2.p, model.self_attn.dropout] == [0.1] * 4
    assert model.norm1.eps == 1e-5
    assert not model.norm_first
    assert not model.self_attn.batch_first


@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize("place", ["dropout", "dropout1", "dropout2", "dropout3", "self_attn", "multihead_attn"])
def test_dropout_stands_in_each_of_its_places(place, norm_first):
    decoder = nn.TransformerDecoderLayer(8, 2, 16, dropout=0.0, norm_first=norm_first)
    np.testing.assert_array_equal(decoder(x, x).data, decoder(x, x).data)

    setattr(getattr(decoder, place), "dropout" if "attn" in place else "p", 0.5)

    assert not np.array_equal(decoder(x, x).data, decoder(x, x).data)


@pytest.mark.parametrize("part", ["src", "tgt", "memory"])
def test_is_causal_is_the_square_mask_in_every_part(part):
    model = nn.Transformer(8, 2, 1, 1, 16).eval()
    mask = model.generate_square_subsequent_mask(5)

    y = model(x, x[::-1], **{f"{part}_is_causal": True}).data

    np.testing.assert_allclose(y, model(x, x[::-1], **{f"{part}_mask": mask}).data, atol=1e-6)
    assert not np.allclose(y, model(x, x[::-1]).data, atol=1e-4)


def test_dropout_acts_in_training_only():
    assert not np.array_equal(layer(x).data, layer(x).data)
    still = nn.TransformerEncoderLayer(8, 2, 16).eval()
    np.testing.assert_array_equal(still(x).data, still(x).data)


def test_the_square_mask_hides_the_future():
    mask = nn.Transformer.generate_square_subsequent_mask(3)

    np.testing.assert_array_equal(mask.data, [[0, -np.inf, -np.inf], [0, 0, -np.inf], [0, 0, 0]])
    still = nn.TransformerEncoderLayer(8, 2, 16).eval()
    np.testing.assert_allclose(still(x[:3], mask).data, still(x[:3], is_causal=True).data, atol=1e-6)


def test_layers_of_ones_own_can_be_stacked_and_used():
    encoder = nn.TransformerEncoder(layer, 0)
    model = nn.Transformer(8, 2, 1, 1, 16, custom_encoder=encoder).eval()

    assert model.encoder is encoder
    assert model(x, x[:2]).shape == (2, 3, 8)


def test_one_weight_learns_through_the_whole():
    model = nn.Transformer(8, 2, 1, 1, 16)
    autograd.sum(model(x, x[:4]) ** 2).backward()

    for name, p in model.named_parameters():
        assert p.grad is not None, name
        assert np.isfinite(p.grad.data).all(), name


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (
            lambda: nn.TransformerEncoderLayer(6, 4),
            ValueError,
            "TransformerEncoderLayer: nhead=4 does not divide d_model=6",
        ),
        (lambda: nn.TransformerEncoderLayer(8, 2, 0), ValueError, "dim_feedforward=0"),
        (lambda: nn.TransformerEncoderLayer(8, 2, dropout=-0.1), ValueError, "dropout=-0.1"),
        (lambda: nn.TransformerDecoderLayer(8, 2, activation="swish"), ValueError, "'swish' is neither 'relu'"),
        (lambda: nn.TransformerEncoder(layer, -1), ValueError, "num_layers=-1"),
        (lambda: nn.TransformerDecoder(3, 2), TypeError, "TransformerDecoder: decoder_layer=3 is not a Module such as"),
        (lambda: nn.TransformerEncoder(layer, "2"), TypeError, "TransformerEncoder: num_layers='2' is not an integer"),
        (lambda: nn.TransformerEncoder(layer, 2, 3), TypeError, "TransformerEncoder: norm=3 is not a Module"),
        (lambda: nn.TransformerEncoderLayer("8", 2), TypeError, "TransformerEncoderLayer: d_model='8' is not an"),
        (lambda: nn.TransformerDecoderLayer(8, True), TypeError, "TransformerDecoderLayer: nhead=True is not an"),
        (lambda: nn.TransformerEncoderLayer(8, 2, 1.5), TypeError, "dim_feedforward=1.5 is not an integer"),
        (lambda: nn.TransformerEncoderLayer(8, 2, dropout="a"), TypeError, "dropout='a' is not a real number"),
        (lambda: nn.TransformerEncoderLayer(8, 2, activation=3), TypeError, "activation=3 is neither 'relu'"),
        (lambda: nn.TransformerEncoderLayer(8, 2, layer_norm_eps=-1), ValueError, "layer_norm_eps=-1 is less than 0"),
        (lambda: nn.TransformerEncoderLayer(8, 2, batch_first="a"), TypeError, "batch_first='a' is neither True"),
        (lambda: nn.TransformerEncoderLayer(8, 2, norm_first=None), TypeError, "norm_first=None is neither True"),
        (lambda: nn.TransformerEncoderLayer(8, 2, bias=1.0), TypeError, "TransformerEncoderLayer: bias=1.0 is neither"),
        (lambda: nn.Transformer(8, 3), ValueError, "Transformer: nhead=3 does not divide d_model=8"),
        (lambda: nn.Transformer(8, 2, -1), ValueError, "Transformer: num_encoder_layers=-1 is less than 0"),
        (lambda: nn.Transformer(8, 2, 1, None), TypeError, "Transformer: num_decoder_layers=None is not an integer"),
        (lambda: nn.Transformer(8, 2, custom_encoder=3), TypeError, "Transformer: custom_encoder=3 is not a Module"),
        (lambda: both.generate_square_subsequent_mask(2.5), TypeError, "sz=2.5 is not an integer"),
        (lambda: layer(x[..., :4]), ShapeError, r"\(5, 3, 4\).*embed_dim=8"),
        (lambda: layer(x, np.zeros((3, 3), bool)), ShapeError, r"attn_mask.*L=5, S=5\)"),
        (lambda: layer(x, None, np.zeros((5, 3), bool)), ShapeError, r"key_padding_mask.*\(N=3, S=5\)"),
        (lambda: nn.TransformerDecoderLayer(8, 2, 4)(x, x[:, :2]), ShapeError, "N is 3 in query, 2 in key"),
        (lambda: both(x, x[:, :2]), ShapeError, "Transformer: src.*N is 3 in src, 2 in tgt"),
        (lambda: both(x, x[..., :4]), ShapeError, "d_model=8"),
        (lambda: both(x, x[0]), ShapeError, "N is 3 in src, missing in tgt"),
        (lambda: nn.Transformer(8, 2, 1, 1, 16, batch_first=True)(x, x[:2]), ShapeError, "N is 5 in src, 2 in tgt"),
    ],
)
def test_wrong_input_is_an_error_that_says_what_fits(call, error, text):
    with pytest.raises(error, match=text):
        call()
