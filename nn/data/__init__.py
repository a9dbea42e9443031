"""Data for training: datasets, batches in an order that a seed repeats, and augmentation of images.

Datasets    Dataset TensorDataset Subset ConcatDataset random_split
Real data   nn.data.datasets
Batches     DataLoader default_collate
Order       SequentialSampler RandomSampler SubsetRandomSampler WeightedRandomSampler BatchSampler
Images      ImageFolder nn.data.transforms
"""

from . import datasets, transforms
from .collate import *
from .dataset import *
from .folder import *
from .loader import *
from .samplers import *
