"""`autograd.scipy.misc`: where SciPy once had logsumexp."""

from .special import logsumexp as logsumexp
