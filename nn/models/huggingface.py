"""Models from folders in the layout of Hugging Face's transformers: config.json beside model.safetensors.

Nothing is downloaded, and no code of the folder runs: the configuration says what is built, and a table what the
weights are called here.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import autograd
from autograd import WeightsError
from autograd.engine.types import Array

from ..weights import load
from .bert import BERT
from .gpt import GPT

__all__ = ["load_bert", "load_gpt2"]

State = dict[str, Array]

_BERT = {
    r"embeddings\.word_embeddings": "tokens",
    r"embeddings\.position_embeddings": "positions",
    r"embeddings\.token_type_embeddings": "kinds",
    r"embeddings\.LayerNorm": "norm",
    r"encoder\.layer\.(\d+)\.attention\.output\.dense": r"encoder.layers.\1.self_attn.out_proj",
    r"encoder\.layer\.(\d+)\.attention\.output\.LayerNorm": r"encoder.layers.\1.norm1",
    r"encoder\.layer\.(\d+)\.intermediate\.dense": r"encoder.layers.\1.linear1",
    r"encoder\.layer\.(\d+)\.output\.dense": r"encoder.layers.\1.linear2",
    r"encoder\.layer\.(\d+)\.output\.LayerNorm": r"encoder.layers.\1.norm2",
    r"pooler\.dense": "pooler",
}
_GPT2 = {
    r"wte": "tokens",
    r"wpe": "positions",
    r"h\.(\d+)\.ln_1": r"blocks.\1.norm1",
    r"h\.(\d+)\.attn\.c_attn": r"blocks.\1.attention.qkv",
    r"h\.(\d+)\.attn\.c_proj": r"blocks.\1.attention.out",
    r"h\.(\d+)\.ln_2": r"blocks.\1.norm2",
    r"h\.(\d+)\.mlp\.c_fc": r"blocks.\1.mlp.0",
    r"h\.(\d+)\.mlp\.c_proj": r"blocks.\1.mlp.2",
    r"ln_f": "norm",
    r"lm_head": "head",
}
_LEAVES = {"gamma": "weight", "beta": "bias"}  # of norms in the oldest files
_TANH = partial(autograd.gelu, approximate="tanh")
_ACTIVATIONS: dict[str, Any] = {"gelu": "gelu", "relu": "relu", "gelu_new": _TANH, "gelu_pytorch_tanh": _TANH}


def load_bert(folder: str | os.PathLike[str], dropout: float = 0.0) -> BERT:
    """A BERT-like encoder from `folder`, in evaluation mode; a head that was trained on top of it is left out.

    `dropout` is for further training; the file's own is not taken over. Raises FileNotFoundError for what is missing in
    the folder, ValueError for a model of another kind, and WeightsError for weights that do not fit the configuration.

    >>> load_bert("no/such/folder")
    Traceback (most recent call last):
    ...
    FileNotFoundError: load_bert: there is no no/such/folder/config.json; give a folder with it and model.safetensors
    """
    config = _config("load_bert", folder, "bert", {"position_embedding_type": ("absolute",), "is_decoder": (False,)})
    state = _weights("load_bert", folder, "bert.")
    state.pop("embeddings.position_ids", None)  # 0, 1, 2, ...
    _join_projections(state)
    activation = config("hidden_act")
    if activation not in _ACTIVATIONS:
        raise ValueError(f"load_bert: hidden_act={activation!r} is none of {', '.join(_ACTIVATIONS)}")
    model = BERT(
        config("vocab_size"),
        config("max_position_embeddings"),
        config("hidden_size"),
        config("num_attention_heads"),
        config("num_hidden_layers"),
        config("intermediate_size"),
        config("type_vocab_size"),
        dropout,
        _ACTIVATIONS[activation],
        config("layer_norm_eps"),
        pooler="pooler.dense.weight" in state,
    )
    model.load_state_dict(_renamed(state, _BERT))
    return model.eval()


def load_gpt2(folder: str | os.PathLike[str], dropout: float = 0.0) -> GPT:
    """GPT-2 from `folder`, in evaluation mode; its head is tied to the embedding of the tokens, as theirs is.

    Errors are those of `load_bert`.

    >>> load_gpt2("no/such/folder")
    Traceback (most recent call last):
    ...
    FileNotFoundError: load_gpt2: there is no no/such/folder/config.json; give a folder with it and model.safetensors
    """
    fixed = {
        "activation_function": ("gelu_new", "gelu_pytorch_tanh"),
        "layer_norm_epsilon": (1e-5,),
        "tie_word_embeddings": (True,),
        "scale_attn_weights": (True,),
        "scale_attn_by_inverse_layer_idx": (False,),
        "add_cross_attention": (False,),
    }
    config = _config("load_gpt2", folder, "gpt2", fixed)
    width = config("n_embd")
    if config("n_inner", None) not in (None, 4 * width):
        raise ValueError(f"load_gpt2: n_inner={config('n_inner')}; GPT here has four times n_embd={width}")
    state = _weights("load_gpt2", folder, "transformer.")
    state = {n: w for n, w in state.items() if not re.fullmatch(r"h\.\d+\.attn\.(masked_)?bias", n)}  # causal masks
    for name, weight in state.items():
        if re.search(r"\.c_\w+\.weight$", name):  # theirs are (inputs, outputs)
            state[name] = weight.T
    model = GPT(config("vocab_size"), config("n_positions"), width, config("n_head"), config("n_layer"), dropout)
    model.head.weight = model.tokens.weight
    model.load_state_dict(_renamed(state, _GPT2))
    return model.eval()


def _config(what: str, folder: str | os.PathLike[str], kind: str, fixed: Mapping[str, tuple[Any, ...]]) -> Any:
    """A function that gives what the configuration says by name; checked to be of this kind and as `fixed`."""
    text = _file(what, folder, "config.json").read_text(encoding="utf-8")
    try:
        config = json.loads(text)
        found = config["model_type"]
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(
            f"{what}: {os.fspath(folder)}/config.json is no configuration of a model: {error!r}"
        ) from error
    if found != kind:
        raise ValueError(f"{what}: config.json says model_type={found!r}; this reads {kind!r}")
    for name, allowed in fixed.items():
        if config.get(name, allowed[0]) not in allowed:
            raise ValueError(f"{what}: config.json says {name}={config[name]!r}; here it is {allowed[0]!r}")

    def get(name: str, *default: Any) -> Any:
        if name not in config and not default:
            raise ValueError(f"{what}: config.json lacks {name}")
        return config.get(name, *default)

    return get


def _file(what: str, folder: str | os.PathLike[str], name: str) -> Path:
    path = Path(os.fsdecode(folder)) / name
    if not path.is_file():
        hint = "give a folder with it and model.safetensors"
        if name == "model.safetensors":
            others = sorted(p.name for p in path.parent.iterdir() if p.suffix in (".bin", ".json", ".safetensors"))
            hint = f"the folder has {', '.join(others)}; in PyTorch, model.save_pretrained(folder) writes it"
        raise FileNotFoundError(f"{what}: there is no {path}; {hint}")
    return path


def _weights(what: str, folder: str | os.PathLike[str], prefix: str) -> State:
    """The weights by name, without the prefix that a model has inside a larger one; what is beside it is left out."""
    state = load(_file(what, folder, "model.safetensors"))
    if not any(name.startswith(prefix) for name in state):
        return state
    return {name.removeprefix(prefix): w for name, w in state.items() if name.startswith((prefix, "lm_head."))}


def _join_projections(state: State) -> None:
    """Queries, keys and values are one matrix here."""
    for name in [n for n in state if ".self.query." in n]:
        parts = [name.replace("query", part) for part in ("query", "key", "value")]
        if missing := [part for part in parts if part not in state]:
            raise WeightsError(f"load_bert: model.safetensors lacks {', '.join(missing)}")
        layer, leaf = name.split(".")[2], name.rpartition(".")[2]
        state[f"encoder.layers.{layer}.self_attn.in_proj_{leaf}"] = np.concatenate([state.pop(part) for part in parts])


def _renamed(state: State, table: Mapping[str, str]) -> State:
    """The weights under our names; a name that the table lacks stays, and is told by whoever is to load it."""
    result = {}
    for name, weight in state.items():
        stem, _, leaf = name.rpartition(".")
        ours = next((re.sub(p, new, stem) for p, new in table.items() if re.fullmatch(p, stem)), None)
        result[name if ours is None else f"{ours}.{_LEAVES.get(leaf, leaf)}"] = weight
    return result
