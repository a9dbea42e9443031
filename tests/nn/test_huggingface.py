"""Small folders in Hugging Face's layout, beside plain NumPy that follows the papers with the files' own names."""

import json

import numpy as np
import pytest
from scipy.special import erf, softmax

import nn
import optim
from nn.models import load_bert, load_gpt2

V, C, W, H, L = 13, 7, 8, 2, 2  # vocabulary, context, width, heads, layers
BERT_CONFIG = {
    "model_type": "bert", "vocab_size": V, "max_position_embeddings": C, "hidden_size": W, "num_attention_heads": H,
    "num_hidden_layers": L, "intermediate_size": 20, "type_vocab_size": 2, "layer_norm_eps": 1e-12,
    "hidden_act": "gelu",
}  # fmt: skip
GPT2_CONFIG = {
    "model_type": "gpt2", "vocab_size": V, "n_positions": C, "n_embd": W, "n_head": H, "n_layer": L,
    "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5, "resid_pdrop": 0.1,
}  # fmt: skip
TOKENS = np.array([[3, 1, 4, 1, 5], [9, 2, 6, 0, 0]])
MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])


def arrays(shapes):
    rng = np.random.default_rng(0)
    return {name: rng.normal(scale=0.5, size=shape).astype(np.float32) for name, shape in shapes.items()}


def dense(name, inputs, outputs):
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def norm(name):
    return {f"{name}.weight": (W,), f"{name}.bias": (W,)}


def bert_weights():
    sizes = {"word": V, "position": C, "token_type": 2}
    shapes = {f"embeddings.{name}_embeddings.weight": (size, W) for name, size in sizes.items()}
    shapes |= norm("embeddings.LayerNorm") | dense("pooler.dense", W, W)
    for i in range(L):
        at = f"encoder.layer.{i}"
        for part in ("query", "key", "value"):
            shapes |= dense(f"{at}.attention.self.{part}", W, W)
        shapes |= dense(f"{at}.attention.output.dense", W, W) | norm(f"{at}.attention.output.LayerNorm")
        shapes |= dense(f"{at}.intermediate.dense", W, 20) | dense(f"{at}.output.dense", 20, W)
        shapes |= norm(f"{at}.output.LayerNorm")
    return arrays(shapes) | {"embeddings.position_ids": np.arange(C)[None]}


def gpt2_weights():
    shapes = {"wte.weight": (V, W), "wpe.weight": (C, W)} | norm("ln_f")
    for i in range(L):
        at = f"h.{i}"
        shapes |= norm(f"{at}.ln_1") | norm(f"{at}.ln_2")
        maps = {"attn.c_attn": (W, 3 * W), "attn.c_proj": (W, W), "mlp.c_fc": (W, 4 * W), "mlp.c_proj": (4 * W, W)}
        for name, (inputs, outputs) in maps.items():
            shapes |= {f"{at}.{name}.weight": (inputs, outputs), f"{at}.{name}.bias": (outputs,)}
    causal = {f"h.{i}.attn.bias": np.tri(C, dtype=np.float32)[None, None] for i in range(L)}
    return arrays(shapes) | causal | {"h.0.attn.masked_bias": np.float32(-1e4)}


def write(folder, config, weights):
    (folder / "config.json").write_text(json.dumps(config))
    nn.save(weights, folder / "model.safetensors")
    return folder


def normed(w, name, x, eps):
    centred = x - x.mean(-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + eps) * w[f"{name}.weight"] + w[f"{name}.bias"]


def attended(q, k, v, seen):
    """In H heads of one text; `seen` (T, T) says which keys a query sees."""
    heads = [np.split(x, H, axis=-1) for x in (q, k, v)]
    scores = [np.where(seen, q @ k.T / np.sqrt(W // H), -np.inf) for q, k, _ in zip(*heads)]
    return np.concatenate([softmax(s, axis=-1) @ v for s, v in zip(scores, heads[2])], axis=-1)


def bert_by_hand(w, tokens, seen, kinds):
    def linear(name, x):
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    x = w["embeddings.word_embeddings.weight"][tokens] + w["embeddings.position_embeddings.weight"][: len(tokens)]
    x = normed(w, "embeddings.LayerNorm", x + w["embeddings.token_type_embeddings.weight"][kinds], 1e-12)
    for i in range(L):
        at = f"encoder.layer.{i}"
        parts = [linear(f"{at}.attention.self.{name}", x) for name in ("query", "key", "value")]
        y = linear(f"{at}.attention.output.dense", attended(*parts, seen[None] == 1))
        x = normed(w, f"{at}.attention.output.LayerNorm", x + y, 1e-12)
        y = linear(f"{at}.intermediate.dense", x)
        y = linear(f"{at}.output.dense", y * (1 + erf(y / np.sqrt(2))) / 2)
        x = normed(w, f"{at}.output.LayerNorm", x + y, 1e-12)
    return x, np.tanh(linear("pooler.dense", x[0]))


def gpt2_by_hand(w, tokens):
    def linear(name, x):
        return x @ w[f"{name}.weight"] + w[f"{name}.bias"]

    x = w["wte.weight"][tokens] + w["wpe.weight"][: len(tokens)]
    for i in range(L):
        parts = np.split(linear(f"h.{i}.attn.c_attn", normed(w, f"h.{i}.ln_1", x, 1e-5)), 3, axis=-1)
        x = x + linear(f"h.{i}.attn.c_proj", attended(*parts, np.tri(len(tokens), dtype=bool)))
        y = linear(f"h.{i}.mlp.c_fc", normed(w, f"h.{i}.ln_2", x, 1e-5))
        x = x + linear(f"h.{i}.mlp.c_proj", y / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (y + 0.044715 * y**3))))
    return normed(w, "ln_f", x, 1e-5) @ w["wte.weight"].T


def old_names(weights):
    """As in the oldest files."""
    return {n.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): w
            for n, w in weights.items()}  # fmt: skip


def inside(weights):
    """As part of a model with a head."""
    return {f"bert.{name}": w for name, w in weights.items()} | {"cls.predictions.bias": np.zeros(V, np.float32)}


@pytest.mark.parametrize("changed", [dict, old_names, inside])
def test_a_bert_computes_what_its_file_says(changed, tmp_path):
    weights = bert_weights()
    kinds = np.array([[0, 0, 1, 1, 1], [0, 1, 1, 0, 0]])

    model = load_bert(write(tmp_path, BERT_CONFIG, changed(weights)))
    states = model(TOKENS, MASK, kinds)

    assert not model.training
    for i in range(2):
        expected, pooled = bert_by_hand(weights, TOKENS[i], MASK[i], kinds[i])
        np.testing.assert_allclose(states.data[i, MASK[i] == 1], expected[MASK[i] == 1], rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(model.pooled(states).data[i], pooled, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("prefix", ["", "transformer."])
def test_a_gpt2_computes_what_its_file_says_and_its_head_is_tied(prefix, tmp_path):
    weights = gpt2_weights()
    given = {prefix + name: w for name, w in weights.items()} | {"lm_head.weight": weights["wte.weight"]}

    model = load_gpt2(write(tmp_path, GPT2_CONFIG, given))

    for row, logits in zip(TOKENS, model(TOKENS).data):
        np.testing.assert_allclose(logits, gpt2_by_hand(weights, row), rtol=1e-4, atol=1e-4)
    assert model.head.weight is model.tokens.weight
    trained = [w.size for name, w in weights.items() if not name.endswith((".attn.bias", ".masked_bias"))]
    assert sum(p.size for p in model.parameters()) == sum(trained)


def test_what_was_loaded_trains(tmp_path):
    model = load_gpt2(write(tmp_path, GPT2_CONFIG, gpt2_weights()), dropout=0.1)
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    history = optim.fit(
        model, [(TOKENS[:, :-1], TOKENS[:, 1:])], lambda y, t: nn.functional.cross_entropy(y.reshape(-1, V), t.ravel()),
        optimizer, 80, progress=False,
    )  # fmt: skip

    assert history["loss"][-1] < history["loss"][0] / 3


def without(weights, name):
    return {n: w for n, w in weights.items() if n != name}


@pytest.mark.parametrize(
    ("load", "config", "weights", "error", "says"),
    [
        (load_bert, GPT2_CONFIG, {}, ValueError, "load_bert: config.json says model_type='gpt2'; this reads 'bert'"),
        (load_gpt2, {}, {}, ValueError, "config.json is no configuration of a model: KeyError"),
        (load_gpt2, without(GPT2_CONFIG, "n_embd"), {}, ValueError, "load_gpt2: config.json lacks n_embd"),
        (load_gpt2, GPT2_CONFIG | {"n_inner": 9}, {}, ValueError, "n_inner=9; GPT here has four times n_embd=8"),
        (load_gpt2, GPT2_CONFIG | {"activation_function": "relu"}, {}, ValueError, "activation_function='relu'; here"),
        (load_gpt2, GPT2_CONFIG | {"tie_word_embeddings": False}, {}, ValueError, "tie_word_embeddings=False"),
        (load_bert, BERT_CONFIG | {"hidden_act": "silu"}, {}, ValueError, "hidden_act='silu' is none of gelu, relu"),
        (load_bert, BERT_CONFIG | {"position_embedding_type": "relative_key"}, {}, ValueError, "'relative_key'; here"),
        (load_bert, BERT_CONFIG, without(bert_weights(), "encoder.layer.1.attention.self.key.bias"), ValueError,
         "lacks encoder.layer.1.attention.self.key.bias"),
        (load_bert, BERT_CONFIG, bert_weights() | {"extra.weight": np.zeros(2)}, ValueError, "unexpected extra.weight"),
        (load_bert, BERT_CONFIG | {"vocab_size": 14}, bert_weights(), ValueError, r"tokens.weight has shape \(13, 8\)"),
        (load_gpt2, GPT2_CONFIG, without(gpt2_weights(), "ln_f.bias"), ValueError, "missing norm.bias"),
        (load_gpt2, GPT2_CONFIG, gpt2_weights() | {"lm_head.weight": np.ones((V, W), np.float32)}, ValueError,
         "head.weight differs from tokens.weight"),
    ],
)  # fmt: skip
def test_what_is_no_such_model_is_named(load, config, weights, error, says, tmp_path):
    with pytest.raises(error, match=says):
        load(write(tmp_path, config, weights))


def test_a_folder_without_safetensors_says_what_it_has(tmp_path):
    write(tmp_path, BERT_CONFIG, {})
    (tmp_path / "model.safetensors").rename(tmp_path / "pytorch_model.bin")

    with pytest.raises(
        FileNotFoundError, match=r"the folder has config.json, pytorch_model.bin; in PyTorch, model\.save"
    ):
        load_bert(tmp_path)


def test_inputs_that_do_not_fit_are_explained(tmp_path):
    model = load_bert(write(tmp_path, BERT_CONFIG, {n: w for n, w in bert_weights().items() if "pooler" not in n}))

    with pytest.raises(ValueError, match=r"BERT: tokens \(5,\).*tokens\[None\]"):
        model(TOKENS[0])
    with pytest.raises(ValueError, match="BERT: 8 tokens; it takes 1 to 7"):
        model(np.zeros((1, 8), int))
    with pytest.raises(ValueError, match=r"BERT: mask \(5,\) for tokens \(2, 5\)"):
        model(TOKENS, MASK[0])
    with pytest.raises(ValueError, match="no pooler; take states"):
        model.pooled(model(TOKENS))
