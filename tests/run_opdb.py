"""Asks PyTorch's own samples of its operators whether ours agree: values and gradients, in float64.

`make opdb`; not part of `make test`. Prints a row for each operator, and below it what differs. Fails where less than
98 % of the samples agree, where something differs that nobody meant, and where something meant differs no longer.
"""

import random
import re
import sys
import warnings
from collections import defaultdict

import numpy as np
import torch
from torch.testing._internal.common_methods_invocations import op_db

import autograd
import nn.functional
from autograd import Tensor

from .opdb_forms import DELIBERATE, FORMS, IGNORED, KEYWORDS, LEFT_OUT, NAMES

DEMANDED = 0.98
TOLERANCE = 1e-9  # of the largest magnitude among what is compared, or of 1


def dtype_of(info):
    """Double precision, or integers where an operator takes no other numbers, or None."""
    return next((dtype for dtype in (torch.float64, torch.int64) if info.supports_dtype(dtype, "cpu")), None)


def ours(info, title):
    """Our function for PyTorch's operator, or None."""
    if info.name in LEFT_OUT or dtype_of(info) is None:
        return None
    if info.name.startswith("nn.functional."):
        return FORMS.get(info.name) or getattr(nn.functional, info.name.removeprefix("nn.functional."), None)
    name = re.sub(r"^(linalg|special|torch\.ops\.aten)\.", "", info.name)
    found = [table[key] for table in (FORMS, NAMES) for key in (title, info.name, name) if key in table]
    function = found[0] if found else name
    function = getattr(autograd, function, None) if isinstance(function, str) else function
    return function if callable(function) and not isinstance(function, type) else None


# -- one sample ----------------------------------------------------------------------------------------


class Different(Exception):
    """What PyTorch and we do not agree on."""


def translated(value, pairs):
    """`value` with Tensors of ours for PyTorch's, which `pairs` remembers, and tuples for lists of numbers."""
    if isinstance(value, torch.Tensor):
        mine = Tensor(value.detach().numpy().copy(), requires_grad=value.requires_grad)
        return pairs.setdefault(id(value), (value, mine))[1]
    if isinstance(value, (list, tuple)):
        several = [translated(v, pairs) for v in value]
        return several if isinstance(value, list) and any(isinstance(v, Tensor) for v in several) else tuple(several)
    return np.dtype(str(value).removeprefix("torch.")) if isinstance(value, torch.dtype) else value


def renamed(options):
    """Keyword arguments under NumPy's names; an empty `dim`, which is all for PyTorch, is None."""
    named = {KEYWORDS.get(name, name): value for name, value in options.items() if name not in IGNORED}
    return {name: None if name == "axis" and value == () else value for name, value in named.items()}


def leaves(result):
    return [y for part in result for y in leaves(part)] if isinstance(result, (list, tuple)) else [result]


def compare(what, found, expected):
    found, expected = np.asarray(getattr(found, "data", found)), np.asarray(expected)
    for quality in ("shape", "dtype"):
        if getattr(found, quality) != getattr(expected, quality):
            raise Different(f"{what} of {quality} {getattr(found, quality)}, not {getattr(expected, quality)}")
    if found.dtype.kind != "f":
        if not np.array_equal(found, expected):
            raise Different(f"{what} differs")
        return
    scale = max(1.0, np.max(np.abs(expected[np.isfinite(expected)]), initial=0.0))
    if not np.allclose(found, expected, rtol=0, atol=TOLERANCE * scale, equal_nan=True):
        raise Different(f"{what} differs by {np.max(np.abs(found - expected)):.2g}, beside {scale:.2g}")


def check(info, function, sample):
    """Raise Different, or our function's own error, where it does not do on `sample` what PyTorch's does."""
    pairs = {}
    args = [translated(value, pairs) for value in (sample.input, *sample.args)]
    named = {name: translated(value, pairs) for name, value in sample.kwargs.items()}
    named = named if info.name.startswith("nn.functional.") else renamed(named)
    theirs = leaves(sample.output_process_fn_grad(info(sample.input, *sample.args, **sample.kwargs)))
    theirs = [y if isinstance(y, torch.Tensor) else torch.tensor(np.asarray(y)) for y in theirs]
    theirs = theirs[:1] if info.name in ("cummax", "cummin", "median") else theirs  # ours give no indices
    mine = leaves(sample.output_process_fn_grad(function(*args, **named)))
    if len(mine) != len(theirs):
        raise Different(f"{len(mine)} results, not {len(theirs)}")
    for y, z in zip(mine, theirs):
        compare("value", y, z.detach().numpy(force=True))

    inputs = [pair for pair in pairs.values() if pair[0].requires_grad]
    outputs = [(z, y) for z, y in zip(theirs, mine) if z.requires_grad]
    if not inputs or not outputs:
        return
    (zs, ys), (ps, qs) = zip(*outputs), zip(*inputs)
    seeds = [np.random.default_rng(0).normal(size=z.shape).astype(y.dtype) for z, y in outputs]
    try:
        expected = torch.autograd.grad(zs, ps, [torch.tensor(s) for s in seeds], allow_unused=True)
    except RuntimeError:  # it has no derivative there itself
        return
    found = autograd.gradients(ys, qs, [Tensor(s) for s in seeds], allow_unused=True)
    for i, (p, f, e) in enumerate(zip(ps, found, expected)):
        zero = np.zeros(p.shape)
        compare(f"gradient {i}", zero if f is None else f, zero if e is None else e.numpy(force=True))


def told(value):
    if isinstance(value, torch.Tensor):
        dtype = "" if value.dtype == torch.float64 else f" {value.dtype}".replace("torch.", "")
        return f"{tuple(value.shape)}{dtype}"
    return f"[{', '.join(map(told, value))}]" if isinstance(value, (list, tuple)) else repr(value)


def trial(info, function, sample):
    """What was called and what went wrong, in a line; or nothing."""
    try:
        check(info, function, sample)
    except Exception as error:
        named = (f"{k}={told(v)}" for k, v in sample.kwargs.items())
        kind = "" if isinstance(error, Different) else f"{type(error).__name__}: "
        return f"({', '.join([*map(told, (sample.input, *sample.args)), *named])}) {kind}{error}".partition("\n")[0]
    return ""


# -- all of them ---------------------------------------------------------------------------------------


def row(info, title, function):
    """How many samples there are, agree, were meant to differ, and differ; and a line for each of the last."""
    torch.manual_seed(0)
    random.seed(0)
    dtype = dtype_of(info)
    samples = info.sample_inputs("cpu", dtype, requires_grad=dtype == torch.float64 and info.supports_autograd)
    problems = [trial(info, function, s) for s in samples if not s.kwargs.get("dropout_p")]
    pattern, _ = DELIBERATE.get(title, ("$^", ""))
    bad = [p for p in problems if p]
    wrong = [p for p in bad if not re.search(pattern, p)]
    return (len(problems), len(problems) - len(bad), len(bad) - len(wrong), len(wrong)), wrong


def main(only):
    totals, stale = defaultdict(list), []
    print(f"{'':50}{'samples':>8}{'agree':>8}{'meant':>8}{'differ':>8}")
    for info in op_db:
        title = f"{info.name} {info.variant_test_name}".strip()
        function = ours(info, title)
        if function is None or (only and not {info.name, title} & set(only)):
            continue
        counts, wrong = row(info, title, function)
        ours_too = info.name.startswith("nn.functional.") and info.name not in FORMS
        totals["nn.functional" if ours_too else "autograd"].append(counts)
        print(f"{title:50}{''.join(f'{n:8d}' for n in counts)}", f"  {DELIBERATE[title][1]}" if counts[2] else "")
        print("".join(f"    {problem}\n" for problem in wrong), end="", flush=True)
        stale += [title] if title in DELIBERATE and not counts[2] else []
    passed = not stale
    for title in stale:
        print(f"{title}: DELIBERATE says it differs, and it does not")
    for name, rows in totals.items():
        samples, agree, meant, differ = np.sum(rows, axis=0)
        counts = f"{agree / samples:.4f} of {samples} samples of {len(rows)} operators agree"
        print(f"{name}: {counts}; {meant} are meant to differ, {differ} differ")
        passed &= bool(agree >= DEMANDED * samples and not differ)
    return passed


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.exit(not main(sys.argv[1:]))
