"""Random programs of views and writes: every Tensor ends with the values that it has in PyTorch, or it is an error."""

import os
import random
from importlib.util import find_spec

import numpy as np
import pytest

from autograd.dialects import torch as dialect

if not find_spec("torch") and not os.environ.get("GLASSGRAD_REQUIRE_TORCH"):
    pytest.skip("PyTorch is not installed", allow_module_level=True)
import torch

VIEWS = """
x.t() if x.dim() < 3 else x.mT | x.transpose(0, -1) | x.unsqueeze(-1) | x.squeeze() | x.flatten()
x.reshape(-1) | x.view(-1) | x.ravel() | x.split(1)[0] | x.chunk(2, -1)[-1] | x.unbind()[-1] | list(x)[-1]
x.narrow(0, 0, 1) | x[0] | x.select(-1, 0) | x.expand(2, *x.shape) | x.diagonal() | x.movedim(0, -1)
x.reshape(x.shape[0], -1) | x.view_as(x) | x.detach() | x.data | x[..., 1:] | x[::2] | x[None, :, ..., 0]
x[-1:, ..., :1] | m.squeeze(x, 0) | x.swapaxes(0, -1) | m.meshgrid(x, indexing="ij")[0] | x.real | x.adjoint()
x.unflatten(0, (1, -1)) | x.permute(*range(x.dim())[::-1])
"""
COPIES = """
x.clone() | x.contiguous() | x * 1 | x[[0, -1]] | x[x > 0] | x.to(m.float64) | x.flip(0) | m.cat([x, x])
x.t() + 1
"""
WRITES = """
x.add_(1) | x.mul_(v.clone()) | x.zero_() | x.fill_(3) | x.copy_(v.clone()) | x.clamp_(min=0)
x.masked_fill_(x > 0, 7) | x.neg_() | x.__setitem__(0, v.clone()) | x.__setitem__((..., -1), 2.0)
x.__setitem__(x > 1, 5) | x.__setitem__([0, -1], 4) | x.relu_() | x.__iadd__(v.clone()) | x.__imul__(2)
x.sub_(1).mul_(2) | x.t_() | x.squeeze_() | x.unsqueeze_(0) | x.transpose_(0, -1)
x.index_fill_(0, m.tensor([0]), 6) | x.index_add_(0, m.tensor([0]), x[:1] * 2) | x[0].add_(1)
x.view(-1)[1:].mul_(3) | m.nn.functional.relu(x, inplace=True) | x.tril_() | x.T.add_(1)
setattr(x, "data", x.data * 2)
"""


def attempt(text, module, tensors, places):
    x, v = (tensors[place] for place in places)
    try:
        return eval(text, {"m": module, "x": x, "v": v}), None
    except Exception as error:
        return None, error


@pytest.mark.parametrize("block", range(8))
def test_every_tensor_sees_a_write_or_it_is_an_error(block):
    compared = writes = 0
    for seed in range(block * 100, block * 100 + 100):
        chance = random.Random(seed)
        shape = [chance.randint(1, 3) for _ in range(chance.randint(1, 3))]
        values = np.random.default_rng(seed).integers(-4, 5, shape).astype(float)
        theirs, ours, said = [torch.tensor(values)], [dialect.tensor(values)], []
        for _ in range(chance.randint(3, 9)):
            look = chance.choice([VIEWS, VIEWS, COPIES, WRITES, WRITES])
            text = chance.choice(
                [text.strip() for line in look.splitlines() for text in line.split("|") if text.strip()]
            )
            places = chance.randrange(len(ours)), chance.randrange(len(ours))
            (found, there), (mine, here) = (attempt(text, m, t, places) for m, t in ((torch, theirs), (dialect, ours)))
            if there or here:
                if look is WRITES:
                    break  # one of the two may have been written to
                continue
            said.append((places, text))
            if look is WRITES:
                writes += 1
            else:
                theirs.append(found)
                ours.append(mine)
            for expected, got in zip(theirs, ours):
                assert expected.tolist() == got.tolist(), (seed, said)
                compared += 1

    assert compared > 1000
    assert writes > 60


def test_the_gradient_of_what_was_written_through_views_is_pytorchs():
    def program(m):
        w = m.arange(1.0, 7.0).view(2, 3).clone().requires_grad_()
        y = w * 2
        y.t()[1].mul_(w[:, 0].clone())
        y.view(-1)[4:] = w.sum()
        y[:, :1] += y[:, 2:]
        flat = y.unsqueeze(0).flatten()
        flat[0] = flat[1].clone() * w[1, 1]
        (y * m.arange(6.0).view(2, 3)).sum().backward()
        return y.tolist(), w.grad.tolist()

    assert program(dialect) == program(torch)


DEPENDENT = """
x.add_(w.sum()) | x.mul_(w.max()) | x.__setitem__(0, w.mean()) | x.__setitem__((..., -1), x[..., -1] * w.sum())
x.copy_(w.mean().expand(x.shape)) | x.__iadd__(w[0] * 2) | x.view(-1)[1:].sub_(w[-1]) | x.__setitem__(x < 1, w[0])
x[0].add_(w.sum()) | x.t().mul_(w[0]) | x.addcmul_(x.clone(), w[-1].expand(x.shape)) | x.masked_fill_(x > 2, w[1])
x.__setitem__([-1], w[:1]) | x.select(-1, 0).copy_(w.max().expand(x.select(-1, 0).shape)) | x.fill_(w[1])
"""


def gradient(m, shape, steps):
    """Where a program stopped with an error, and the gradient of all that it made until then."""
    w = m.tensor([0.5, -1.5, 2.0], dtype=m.float64, requires_grad=True)
    tensors, stopped = [m.ones(*shape, dtype=m.float64) * 1.0], ""
    try:
        for stopped, place in steps:
            x = tensors[int(place * len(tensors))]
            found = eval(stopped, {"m": m, "x": x, "w": w})
            tensors += [found] if stopped in VIEWS else []
        stopped = ""
        sum((t * (i + 1.0)).sum() for i, t in enumerate(tensors)).backward()
    except Exception:
        return stopped, None
    return stopped, w.grad if w.grad is None else w.grad.tolist()


def test_the_gradient_of_constants_written_to_through_views_is_pytorchs():
    texts = [t.strip() for lines in (VIEWS, DEPENDENT) for t in lines.replace("\n", "|").split("|")]
    texts = [t for t in texts if t and not any(cut in t for cut in ("x.expand(2", "grid", "detach", "data"))]
    compared = 0
    for seed in range(600):
        chance = random.Random(seed)
        shape = [chance.randint(1, 3) for _ in range(chance.randint(1, 3))]
        steps = [(chance.choice(texts), chance.random()) for _ in range(chance.randint(2, 8))]
        (_, expected), (halted, got) = (gradient(m, shape, steps) for m in (torch, dialect))
        if expected is not None and not halted:
            assert got == pytest.approx(expected), (seed, steps)
            compared += 1

    assert compared > 100
