"""Activations: functions under PyTorch's names, each on the engine's op, and the layers that apply them.

Unless they say otherwise they map an input of any shape to the same shape, element by element. Arguments of
another kind than the signature's raise TypeError, nan and others out of range ValueError: in a function at the call, in
a layer when it is made.
"""

from typing import Annotated

import numpy as np

import autograd
from autograd import Tensor
from autograd.ops.arithmetic import constant
from autograd.ops.random import current, drawn
from autograd.ops.shapes import fit
from autograd.support.checks import choice, divisor, flag, limits, number, positive, shape_of, size
from autograd.support.settings import Number, Size, one_of

from .layer import IMAGES, Applied, Dim, Layer, axis_of
from .module import Parameter

__all__ = [
    "CELU", "ELU", "GELU", "GLU", "SELU", "Hardsigmoid", "Hardswish", "Hardtanh", "LeakyReLU", "LogSigmoid",
    "LogSoftmax", "Mish", "PReLU", "ReLU", "ReLU6", "SiLU", "Sigmoid", "Softmax", "Softmax2d", "Softmin", "Softplus",
    "Softsign", "Tanh",
]  # fmt: skip


# -- functions -----------------------------------------------------------------------------------------


def relu(input: Tensor) -> Tensor:
    """max(x, 0); see `ReLU`.

    >>> relu(autograd.tensor([-1.0, 2.0]))
    Tensor([0., 2.])
    """
    return autograd.relu(input)


def relu6(input: Tensor) -> Tensor:
    """x limited to [0, 6]; see `ReLU6`.

    >>> relu6(autograd.tensor([-1.0, 7.0]))
    Tensor([0., 6.])
    """
    return autograd.hardtanh(input, 0.0, 6.0)


def leaky_relu(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """x where positive, else negative_slope x; see `LeakyReLU`.

    >>> leaky_relu(autograd.tensor([-1.0, 2.0]), 0.1)
    Tensor([-0.1,  2. ])
    """
    return autograd.leaky_relu(input, number("leaky_relu: negative_slope", negative_slope))


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """x where positive, else weight x, a weight (1,) or (C,); ShapeError for another; see `PReLU`.

    >>> prelu(autograd.tensor([-1.0, 2.0]), autograd.tensor([0.5]))
    Tensor([-0.5,  2. ])
    """
    return autograd.prelu(input, weight)


def elu(input: Tensor, alpha: float = 1.0) -> Tensor:
    """x where positive, else alpha (exp(x) - 1); see `ELU`.

    >>> elu(autograd.tensor([-1.0, 2.0]))
    Tensor([-0.6321,  2.    ])
    """
    return autograd.elu(input, number("elu: alpha", alpha))


def selu(input: Tensor) -> Tensor:
    """The self-normalising scaled ELU; see `SELU`.

    >>> selu(autograd.tensor([-1.0, 2.0]))
    Tensor([-1.1113,  2.1014])
    """
    return autograd.selu(input)


def celu(input: Tensor, alpha: float = 1.0) -> Tensor:
    """x where positive, else alpha (exp(x / alpha) - 1); see `CELU`.

    >>> celu(autograd.tensor([-1.0, 2.0]), 0.5)
    Tensor([-0.4323,  2.    ])
    """
    return autograd.celu(input, divisor("celu: alpha", alpha))


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """x times the normal distribution function of x; see `GELU`.

    >>> gelu(autograd.tensor([-1.0, 2.0]), "tanh")
    Tensor([-0.1588,  1.9546])
    """
    return autograd.gelu(input, choice("gelu: approximate", approximate, ("none", "tanh")))


def silu(input: Tensor) -> Tensor:
    """x sigmoid(x); see `SiLU`.

    >>> silu(autograd.tensor([-1.0, 2.0]))
    Tensor([-0.2689,  1.7616])
    """
    return autograd.silu(input)


def mish(input: Tensor) -> Tensor:
    """x tanh(softplus(x)); see `Mish`.

    >>> mish(autograd.tensor([-1.0, 2.0]))
    Tensor([-0.3034,  1.944 ])
    """
    return autograd.mish(input)


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """log(1 + exp(beta x)) / beta; see `Softplus`.

    >>> softplus(autograd.tensor([-1.0, 2.0]), beta=2.0)
    Tensor([0.0635, 2.0091])
    """
    return autograd.softplus(input, divisor("softplus: beta", beta), number("softplus: threshold", threshold))


def softsign(input: Tensor) -> Tensor:
    """x / (1 + |x|); see `Softsign`.

    >>> softsign(autograd.tensor([-1.0, 2.0]))
    Tensor([-0.5   ,  0.6667])
    """
    return autograd.softsign(input)


def sigmoid(input: Tensor) -> Tensor:
    """1 / (1 + exp(-x)); see `Sigmoid`.

    >>> sigmoid(autograd.tensor([-1.0, 2.0]))
    Tensor([0.2689, 0.8808])
    """
    return autograd.sigmoid(input)


def logsigmoid(input: Tensor) -> Tensor:
    """log(sigmoid(x)); see `LogSigmoid`.

    >>> logsigmoid(autograd.tensor([-1.0, 2.0]))
    Tensor([-1.3133, -0.1269])
    """
    return autograd.log_sigmoid(input)


def hardsigmoid(input: Tensor) -> Tensor:
    """x / 6 + 1/2 limited to [0, 1]; see `Hardsigmoid`.

    >>> hardsigmoid(autograd.tensor([-4.0, 1.5]))
    Tensor([0.  , 0.75])
    """
    return autograd.hardsigmoid(input)


def hardswish(input: Tensor) -> Tensor:
    """x hardsigmoid(x); see `Hardswish`.

    >>> hardswish(autograd.tensor([-4.0, 1.5]))
    Tensor([-0.   ,  1.125])
    """
    return autograd.hardswish(input)


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """x limited to [min_val, max_val]; see `Hardtanh`.

    >>> hardtanh(autograd.tensor([-3.0, 0.5]))
    Tensor([-1. ,  0.5])
    """
    return autograd.hardtanh(input, *limits("hardtanh", min_val=min_val, max_val=max_val))


def tanh(input: Tensor) -> Tensor:
    """The hyperbolic tangent; see `Tanh`.

    >>> tanh(autograd.tensor([-1.0, 2.0]))
    Tensor([-0.7616,  0.964 ])
    """
    return autograd.tanh(input)


def softmax(input: Tensor, dim: int = -1) -> Tensor:
    """exp(x) / sum(exp(x)) along `dim`; ShapeError where the input has no such axis; see `Softmax`.

    >>> softmax(autograd.tensor([0.0, 0.0]))
    Tensor([0.5, 0.5])
    """
    return autograd.softmax(input, axis_of("softmax: dim", dim, shape_of(input)))


def log_softmax(input: Tensor, dim: int = -1) -> Tensor:
    """log(softmax(x)) along `dim`; ShapeError where the input has no such axis; see `LogSoftmax`.

    >>> log_softmax(autograd.tensor([0.0, 0.0]))
    Tensor([-0.6931, -0.6931])
    """
    return autograd.log_softmax(input, axis_of("log_softmax: dim", dim, shape_of(input)))


def softmin(input: Tensor, dim: int = -1) -> Tensor:
    """softmax(-x) along `dim`; ShapeError where the input has no such axis; see `Softmin`.

    >>> softmin(autograd.tensor([0.0, 0.0]))
    Tensor([0.5, 0.5])
    """
    return autograd.softmax(-input, axis_of("softmin: dim", dim, shape_of(input)))


def gumbel_softmax(logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Tensor:
    """softmax((logits + noise) / tau) along `dim`: a differentiable draw of one class (Jang et al. 2017).

    With `hard` the values are 0 and 1, and the gradient is that of the soft ones. `eps` has no effect, as in PyTorch.
    The engine's generator draws (`autograd.seed`). Raises ValueError unless tau > 0, ShapeError for another axis.

    >>> autograd.seed(0)
    >>> gumbel_softmax(autograd.tensor([0.0, 9.0]), hard=True)
    Tensor([0., 1.])
    """
    shape, tau = shape_of(logits), positive("gumbel_softmax: tau", tau)
    axis = axis_of("gumbel_softmax: dim", dim, shape)
    noise = drawn(lambda: current().gumbel(size=shape).astype(logits.dtype))
    soft = autograd.softmax((logits + noise) / tau, axis)
    if not flag("gumbel_softmax: hard", hard):
        return soft
    values = constant(soft)
    places = np.argmax(values, axis=axis, keepdims=True)
    return soft + (autograd.put_along_axis(np.zeros_like(values), places, 1.0, axis) - values)


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """The first half of x along `dim` times the sigmoid of the second; ShapeError where it is odd; see `GLU`.

    >>> glu(autograd.tensor([1.0, 2.0, 0.0, 1000.0]))
    Tensor([0.5, 2. ])
    """
    return autograd.glu(input, size("glu: dim", dim, -64))


# -- layers --------------------------------------------------------------------------------------------

Divisor = Annotated[float, divisor]


class ReLU(Applied, function=relu):
    """max(x, 0); at 0 the gradient is 0 (Nair and Hinton 2010).

    >>> ReLU()(autograd.tensor([-1.0, 2.0]))
    Tensor([0., 2.])
    """


class ReLU6(Applied, function=relu6):
    """x limited to [0, 6]; on a limit the gradient is 0 (Krizhevsky 2010).

    >>> ReLU6()(autograd.tensor([-1.0, 2.0, 7.0]))
    Tensor([0., 2., 6.])
    """


class LeakyReLU(Applied, function=leaky_relu):
    """x where positive, else negative_slope x; at 0 the gradient is negative_slope (Maas et al. 2013).

    Raises TypeError for a slope that is no number.

    >>> LeakyReLU(0.1)(autograd.tensor([-1.0, 2.0]))
    Tensor([-0.1,  2. ])
    """

    negative_slope: Number = 0.01


class PReLU(Layer):
    """x where positive, else weight x, with a weight that is learned: one, or one for each channel (axis 1).

    At 0 the gradient is the weight for x, and 0 for the weight. Raises ShapeError where axis 1 of the input has not
    `num_parameters` elements, TypeError or ValueError for bad arguments (He et al. 2015).

    >>> PReLU(init=0.5)(autograd.tensor([-1.0, 2.0]))
    Tensor([-0.5,  2. ], op=prelu)
    """

    num_parameters: Size = 1
    init: Number = 0.25

    def _setup(self) -> None:
        """One weight, or one for each channel."""
        self.weight: Tensor = Parameter(autograd.full(self.num_parameters, self.init))

    def forward(self, input: Tensor) -> Tensor:
        """Map an input (N, C, ...), or any shape for one parameter, to the same shape."""
        return prelu(input, self.weight)


class ELU(Applied, function=elu):
    """x where positive, else alpha (exp(x) - 1); at 0 the gradient is alpha (Clevert et al. 2016).

    Raises TypeError for an alpha that is no number.

    >>> ELU()(autograd.tensor([-1.0, 2.0]))
    Tensor([-0.6321,  2.    ])
    """

    alpha: Number = 1.0


class SELU(Applied, function=selu):
    """The self-normalising ELU, with a fixed scale; at 0 the gradient is 1.7581 (Klambauer et al. 2017).

    >>> SELU()(autograd.tensor([-1.0, 2.0]))
    Tensor([-1.1113,  2.1014])
    """


class CELU(Applied, function=celu):
    """x where positive, else alpha (exp(x / alpha) - 1), whose slope has no jump (Barron 2017).

    Raises ValueError for alpha = 0, TypeError for one that is no number.

    >>> CELU(0.5)(autograd.tensor([-1.0, 2.0]))
    Tensor([-0.4323,  2.    ])
    """

    alpha: Divisor = 1.0


class GELU(Applied, function=gelu):
    """x times the normal distribution function of x; approximate="tanh" is the cheaper form.

    Raises ValueError for any other `approximate`. (Hendrycks and Gimpel 2016)

    >>> GELU()(autograd.tensor([-1.0, 2.0]))
    Tensor([-0.1587,  1.9545])
    """

    approximate: Annotated[str, one_of("none", "tanh")] = "none"


class SiLU(Applied, function=silu):
    """x sigmoid(x), also called Swish (Ramachandran et al. 2017).

    >>> SiLU()(autograd.tensor([-1.0, 2.0]))
    Tensor([-0.2689,  1.7616])
    """


class Mish(Applied, function=mish):
    """x tanh(softplus(x)) (Misra 2020).

    >>> Mish()(autograd.tensor([-1.0, 2.0]))
    Tensor([-0.3034,  1.944 ])
    """


class Softplus(Applied, function=softplus):
    """log(1 + exp(beta x)) / beta, and simply x where beta x > threshold.

    Raises ValueError for beta = 0, TypeError for what is no number (Dugas et al. 2001).

    >>> Softplus()(autograd.tensor([-1.0, 2.0]))
    Tensor([0.3133, 2.1269])
    """

    beta: Divisor = 1.0
    threshold: Number = 20.0


class Softsign(Applied, function=softsign):
    """x / (1 + |x|) (Bergstra et al. 2009).

    >>> Softsign()(autograd.tensor([-1.0, 2.0]))
    Tensor([-0.5   ,  0.6667])
    """


class Sigmoid(Applied, function=sigmoid):
    """1 / (1 + exp(-x)).

    >>> Sigmoid()(autograd.tensor([-1.0, 2.0]))
    Tensor([0.2689, 0.8808])
    """


class LogSigmoid(Applied, function=logsigmoid):
    """log(sigmoid(x)), stable for any x.

    >>> LogSigmoid()(autograd.tensor([-1.0, 2.0]))
    Tensor([-1.3133, -0.1269])
    """


class Hardsigmoid(Applied, function=hardsigmoid):
    """x / 6 + 1/2 limited to [0, 1]; at -3 and 3 the gradient is 0 (Courbariaux et al. 2015).

    >>> Hardsigmoid()(autograd.tensor([-4.0, 1.5]))
    Tensor([0.  , 0.75])
    """


class Hardswish(Applied, function=hardswish):
    """x hardsigmoid(x); at -3 the gradient is 0, at 3 it is 1 (Howard et al. 2019).

    >>> Hardswish()(autograd.tensor([-4.0, 1.5]))
    Tensor([-0.   ,  1.125])
    """


class Hardtanh(Applied, function=hardtanh):
    """x limited to [min_val, max_val]; on a limit the gradient is 0 (Collobert 2004).

    Raises ValueError where min_val is greater than max_val. PyTorch's deprecated min_value and max_value are left out.

    >>> Hardtanh()(autograd.tensor([-3.0, 0.5]))
    Tensor([-1. ,  0.5])
    """

    min_val: Number = -1.0
    max_val: Number = 1.0

    def _setup(self) -> None:
        """Refuse limits in the wrong order."""
        limits("Hardtanh", min_val=self.min_val, max_val=self.max_val)


class Tanh(Applied, function=tanh):
    """The hyperbolic tangent.

    >>> Tanh()(autograd.tensor([-1.0, 2.0]))
    Tensor([-0.7616,  0.964 ])
    """


class Softmax(Applied, function=softmax):
    """exp(x) / sum(exp(x)) along `dim`: positive numbers that add up to 1 (Bridle 1990).

    `dim` is the last axis unless given; PyTorch, given none, guesses it from the number of axes, and warns. Raises
    ShapeError where the input has no such axis.

    >>> Softmax()(autograd.tensor([0.0, 0.0]))
    Tensor([0.5, 0.5])
    """

    dim: Dim = -1


class LogSoftmax(Applied, function=log_softmax):
    """log(softmax(x)) along `dim`, stable for any x; `dim` and errors as in `Softmax`.

    >>> LogSoftmax()(autograd.tensor([0.0, 0.0]))
    Tensor([-0.6931, -0.6931])
    """

    dim: Dim = -1


class Softmin(Applied, function=softmin):
    """softmax(-x) along `dim`: the smallest has the most; `dim` and errors as in `Softmax`.

    >>> Softmin()(autograd.tensor([0.0, 0.0]))
    Tensor([0.5, 0.5])
    """

    dim: Dim = -1


class Softmax2d(Layer):
    """Softmax over the channels of images (N, C, H, W) or (C, H, W), at each pixel.

    Raises ShapeError for another number of axes.

    >>> Softmax2d()(autograd.zeros((2, 1, 1))).ravel()
    Tensor([0.5, 0.5])
    """

    def forward(self, input: Tensor) -> Tensor:
        """Normalise each pixel."""
        fit("Softmax2d", IMAGES[2], input)
        return autograd.softmax(input, -3)


class GLU(Applied, function=glu):
    """a sigmoid(b), for the two halves a and b of x along `dim`, which comes out half as long (Dauphin et al. 2017).

    Raises ShapeError where that axis is missing, or of odd length.

    >>> GLU()(autograd.tensor([1.0, 2.0, 0.0, 1000.0]))
    Tensor([0.5, 2. ])
    """

    dim: Dim = -1
