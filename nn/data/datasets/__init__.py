"""Real and made data, as tuples of NumPy arrays ready for training.

Images      digits mnist fashion_mnist, read_idx for files in MNIST's format
Series      sunspots
Text        prose
Made        moons spirals (classes in the plane), sine_tasks (few-shot regression), adding_problem remember_first
            (long memory)

Nothing here uses the network: `make data` gets MNIST, Fashion-MNIST and Moby Dick, the rest is there at once.
"""

from .idx import *
from .images import *
from .series import *
from .synthetic import *
from .text import *
