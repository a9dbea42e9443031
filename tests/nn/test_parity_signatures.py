"""Arguments have PyTorch's names, order and defaults, but for the differences declared here; skipped without it."""

import importlib
import inspect
import re
from pathlib import Path

import pytest

import autograd
import nn
from nn import functional as F, init

torch = pytest.importorskip("torch")

FILES = [
    *("activation", "attention", "convolution", "ctc", "distance", "dropout", "embedding", "embedding_losses"),
    *("linear", "losses", "margin_losses", "normalization", "padding", "pooling", "rearrange", "recurrent", "shrink"),
    *("transformer", "upsample"),
]
NOWHERE = {"self", "device", "dtype", "inplace", "size_average", "reduce"}  # `default_dtype` and `.to` do the first two
LOOKUP = {"max_norm": None, "norm_type": 2.0, "scale_grad_by_freq": False, "sparse": False}

# what PyTorch has and we have not, with its default
LEFT_OUT = {
    "Hardtanh": {"min_value": None, "max_value": None},  # deprecated
    "Embedding": {**LOOKUP, "_freeze": False},  # see its docstring
    "Embedding.from_pretrained": LOOKUP,
    "embedding": LOOKUP,
    "normalize": {"out": None},
    "softmax": {"_stacklevel": 3},
    "log_softmax": {"_stacklevel": 3},
    "softmin": {"_stacklevel": 3},
    "interpolate": {"antialias": False},  # no filter against aliasing
    "TransformerEncoder": {"enable_nested_tensor": True, "mask_check": True},  # they choose how it computes
}
# our defaults where they differ: PyTorch's None guesses the axis from the shape, and warns
DEFAULTS = {name: {"dim": -1} for name in ("Softmax", "LogSoftmax", "Softmin", "softmax", "log_softmax", "softmin")}
# each library has a relu of its own
DEFAULTS |= {
    name: {"activation": autograd.relu}
    for name in ("Transformer", "TransformerEncoderLayer", "TransformerDecoderLayer")
}
# what PyTorch takes as *args, or writes in C without a whole signature; ours take what its documentation says
POOLS = {f"{kind}max_pool{axes}d" for kind in ("", "adaptive_") for axes in (1, 2, 3)}
UNREADABLE = {"GRU", "LSTM", "RNN", "scaled_dot_product_attention", *POOLS}


def parameters(function):
    """Names in order with defaults, of a function or a class; C functions of PyTorch tell them in their docstring."""
    try:
        found = inspect.signature(function).parameters.values()
    except ValueError:
        head = function.__doc__.strip().splitlines()[0]
        arguments = head[head.index("(") + 1 : head.index(")")]
        found = inspect.signature(eval(f"lambda {arguments}: 0")).parameters.values()
    named = [p for p in found if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD) and p.name not in NOWHERE]
    return [(p.name, p.default, p.kind is p.KEYWORD_ONLY) for p in named]


def expected(name, theirs):
    """PyTorch's parameters, with the differences that are declared for this name."""
    gone, other = LEFT_OUT.get(name, {}), DEFAULTS.get(name, {})
    kept = [p for p in parameters(theirs) if p[:2] not in gone.items()]
    return [(n, other.get(n, default), only or n == "_weight") for n, default, only in kept]


MODULES = [importlib.import_module(f"nn.{file}") for file in FILES]
LAYERS = [name for module in MODULES for name in module.__all__ if name not in UNREADABLE]
FUNCTIONS = [
    name
    for name in F.__all__
    if getattr(F, name).__module__ in [module.__name__ for module in MODULES] and name not in UNREADABLE
]
INITS = [name for name in init.__all__ if name != "fan"]  # PyTorch's is private


@pytest.mark.parametrize("name", LAYERS)
def test_layers_take_pytorchs_arguments(name):
    ours, theirs = getattr(nn, name), getattr(torch.nn, name)

    assert parameters(ours) == expected(name, theirs)
    assert parameters(ours.forward) == parameters(theirs.forward)


def test_from_pretrained_takes_pytorchs_arguments():
    name = "Embedding.from_pretrained"

    assert parameters(nn.Embedding.from_pretrained) == expected(name, torch.nn.Embedding.from_pretrained)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_take_pytorchs_arguments(name):
    assert parameters(getattr(F, name)) == expected(name, getattr(torch.nn.functional, name))


@pytest.mark.parametrize("name", INITS)
def test_initial_values_take_pytorchs_arguments(name):
    assert parameters(getattr(init, name)) == parameters(getattr(torch.nn.init, name))


def test_every_declared_difference_is_one():
    declared = {*LEFT_OUT, *DEFAULTS} - {"Embedding.from_pretrained"}

    assert declared <= {*LAYERS, *FUNCTIONS}
    for name in declared:
        theirs = dict(p[:2] for p in parameters(getattr(torch.nn if name in LAYERS else torch.nn.functional, name)))
        assert LEFT_OUT.get(name, {}).items() <= theirs.items()
        assert all(theirs[argument] != value for argument, value in DEFAULTS.get(name, {}).items())


# what PyTorch's modules hold beside layers and functions: their makers, and what they are made of
INSIDE = r".*_with_indices|.*_$|has_torch_.*|handle_torch_function|boolean_dispatch|assert_int_or_pair|native_.*|.*_mm|"
INSIDE += r"conv_tbc|multi_head_attention_forward|linear_cross_entropy|factory_kwargs|.*Base|Lazy.*"
PAGE = Path(__file__).parent.parent.parent / "docs" / "from_pytorch.md"


@pytest.mark.parametrize("space", [torch.nn, torch.nn.functional], ids=lambda space: space.__name__)
def test_what_is_left_out_of_pytorch_is_listed(space):
    ours = nn if space is torch.nn else F
    theirs = {
        name
        for name, value in vars(space).items()
        if (inspect.isclass(value) and issubclass(value, torch.nn.Module))
        or (callable(value) and name.islower() and name[0] != "_")
    }
    missing = {name for name in theirs if not hasattr(ours, name) and not re.fullmatch(INSIDE, name)}
    words = {word.replace("_", "") for word in re.findall(r"\w+", PAGE.read_text(encoding="utf-8").lower())}

    assert {name for name in missing if name.lower().replace("_", "") not in words} == set()
