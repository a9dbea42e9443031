"""The second ways of running a random program: each raises AssertionError where it does not give what the first does.

A program takes `run`, which calls an operation by its name, and its leaves; it returns the list of its results.
"""

import os
import warnings
from contextlib import contextmanager
from functools import partial
from tempfile import TemporaryDirectory
from threading import Thread
from unittest.mock import patch

import numpy as np

import autograd
from autograd import (
    LoopWarning,
    Tensor,
    TraceError,
    UnsupportedError,
    checkpoint,
    grad,
    gradients,
    jvp,
    seed,
    vjp,
    vmap,
)
from autograd.ops.random import generator, get_rng_state
from autograd.program.c import build, is_there
from autograd.program.compiled import compile
from autograd.program.program import GuardError
from autograd.program.trace import trace
from autograd.testing.check_op import composition
from autograd.testing.slopes import Terms, verdict


def plain(name, *args, **options):
    return autograd.registry[name].call(*args, **options)


def checkpointed(name, *args, **options):
    return checkpoint(autograd.registry[name].call)(*args, **options)


def referred(name, *args, **options):
    op = autograd.registry[name]
    return (composition(op) if op.reference else op.call)(*args, **options)


def hooked(name, *args, **options):
    result = plain(name, *args, **options)
    for y in result if isinstance(result, (list, tuple)) else [result]:
        if isinstance(y, Tensor) and y.requires_grad and not y.is_leaf:
            y.register_hook(lambda g: g * 1.0)
            y.retain_grad()
    return result


def weights(like, seed=0):
    """Numbers to weigh each of these with, always the same: ones would hide errors."""
    rng = np.random.default_rng(seed)
    return [np.asarray(rng.uniform(-1, 1, x.shape), x.dtype) for x in like]


def tracked(arrays):
    return [Tensor(a, requires_grad=True) for a in arrays]


def loss(program, leaves):
    results = program(*leaves)
    return sum((y * w).sum() for y, w in zip(results, weights(results)))


def filled(found, arrays):
    return [np.zeros_like(a) if g is None else np.asarray(g.data) for g, a in zip(found, arrays)]


def first_order(program, arrays):
    """The gradients that an ordinary backward leaves in the leaves."""
    leaves = tracked(arrays)
    loss(program, leaves).backward()
    return filled([x.grad for x in leaves], arrays)


def both_orders(program, arrays):
    """The gradients of a recorded sweep, and those of their weighted sum."""
    leaves = tracked(arrays)
    found = gradients(loss(program, leaves), leaves, create_graph=True, allow_unused=True)
    slopes = [(g * w).sum() for g, w in zip(found, weights(arrays, 1)) if g is not None and g.requires_grad]
    again = gradients(sum(slopes), leaves, allow_unused=True) if slopes else [None] * len(leaves)
    return filled(found, arrays) + filled(again, arrays)


def same(found, expected, rtol=1e-8, slack=0.0):
    """Raise AssertionError where these differ in shape, dtype or value, in units of the largest value of each."""
    assert len(found) == len(expected)
    for number, (a, b) in enumerate(zip(found, expected)):
        assert (a.shape, a.dtype) == (b.shape, b.dtype), f"{number}: {a.dtype} {a.shape} instead of {b.dtype} {b.shape}"
        scale = np.max(np.abs(b), initial=1.0, where=np.isfinite(b))
        assert np.allclose(a, b, rtol=0, atol=rtol * scale + slack, equal_nan=True), f"{number}: {a} instead of {b}"


# -- the ways ------------------------------------------------------------------------------------------


def differences(program, arrays):
    found = verdict(partial(program, plain), arrays, 2, Terms(directions=1))
    assert found is None or found.kind != "rule", found.text


def recorded(program, arrays):
    f = partial(program, plain)
    same(both_orders(f, arrays)[: len(arrays)], first_order(f, arrays))


def checkpoints(program, arrays):
    f, pieces = partial(program, plain), partial(program, checkpointed)
    same(first_order(pieces, arrays), first_order(f, arrays))
    same(both_orders(checkpoint(pieces), arrays), both_orders(f, arrays))


def references(program, arrays):
    f, g = partial(program, plain), partial(program, referred)
    same(first_order(g, arrays), first_order(f, arrays))
    same(both_orders(g, arrays), both_orders(f, arrays))


def hooks(program, arrays):
    same(first_order(partial(program, hooked), arrays), first_order(partial(program, plain), arrays))


def tangents(program, arrays):
    f = partial(program, plain)
    for dtype in (np.float32, np.float64):
        given = [a.astype(dtype) for a in arrays]
        ways = weights(given, 2)
        results, pull = vjp(f, *given)
        try:
            values, pushed = jvp(f, given, ways)
        except UnsupportedError:  # such as of complex eigenvectors, which says so
            return
        seeds = weights(results)
        pulled = pull(seeds)
        assert [(t.shape, t.dtype) for t in pushed] == [(y.shape, y.dtype) for y in results]
        assert [(g.shape, g.dtype) for g in pulled] == [(x.shape, x.dtype) for x in given]
    same(values, results)
    same(pulled, first_order(f, arrays))
    a, b = (np.asarray(sum(np.sum(u * v) for u, v in zip(*pair))) for pair in ((pulled, ways), (seeds, pushed)))
    same([a], [b])


def retained(program, arrays):
    f, leaves = partial(program, plain), tracked(arrays)
    total = loss(f, leaves)
    total.backward(retain_graph=True)
    total.backward()
    same([g / 2 for g in filled([x.grad for x in leaves], arrays)], first_order(f, arrays))


def threads(program, arrays):
    f, leaves, errors = partial(program, plain), tracked(arrays), []

    def work():
        generator.set(np.random.default_rng())  # each has its own, which the program seeds
        try:
            loss(f, leaves).backward()
        except Exception as error:
            errors.append(error)

    both = [Thread(target=work), Thread(target=work)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    for error in errors:
        raise error
    same([g / 2 for g in filled([x.grad for x in leaves], arrays)], first_order(f, arrays))


def singles(program, arrays):
    """All leaves in float32, then every other one, against float64; as far off as rounding may carry is right."""
    f, pieces = partial(program, plain), partial(program, checkpointed)
    rounded = [a.astype(np.float32).astype(np.float64) for a in arrays]
    expected = both_orders(f, rounded)
    beside = both_orders(f, [a * (1 + 1e-4 * w) for a, w in zip(rounded, weights(arrays, 3))])
    slack = max(np.max(np.abs(a - b), initial=0.0) for a, b in zip(beside, expected))
    for step, g in ((1, f), (2, f), (2, pieces)):
        dtypes = [np.float64 if i % step else np.float32 for i in range(len(arrays))]
        found = both_orders(g, [a.astype(t) for a, t in zip(rounded, dtypes)])
        same(found, [g.astype(t) for g, t in zip(expected, dtypes * 2)], 1e-3, slack)


@contextmanager
def seeded_outside():
    """Programs seed the generator themselves, which a trace refuses: here each call is begun with a seed."""
    seed = autograd.seed
    autograd.seed = lambda value=None: None
    try:
        yield
    finally:
        autograd.seed = seed


def slopes(program, arrays, order):
    """The gradient of the weighted sum of a program, or with that of its own weighted sum, as a function of arrays."""
    every = tuple(range(len(arrays)))
    first = grad(lambda *xs: loss(program, xs), every)
    if order == 1:
        return first
    second = grad(lambda *xs: sum((g * w).sum() for g, w in zip(first(*xs), weights(arrays, 1))), every)
    return lambda *xs: (*first(*xs), *second(*xs))


def traced(program, arrays):
    """Its derivatives as programs that were traced a little beside, with fused ops whole and in small."""
    beside = [a * (1 + 1e-4 * w) for a, w in zip(arrays, weights(arrays, 3))]
    with seeded_outside():
        for order in (1, 2):
            f = slopes(partial(program, plain), arrays, order)
            seed(0)
            expected = f(*arrays)
            for whole in (True, False):
                seed(0)
                try:
                    written = trace(f, *beside, whole=lambda op, whole=whole: whole)
                    seed(0)
                    found = written.run(*arrays)
                except (GuardError, np.linalg.LinAlgError):  # another program is right: a branch, a singular matrix
                    continue
                same(found, expected)


def compiled(program, arrays, backend="numpy"):
    f = partial(program, plain)
    with seeded_outside():
        fast = compile(f, backend=backend)
        for run in (first_order, both_orders):
            seed(0)
            expected = run(f, arrays)
            seed(0)
            same(run(fast, arrays), expected)


def in_c(program, arrays):
    flags = ["-O1", *build.FLAGS[1:]]  # which takes the compiler less time
    with (
        TemporaryDirectory() as folder,
        patch.dict(os.environ, GLASSGRAD_CACHE=folder),
        patch.object(build, "FLAGS", flags),
    ):
        if is_there():
            compiled(program, arrays, "c")


def mapped(program, arrays):
    """Its derivatives at two points at once; at one twice where branches part."""
    beside = [a * (1 + 1e-4 * w) for a, w in zip(arrays, weights(arrays, 3))]
    with seeded_outside(), warnings.catch_warnings():
        warnings.simplefilter("ignore", LoopWarning)
        for order in (1, 2):
            f = slopes(partial(program, plain), arrays, order)
            seed(0)
            before = get_rng_state()
            expected = f(*arrays)
            if get_rng_state() != before:  # each example draws numbers of its own
                return
            for other in (beside, arrays):
                try:
                    found = vmap(f)(*map(np.stack, zip(arrays, other)))
                except TraceError:
                    if other is arrays:
                        raise
                    continue
                except UnsupportedError:  # dropout in an array without elements, which draws nothing
                    return
                same(found, [np.stack(pair) for pair in zip(expected, f(*other))])
                break


WAYS = [differences, recorded, checkpoints, references, hooks, tangents, retained, threads, singles]
WAYS += [traced, compiled, in_c, mapped]
