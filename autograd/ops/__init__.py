"""The operations, one room per family. Importing them fills the registry and gives Tensor its methods."""

from .activation import *
from .arithmetic import *
from .attention import *
from .cell import *
from .comparison import *
from .convolution import *
from .creation import *
from .ctc import *
from .decomposition import *
from .dropout import *
from .embedding import *
from .exponential import *
from .index import *
from .linalg import *
from .loss import *
from .norm import *
from .normalize import *
from .pooling import *
from .random import *
from .recurrent import *
from .reduction import *
from .rounding import *
from .running import *
from .shape import *
from .special import *
from .trigonometric import *
