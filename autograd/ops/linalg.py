"""Products of vectors, matrices and tensors, from `dot` to `einsum`, and the affine map of a network's layer."""

from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from math import prod
from string import ascii_lowercase, ascii_uppercase
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from ..engine.errors import ShapeError
from ..engine.op import numpy_functions
from ..engine.types import Array, Maybe, Shape
from .arithmetic import conjugated, operand
from .cases import Case, Draw
from .declare import composite, op
from .special import HALF, widened

__all__ = [
    "cross", "dot", "einsum", "inner", "kron", "linear", "matmul", "matvec", "multi_dot", "outer", "tensordot", "vdot",
    "vecdot", "vecmat",
]  # fmt: skip


Axes = int | Sequence[int]


def _t(x: Array) -> Array:
    return np.swapaxes(x, -1, -2)


def _h(x: Array) -> Array:
    return conjugated(_t(x))


def _rows(x: Array) -> Array:
    """x as one matrix, its leading axes flattened: one large product beats a batch of small ones."""
    return x if x.ndim == 2 else np.reshape(x, (prod(x.shape[:-1]), x.shape[-1]))


# -- products ------------------------------------------------------------------------------------------


def _matmul_cases(d: Draw) -> Case:
    n, k, m = (d.integer(0, 3) for _ in range(3))
    vectors = [((k,), (k,)), ((k,), (k, m)), ((2, n, k), (k,))]
    left, right = d.choice([((n, k), (k, m)), *vectors, ((2, n, k), (k, m)), ((2, 1, n, k), (3, k, m))])
    return d.array(left), d.array(right)


def _matmul_a(g: Array, a: Array, b: Array) -> Array:
    if b.ndim == 1:
        return g * b if a.ndim == 1 else np.expand_dims(g, -1) * b
    if a.ndim == 1:
        return np.matmul(b, g) if b.ndim == 2 else np.matmul(b, np.expand_dims(g, -1))[..., 0]
    return np.matmul(g, _t(b))


def _matmul_b(g: Array, a: Array, b: Array) -> Array:
    if a.ndim == 1:
        return np.expand_dims(g, -2) * np.expand_dims(a, -1) if b.ndim > 1 else g * a
    if b.ndim == 1:
        return np.matmul(g, a) if a.ndim == 2 else np.matmul(_t(a), np.expand_dims(g, -1))[..., 0]
    if b.ndim == 2:  # one product sums over the batch, without one matrix per member
        return np.matmul(_t(_rows(a)), _rows(g))
    return np.matmul(_t(a), g)


@op(
    complex=True,
    misfit="the inner sizes differ; transpose one operand? A number has no axes: use *",
    a=_matmul_a,
    b=_matmul_b,
    cases=_matmul_cases,
    numpy=(np.matmul, np.linalg.matmul),
    operator="matmul",
    label="@",
    formulas={"a": "g @ b.T", "b": "a.T @ g"},
)
def matmul(a: Array, b: Array) -> Array:
    """The matrix product, batched over leading axes; a vector is a row on the left and a column on the right.

    >>> matmul(Tensor([[1.0, 2.0]]), Tensor([[3.0], [4.0]]))
    Tensor([[11.]])
    """
    return np.matmul(a, b)


def _tensordot_cases(d: Draw) -> Case:
    shape = d.shape(min_dims=2, max_dims=3, min_side=1)
    kind = d.choice(["count", "axes", "axis", "none"])
    if kind == "count":
        n = d.integer(1, 2)
        return (d.array(shape), d.array((*shape[len(shape) - n :], 2))), {"axes": n}
    if kind == "axes":
        return (d.array(shape), d.array((shape[1], 2, shape[0]))), {"axes": ([0, 1], [-1, 0])}
    if kind == "axis":
        return (d.array(shape), d.array((2, shape[0]))), {"axes": (0, -1)}
    return (d.array(shape), d.array((2,))), {"axes": 0}


@composite(cases=_tensordot_cases, numpy=(np.tensordot, np.linalg.tensordot))
def tensordot(a: Array, b: Array, axes: int | tuple[Axes, Axes] = 2) -> Array:
    """Sum products over `axes`: the last n of a with the first n of b, or those of the pair (axes of a, axes of b).

    >>> tensordot(Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([10.0, 1.0]), 1)
    Tensor([12., 34.])
    """
    a, b = operand(a), operand(b)
    left, right, n, m = a.shape, b.shape, a.ndim, b.ndim
    pair = (range(n - axes, n), range(axes)) if isinstance(axes, (int, np.integer)) else axes
    over, under = normalize_axis_tuple(pair[0], n), normalize_axis_tuple(pair[1], m)
    if [left[i] for i in over] != [right[i] for i in under]:
        raise ShapeError(f"tensordot: axes {over} of a {left} and {under} of b {right} differ in size")
    if n <= 2 and m <= 2 and over == (n - 1,) and under == (0,):
        return np.matmul(a, b)
    if over == under == tuple(range(n)) == tuple(range(m)) and n:
        return np.matmul(np.reshape(a, -1), np.reshape(b, -1))
    rows = tuple(i for i in range(n) if i not in over)
    columns = tuple(i for i in range(m) if i not in under)
    k = prod(left[i] for i in over)
    kept = (*(left[i] for i in rows), *(right[i] for i in columns))
    a = np.reshape(np.transpose(a, rows + over), (prod(left[i] for i in rows), k))
    b = np.reshape(np.transpose(b, under + columns), (k, prod(right[i] for i in columns)))
    return np.reshape(np.matmul(a, b), kept)


def _along_last(d: Draw, others: Callable[[int], list[Shape]]) -> Case:
    """Two arrays, the second of one of the shapes that `others` makes of the first one's last axis."""
    left = d.shape(max_dims=3, min_side=1)
    return d.array(left), d.array(d.choice(others(left[-1] if left else 2)))


@composite(cases=lambda d: _along_last(d, lambda k: [(k,), (k, 2), (2, k, 3), ()]), numpy=np.dot, method=True)
def dot(a: Array, b: Array) -> Array:
    """The sum of products over the last axis of a and the last but one of b (its only one for a vector).

    For vectors the inner product, for matrices the matrix product, for a number on either side the product.

    >>> dot(Tensor([1.0, 2.0]), Tensor([3.0, 4.0]))
    Tensor(11.)
    """
    a, b = operand(a), operand(b)
    if a.ndim == 0 or b.ndim == 0:
        return np.multiply(a, b)
    return np.matmul(a, b) if b.ndim <= 2 else tensordot(a, b, (-1, -2))


@composite(cases=lambda d: (d.array((2, 3)), d.array(d.choice([(6,), (3, 2)]))), numpy=np.vdot)
def vdot(a: Array, b: Array) -> Array:
    """The inner product of all elements of a and b, both flattened; of a complex a the conjugate.

    >>> vdot(Tensor([[1.0, 2.0]]), Tensor([3.0, 4.0]))
    Tensor(11.)
    """
    return np.matmul(np.ravel(conjugated(operand(a))), np.ravel(b))


def _ufunc(name: str) -> Any:
    return getattr(np, name, None)  # of NumPy 2.2


@composite(cases=lambda d: (d.array((2, 1, 3)), d.array((4, 3))), numpy=(np.linalg.vecdot, _ufunc("vecdot")))
def vecdot(a: Array, b: Array, axis: int = -1) -> Array:
    """The inner products of the vectors along `axis`, broadcast over the others. Raises ShapeError for other lengths.

    >>> vecdot(Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([10.0, 1.0]))
    Tensor([12., 34.])
    """
    a, b = operand(a), operand(b)
    if a.shape[axis] != b.shape[axis]:
        raise ShapeError(f"vecdot: vectors of {a.shape[axis]} and of {b.shape[axis]} elements, in {a.shape}, {b.shape}")
    products = conjugated(a) * b
    y = np.sum(products, axis=axis)
    return y if y.dtype == products.dtype else y.astype(products.dtype)  # of integers, which sum widens


@composite(cases=lambda d: (d.array((2, 1, 2, 3)), d.array((4, 3))), numpy=(_ufunc("matvec"),))
def matvec(a: Array, b: Array) -> Array:
    """The products of matrices a (..., m, n) and vectors b (..., n), broadcast over the leading axes.

    >>> matvec(Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([10.0, 1.0]))
    Tensor([12., 34.])
    """
    return np.matmul(a, np.expand_dims(b, -1))[..., 0]


@composite(cases=lambda d: (d.array((4, 2)), d.array((2, 1, 2, 3))), numpy=(_ufunc("vecmat"),))
def vecmat(a: Array, b: Array) -> Array:
    """The products of vectors a (..., m) and matrices b (..., m, n), broadcast over the leading axes.

    >>> vecmat(Tensor([10.0, 1.0]), Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([13., 24.])
    """
    return np.matmul(np.expand_dims(conjugated(operand(a)), -2), b)[..., 0, :]


@composite(cases=lambda d: _along_last(d, lambda k: [(k,), (2, k), (2, 2, k), ()]), numpy=np.inner)
def inner(a: Array, b: Array) -> Array:
    """The sum of products over the last axes, for every pair of leading indices of a and of b.

    >>> inner(Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([10.0, 1.0]))
    Tensor([12., 34.])
    """
    a, b = operand(a), operand(b)
    if a.ndim == 0 or b.ndim == 0:
        return np.multiply(a, b)
    return tensordot(a, b, (-1, -1))


@composite(cases=lambda d: (d.array(max_dims=2), d.array(max_dims=2)), numpy=np.outer)
def outer(a: Array, b: Array) -> Array:
    """The matrix of all products of an element of a and one of b, both flattened.

    >>> outer(Tensor([1.0, 2.0]), Tensor([3.0, 4.0]))
    Tensor([[3., 4.],
            [6., 8.]])
    """
    return np.reshape(operand(a), (-1, 1)) * (b if np.ndim(b) == 1 else np.ravel(b))


@composite(cases=lambda d: (d.array(max_dims=3, max_side=2), d.array(max_dims=3, max_side=2)), numpy=np.kron)
def kron(a: Array, b: Array) -> Array:
    """The Kronecker product: each element of a replaced by that element times b.

    >>> kron(Tensor([1.0, 10.0]), Tensor([1.0, 2.0]))
    Tensor([ 1.,  2., 10., 20.])
    """
    a, b = operand(a), operand(b)
    n = max(a.ndim, b.ndim)
    left = (1,) * (n - a.ndim) + a.shape
    right = (1,) * (n - b.ndim) + b.shape
    a = np.reshape(a, tuple(size for side in left for size in (side, 1)))
    b = np.reshape(b, tuple(size for side in right for size in (1, side)))
    return np.reshape(a * b, tuple(p * q for p, q in zip(left, right)))


def _cross_axes(axisa: int, axisb: int, axisc: int, axis: int | None) -> tuple[int, int, int]:
    return (axisa, axisb, axisc) if axis is None else (axis, axis, axis)


def _cross_a(g: Array, b: Array, a_shape: Shape, axisa: int, axisb: int, axisc: int, axis: int | None) -> Array:
    first, second, third = _cross_axes(axisa, axisb, axisc, axis)
    return cross(b, g, second, third, first % len(a_shape) - len(a_shape))


def _cross_b(g: Array, a: Array, b_shape: Shape, axisa: int, axisb: int, axisc: int, axis: int | None) -> Array:
    first, second, third = _cross_axes(axisa, axisb, axisc, axis)
    return cross(g, a, third, first, second % len(b_shape) - len(b_shape))


def _cross_cases(d: Draw) -> Case:
    a, b, axes = d.choice(
        [
            ((3,), (3,), {}),
            ((2, 3), (3,), {}),
            ((3, 2), (3, 2), {"axis": 0}),
            ((3, 2), (4, 2, 3), {"axisa": 0, "axisc": 1}),
            ((2, 1, 3), (2, 3, 4), {"axisb": 1, "axisc": 0}),
        ]
    )
    return (d.array(a), d.array(b)), axes


@op(
    complex=True,
    misfit="{}",
    a=_cross_a,
    b=_cross_b,
    cases=_cross_cases,
    numpy=np.cross,
    label="×",
    formulas={"a": "cross(b, g)", "b": "cross(g, a)"},
)
def cross(a: Array, b: Array, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Array:
    """The cross product of vectors of size 3, along `axisa` and `axisb`, put along `axisc`; `axis` sets all three.

    >>> cross(Tensor([1.0, 0.0, 0.0]), Tensor([0.0, 1.0, 0.0]))
    Tensor([0., 0., 1.])
    """
    first, second, _ = _cross_axes(axisa, axisb, axisc, axis)
    a, b = operand(a), operand(b)
    if (a.shape[first], b.shape[second]) != (3, 3):
        raise ShapeError(f"cross: a {a.shape} and b {b.shape} need size 3 along axis {first} and {second}")
    return np.cross(a, b, axisa, axisb, axisc, axis)


@composite(
    cases=lambda d: ([d.array((2,)), *(d.array(s) for s in ((2, 1), (1, 3), (3, 2)))],), numpy=np.linalg.multi_dot
)
def multi_dot(arrays: list[Array]) -> Array:
    """The product of two or more matrices, in the order with the fewest multiplications.

    The first may be a vector (a row), and so may the last (a column).

    >>> multi_dot([Tensor([[1.0, 2.0]]), Tensor([[3.0], [4.0]]), Tensor([[2.0]])])
    Tensor([[22.]])
    """
    arrays = list(map(operand, arrays))
    sizes = [1 if arrays[0].ndim == 1 else arrays[0].shape[0], *(a.shape[0] for a in arrays[1:])]
    sizes.append(1 if arrays[-1].ndim == 1 else arrays[-1].shape[-1])

    @cache
    def best(i: int, j: int) -> tuple[int, int]:
        """The cost of the product of arrays i to j, and after which one to split it."""
        if i == j:
            return 0, i
        return min((best(i, k)[0] + best(k + 1, j)[0] + sizes[i] * sizes[k + 1] * sizes[j + 1], k) for k in range(i, j))

    def product(i: int, j: int) -> Array:
        k = best(i, j)[1]
        return arrays[i] if i == j else np.matmul(product(i, k), product(k + 1, j))

    return product(0, len(arrays) - 1)


# NumPy's newer names for what takes fewer arguments there
numpy_functions[np.linalg.outer] = outer
numpy_functions[np.linalg.cross] = cross


# -- einsum --------------------------------------------------------------------------------------------

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LARGE = 1 << 14  # multiplications from which planning a contraction for BLAS costs less than it saves


def _fresh(used: str, count: int) -> str:
    free = [letter for letter in _LETTERS if letter not in used]
    if count > len(free):
        raise ShapeError(f"einsum: more than {len(_LETTERS)} indices in all; contract in several steps")
    return "".join(free[:count])


@lru_cache  # a program repeats its few contractions
def _explicit(subscripts: str, ndims: Shape) -> str:
    """`subscripts` with the output written out and a letter for every axis under an ellipsis.

    >>> _explicit("...ij, ...jk", (3, 2))
    'aij,jk->aik'
    """
    text = subscripts.replace(" ", "")
    left, arrow, output = text.partition("->")
    terms = left.split(",")
    if len(terms) != len(ndims):
        raise ShapeError(f"einsum {subscripts!r} names {len(terms)} operands but was given {len(ndims)}")
    if any("." in term.replace("...", "", 1) for term in [*terms, output]):
        raise ShapeError(f"einsum {subscripts!r}: each operand and the output may have one '...'")
    hidden = [n - len(term.replace("...", "")) for term, n in zip(terms, ndims)]
    for i, (term, extra) in enumerate(zip(terms, hidden)):
        if extra < 0 or (extra and "..." not in term):
            raise ShapeError(f"einsum {subscripts!r}: {term!r} does not fit operand {i}, which has {ndims[i]} axes")
    wide = _fresh(text, max(hidden))
    if not arrow:
        letters = sorted(c for c in set(left) - set(",.") if left.count(c) == 1)
        output = "..." + "".join(letters)
    elif wide and "..." not in output:
        raise ShapeError(f"einsum {subscripts!r}: an operand has axes under '...' but the output has no '...'")
    terms = [term.replace("...", wide[len(wide) - extra :]) for term, extra in zip(terms, hidden)]
    return ",".join(terms) + "->" + output.replace("...", wide)


def _einsum_rule(g: Array, operands: list[Array], subscripts: str, needs: tuple[bool, ...]) -> list[Maybe]:
    """For each operand, the einsum of g and the other operands with its own indices as the output.

    What such a product leaves open, two kinds of extra factor fill in: an identity matrix puts an index that
    repeats within the operand on its diagonal, a vector of ones spreads an index that only the operand has.
    """
    left, output = subscripts.split("->")
    terms = left.split(",")
    return [_einsum_one(g, operands, terms, output, k) if need else None for k, need in enumerate(needs)]


def _einsum_one(g: Array, operands: list[Array], terms: list[str], output: str, k: int) -> Array:
    others = [output, *terms[:k], *terms[k + 1 :]]
    factors = [g, *operands[:k], *operands[k + 1 :]]
    spare = iter(_fresh("".join([*others, terms[k]]), len(terms[k]) - len(set(terms[k]))))
    wanted: list[str] = []
    for letter, n in zip(terms[k], operands[k].shape):
        if letter in wanted:
            wanted.append(next(spare))
            others.append(letter + wanted[-1])
            factors.append(np.eye(n, dtype=g.dtype))
        else:
            wanted.append(letter)
            if not any(letter in term and f.shape[term.index(letter)] == n for term, f in zip(others, factors)):
                others.append(letter)
                factors.append(np.ones(n, g.dtype))
    return _einsum(factors, ",".join(others) + "->" + "".join(wanted))


_CONTRACTIONS = (
    "ij,jk->ik ba->ab ii-> ii->i iji->j iii-> ij-> ij,k->i ,i->i abij,bjk->abik ia,ai->a aii->a ij,jk,kl,l->i "
    "ij,ji,ii-> bqd,bkd->bqk"
)


def _einsum_cases(d: Draw) -> Case:
    subscripts = d.choice(_CONTRACTIONS.split())
    terms = subscripts.split("->")[0].split(",")
    lengths = {letter: d.integer(1, 3) for letter in sorted(set("".join(terms)))}

    def length(letter: str, term: str) -> int:  # an axis of length 1 broadcasts, unless its index repeats
        return lengths[letter] if term.count(letter) > 1 else d.choice([lengths[letter], 1])

    return [d.array(tuple(length(letter, term) for letter in term)) for term in terms], subscripts


@op(
    complex=True,
    misfit="{}",
    variadic="operands",
    joint=_einsum_rule,
    name="einsum",
    label="Σ∏",
    view=True,
    cases=_einsum_cases,
    formulas={"operands": "einsum of g and the other operands"},
)
def _einsum(operands: list[Array], subscripts: str, optimize: Any = None) -> Array:
    """The operation behind `einsum`, whose subscripts are written out; `optimize` is chosen by the amount of work.

    >>> einsum("ij,j->i", Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([10.0, 1.0]))
    Tensor([12., 34.])
    """
    if optimize is None:
        left, output = subscripts.split("->")
        sizes: dict[str, int] = {}
        for term, x in zip(left.split(","), operands):
            for letter, n in zip(term, x.shape):
                sizes[letter] = max(n, sizes.get(letter, 0))
        optimize = len(operands) > 1 and len(sizes) > len(output) and prod(sizes.values()) > _LARGE
    half = all(x.dtype is HALF for x in operands)  # whose own sums stop at 2048 ones
    y = np.einsum(subscripts, *(map(widened, operands) if half else operands), optimize=optimize)
    return y.astype(np.float16) if half else y


def _in_letters(*said: Any) -> tuple[str, tuple[Any, ...]]:
    """The subscripts, and the operands, of a call that gives each operand with a list of its axes behind it."""
    pairs = len(said) // 2 * 2
    lists = [*said[1:pairs:2], *said[pairs:]]
    if not all(isinstance(axes, (list, tuple)) for axes in lists):
        raise TypeError(
            "einsum: the subscripts come first, as a string such as 'ij,jk->ik', or each operand has the list of its "
            "axes behind it, as in einsum(a, [0, 1], b, [1, 2], [0, 2])"
        )
    letters = ascii_uppercase + ascii_lowercase  # as they are sorted
    terms = ["".join("..." if a is Ellipsis else letters[a] for a in axes) for axes in lists]
    return ",".join(terms[: pairs // 2]) + "->".join(["", *terms[pairs // 2 :]]), said[:pairs:2]


def einsum(subscripts: Any, *operands: Any, optimize: Any = None) -> Array:
    """Einstein's summation over any number of operands, with all of NumPy's subscripts.

    An index repeated within an operand takes its diagonal, one missing from the output is summed, `...` stands
    for broadcast axes, and without `->` the output is `...` and then, sorted, the indices that occur once.
    Or, instead of the subscripts, each operand has a list of its axes behind it, and the result one at the end.
    The order of contraction is planned (NumPy's `optimize`) when the work is large, or as `optimize` says.
    Raises ShapeError when an operand does not fit its subscripts.

    >>> einsum("ij,j->i", Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor([10.0, 1.0]))
    Tensor([12., 34.])
    """
    if not isinstance(subscripts, str):
        subscripts, operands = _in_letters(subscripts, *operands)
    arrays = [operand(x) for x in operands]
    return _einsum(arrays, _explicit(subscripts, tuple(x.ndim for x in arrays)), optimize)


einsum.op = _einsum.op  # the same operation, with the subscripts first
numpy_functions[np.einsum] = einsum


# -- the affine map ------------------------------------------------------------------------------------


def _linear_advice(x: Shape, weight: Shape, bias: Shape | None) -> str:
    """What may have gone wrong with an input of another width."""
    if not x or len(weight) != 2 or x[-1] == weight[1]:
        return ""
    features = weight[1]
    if len(x) > 1 and prod(x[1:]) == features:
        return f"flatten each example, x.reshape({x[0]}, -1) or nn.Flatten() before it"
    if len(x) > 1 and prod(x) == features:
        return f"give a batch of one, x[None], to the first layer, or flatten the one example, x.reshape(1, {features})"
    if len(x) == 2 and x[0] == features:
        return "examples are rows, so x.T if they stand in columns"
    return f"in_features is the length of the last axis of x, so make the layer with in_features={x[-1]}"


def _linear_cases(d: Draw) -> Case:
    x = d.array(min_dims=1, max_dims=3)
    out = d.integer(0, 3)
    arguments = x, d.array((out, x.shape[-1])), d.array((out,))
    return arguments[: d.choice([3, 2])]


@op(
    complex=True,
    x=lambda g, weight, x_shape: np.reshape(np.matmul(_rows(g), weight), x_shape),
    weight=lambda g, x: np.matmul(_t(_rows(g)), _rows(x)),
    bias=lambda g: g,
    cases=_linear_cases,
    formulas={"x": "g @ weight", "weight": "g.T @ x", "bias": "sum(g, axis=0)"},
    shapes={"x": "... in", "weight": "out in", "bias": "out"},
    hint=_linear_advice,
)
def linear(x: Array, weight: Array, bias: Maybe = None) -> Array:
    """x @ weight.T + bias, in PyTorch's layout; the result is (..., out).

    Raises ShapeError when the sizes do not fit.

    >>> linear(Tensor([1.0, 2.0]), Tensor([[3.0, 4.0]]), Tensor([0.5]))
    Tensor([11.5])
    """
    y = np.matmul(_rows(x), weight.T)
    if bias is not None:
        # y is ours alone, so the sum needs no new array, unless it would be rounded
        y = np.add(y, bias, out=y) if np.result_type(y, bias) == y.dtype else y + bias
    return np.reshape(y, (*x.shape[:-1], weight.shape[0]))


def linear_of_each(size: int, g: Array, kept: Any, wanted: Sequence[str], **named: Any) -> dict[str, Array]:
    """The gradients of `linear`, those of weight and bias for each of `size` examples, which stand in front of x."""
    x, weight = named["x"], named["weight"]
    gs, xs = (a.reshape(size, prod(a.shape[1:-1]), a.shape[-1]) for a in (g, x))
    found = {}
    if "x" in wanted:
        found["x"] = np.reshape(_rows(g) @ weight, x.shape)
    if "weight" in wanted:  # of a single row an outer product, for which BLAS takes five times as long
        found["weight"] = np.einsum("bno,bni->boi", gs, xs) if gs.shape[1] == 1 else np.matmul(_t(gs), xs)
    if "bias" in wanted:
        found["bias"] = np.sum(widened(gs), axis=1)
    return found
