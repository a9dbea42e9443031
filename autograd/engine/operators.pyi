"""What operations attach to Tensor, for editors and type checkers: made by `make stubs`."""

from collections.abc import Sequence

from numpy.typing import DTypeLike

from autograd.engine.tensor import Tensor
from autograd.engine.types import Axis, Value
from autograd.ops.index import Index

class Operators:
    """Operators and methods of Tensor."""

    @property
    def T(self) -> Tensor:
        """The axes in another order, reversed by default."""

    def __abs__(self) -> Tensor: ...
    def __add__(self, other: Value) -> Tensor: ...
    def __and__(self, other: Value) -> Tensor: ...
    def __eq__(self, other: Value) -> Tensor: ...  # type: ignore[override]
    def __floordiv__(self, other: Value) -> Tensor: ...
    def __ge__(self, other: Value) -> Tensor: ...
    def __getitem__(self, index: Index) -> Tensor:
        """x[index], for any index NumPy takes: basic, integer arrays, masks, mixed."""

    def __gt__(self, other: Value) -> Tensor: ...
    def __iadd__(self, other: Value) -> Tensor: ...
    def __iand__(self, other: Value) -> Tensor: ...
    def __ifloordiv__(self, other: Value) -> Tensor: ...
    def __ilshift__(self, other: Value) -> Tensor: ...
    def __imatmul__(self, other: Value) -> Tensor: ...
    def __imod__(self, other: Value) -> Tensor: ...
    def __imul__(self, other: Value) -> Tensor: ...
    def __invert__(self) -> Tensor: ...
    def __ior__(self, other: Value) -> Tensor: ...
    def __ipow__(self, other: Value) -> Tensor: ...
    def __irshift__(self, other: Value) -> Tensor: ...
    def __isub__(self, other: Value) -> Tensor: ...
    def __itruediv__(self, other: Value) -> Tensor: ...
    def __ixor__(self, other: Value) -> Tensor: ...
    def __le__(self, other: Value) -> Tensor: ...
    def __lshift__(self, other: Value) -> Tensor: ...
    def __lt__(self, other: Value) -> Tensor: ...
    def __matmul__(self, b: Value) -> Tensor:
        """The matrix product, batched over leading axes; a vector is a row on the left and a column on the right."""

    def __mod__(self, other: Value) -> Tensor: ...
    def __mul__(self, other: Value) -> Tensor: ...
    def __ne__(self, other: Value) -> Tensor: ...  # type: ignore[override]
    def __neg__(self) -> Tensor: ...
    def __or__(self, other: Value) -> Tensor: ...
    def __pos__(self) -> Tensor: ...
    def __pow__(self, other: Value) -> Tensor: ...
    def __radd__(self, other: Value) -> Tensor: ...
    def __rand__(self, other: Value) -> Tensor: ...
    def __rfloordiv__(self, other: Value) -> Tensor: ...
    def __rlshift__(self, other: Value) -> Tensor: ...
    def __rmatmul__(self, other: Value) -> Tensor: ...
    def __rmod__(self, other: Value) -> Tensor: ...
    def __rmul__(self, other: Value) -> Tensor: ...
    def __ror__(self, other: Value) -> Tensor: ...
    def __rpow__(self, other: Value) -> Tensor: ...
    def __rrshift__(self, other: Value) -> Tensor: ...
    def __rshift__(self, other: Value) -> Tensor: ...
    def __rsub__(self, other: Value) -> Tensor: ...
    def __rtruediv__(self, other: Value) -> Tensor: ...
    def __rxor__(self, other: Value) -> Tensor: ...
    def __setitem__(self, index: Index, value: Value) -> None: ...
    def __sub__(self, other: Value) -> Tensor: ...
    def __truediv__(self, other: Value) -> Tensor: ...
    def __xor__(self, other: Value) -> Tensor: ...
    def abs(self) -> Tensor:
        """The magnitude of x, which is real. At 0 the gradient is 0."""

    def absolute(self) -> Tensor:
        """The magnitude of x, which is real. At 0 the gradient is 0."""

    def all(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Whether every element is nonzero. No derivative."""

    def any(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """Whether some element is nonzero. No derivative."""

    def argmax(self, axis: int | None = None, keepdims: bool = False) -> Tensor:
        """The index of the largest element, the first of those that tie. No derivative."""

    def argmin(self, axis: int | None = None, keepdims: bool = False) -> Tensor:
        """The index of the smallest element, the first of those that tie. No derivative."""

    def argsort(self, axis: int | None = -1) -> Tensor:
        """The indices that sort x along `axis`; equal elements keep their order. No derivative."""

    def astype(self, dtype: DTypeLike) -> Tensor:
        """The values in another dtype; the gradient comes back in the dtype of x. Integers and bool end the graph."""

    def clip(self, min: Value | float | None = None, max: Value | float | None = None) -> Tensor:
        """x limited to [min, max], with broadcasting. On a limit all of the gradient is that of x."""

    def conj(self) -> Tensor:
        """The conjugate of x, of which the imaginary part has the other sign. `conj` is the same."""

    def conjugate(self) -> Tensor:
        """The conjugate of x, of which the imaginary part has the other sign. `conj` is the same."""

    def copy(self) -> Tensor:
        """The same values in new memory."""

    def cos(self) -> Tensor:
        """The cosine of x radians."""

    def cumprod(self, axis: int | None = None) -> Tensor:
        """The running product along `axis` (of the flattened array by default), with the right gradient at zeros."""

    def cumsum(self, axis: int | None = None) -> Tensor:
        """The running sum along `axis` (of the flattened array by default)."""

    def diagonal(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
        """The diagonal of the planes of two axes, as a last axis."""

    def dot(self, b: Value) -> Tensor:
        """The sum of products over the last axis of a and the last but one of b (its only one for a vector)."""

    def exp(self) -> Tensor:
        """e to the power x."""

    def flatten(self, order: str = "C") -> Tensor:
        """The elements in one row; by columns where `order` is "F"."""

    @property
    def imag(self) -> Tensor:
        """The imaginary part, 0 of real numbers."""

    def log(self) -> Tensor:
        """The natural logarithm of x > 0."""

    def log_softmax(self, axis: int = -1) -> Tensor:
        """log(softmax(x)) along `axis`, stable for any x; a slice of only -inf stays -inf."""

    def logsumexp(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """log(sum(exp(x))) over `axis`, stable for any x; a slice of only -inf gives -inf and a gradient of 0."""

    @property
    def mT(self) -> Tensor: ...
    def max(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """The largest over `axis` (all by default); elements that tie share the gradient evenly."""

    def mean(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """The mean over `axis` (all by default)."""

    def min(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """The smallest over `axis` (all by default); elements that tie share the gradient evenly."""

    def prod(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """The product over `axis` (all by default), with the right gradient at zeros."""

    def ravel(self, order: str = "C") -> Tensor:
        """The elements in one row; by columns where `order` is "F"."""

    @property
    def real(self) -> Tensor:
        """The real part."""

    def relu(self) -> Tensor:
        """max(x, 0); at 0 the gradient is 0."""

    def repeat(self, repeats: int | Sequence[int], axis: int | None = None) -> Tensor:
        """Each element (of the flattened array, or each slice along `axis`) repeated."""

    def reshape(self, *shape: int | Sequence[int], **order: str) -> Tensor:
        """The same elements in another shape, its sizes one by one or in a tuple; one -1 is worked out."""

    def round(self, decimals: int = 0) -> Tensor:
        """x with so many decimals, of two the even one; the gradient is 0."""

    def rsqrt(self) -> Tensor:
        """1 / sqrt(x), for x > 0."""

    def sigmoid(self) -> Tensor:
        """1 / (1 + exp(-x)), stable for any x."""

    def sin(self) -> Tensor:
        """The sine of x radians."""

    def softmax(self, axis: int = -1) -> Tensor:
        """exp(x) / sum(exp(x)) along `axis`; a slice of only -inf gives zeros."""

    def sqrt(self) -> Tensor:
        """The square root of x >= 0; its slope at 0 is infinite."""

    def squeeze(self, axis: Axis = None) -> Tensor:
        """Axes of length 1 removed."""

    def std(self, axis: Axis = None, ddof: int = 0, keepdims: bool = False) -> Tensor:
        """The square root of the variance; where all values are equal the gradient is 0."""

    def sum(self, axis: Axis = None, keepdims: bool = False) -> Tensor:
        """The sum over `axis` (all by default)."""

    def swapaxes(self, axis1: int, axis2: int) -> Tensor:
        """Two axes exchanged."""

    def take(self, indices: Value, axis: int | None = None) -> Tensor:
        """The elements (of the flattened array, or slices along `axis`) at `indices`."""

    def tanh(self) -> Tensor:
        """The hyperbolic tangent: -1 to 1, slope 1 at 0."""

    def trace(self, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
        """The sum along a diagonal."""

    def transpose(self, *axes: int | Sequence[int]) -> Tensor:
        """The axes in another order, one by one or in a tuple, reversed by default."""

    def unstack(self, axis: int = 0) -> tuple[Tensor, ...]:
        """The slices along an axis, in a tuple: what a loop over x goes through. Raises ShapeError where there is none."""

    def var(self, axis: Axis = None, ddof: int = 0, keepdims: bool = False) -> Tensor:
        """The mean squared distance from the mean; the divisor is N - ddof."""
