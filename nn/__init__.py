"""Neural-network layers on the engine: PyTorch's names, arguments, defaults and parameter names."""

import autograd as _engine

if not hasattr(_engine, "no_grad"):  # HIPS's package installs under the same name, and pip says nothing
    raise ImportError(
        f"the package `autograd` at {_engine.__file__} is not Glassgrad's; another distribution overwrote it. "
        "Mend: pip uninstall autograd && pip install --force-reinstall --no-deps glassgrad"
    )

from . import functional, init, utils
from .activation import *
from .attention import *
from .containers import *
from .convolution import *
from .ctc import *
from .dropout import *
from .embedding import *
from .embedding_losses import *
from .linear import *
from .losses import *
from .module import *
from .normalization import *
from .pooling import *
from .positions import *
from .recurrent import *
from .summary import *
from .transformer import *
from .upsample import *
from .utils import functional_call
from .weights import *
