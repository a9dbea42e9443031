"""Probability distributions, under PyTorch's names: `sample`, `rsample`, `log_prob`, `entropy`, `cdf`, `kl_divergence`.

Of numbers   Normal Laplace Cauchy Gumbel StudentT Uniform, LogNormal Exponential Gamma, Beta
Of counts    Bernoulli Binomial Geometric Poisson, Categorical
Of vectors   MultivariateNormal Dirichlet OneHotCategorical
Of others    Independent MixtureSameFamily TransformedDistribution, and the transforms

>>> import autograd
>>> from nn.distributions import Normal
>>> loc = autograd.tensor(0.0, requires_grad=True)
>>> autograd.seed(0)
>>> Normal(loc, 1.0).rsample((1000,)).mean().backward()
>>> loc.grad
Tensor(1.)
"""

from . import constraints as constraints, transforms as transforms
from .categorical import *
from .combined import *
from .counts import *
from .distribution import *
from .kl import *
from .location import *
from .multivariate_normal import *
from .positive import *
from .transformed import *
from .transforms import *
