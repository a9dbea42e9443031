"""Networks of every family, each short enough to read in a minute: models of how to use the layers."""

from .autoencoder import *
from .bert import *
from .convnet import *
from .dcgan import *
from .gpt import *
from .huggingface import *
from .mlp import *
from .resnet import *
from .seq2seq import *
from .sequence import *
from .vae import *
