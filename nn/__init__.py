"""Neural-network layers on the engine: PyTorch's names, arguments, defaults and parameter names.

Base        Module Parameter Buffer Sequential ModuleList ModuleDict ParameterList ParameterDict
Linear      Linear Bilinear Identity Flatten Unflatten Embedding
Convolve    Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d
Pool        MaxPool1d MaxPool2d MaxPool3d AvgPool1d AvgPool2d AvgPool3d LPPool1d LPPool2d LPPool3d AdaptiveAvgPool1d
            AdaptiveAvgPool2d AdaptiveAvgPool3d AdaptiveMaxPool1d AdaptiveMaxPool2d AdaptiveMaxPool3d
            Upsample
Normalise   BatchNorm1d BatchNorm2d BatchNorm3d LayerNorm GroupNorm InstanceNorm1d InstanceNorm2d InstanceNorm3d RMSNorm
Drop        Dropout Dropout1d Dropout2d Dropout3d AlphaDropout
Rearrange   PixelShuffle PixelUnshuffle ChannelShuffle Unfold Fold ZeroPad1d ZeroPad2d ZeroPad3d ConstantPad1d
            ConstantPad2d ConstantPad3d ReflectionPad1d ReflectionPad2d ReflectionPad3d ReplicationPad1d
            ReplicationPad2d ReplicationPad3d CircularPad1d CircularPad2d CircularPad3d
Sequences   RNN LSTM GRU RNNCell LSTMCell GRUCell, nn.utils.rnn for sequences of different lengths
Attention   MultiheadAttention Transformer TransformerEncoder TransformerEncoderLayer TransformerDecoder
            TransformerDecoderLayer SinusoidalPositions LearnedPositions RotaryPositions
Activations ReLU ReLU6 LeakyReLU PReLU ELU SELU CELU GELU SiLU Mish Softplus Softsign Sigmoid LogSigmoid Hardsigmoid
            Hardswish Hardtanh Tanh Softmax Softmax2d LogSoftmax Softmin GLU Hardshrink Softshrink Tanhshrink Threshold
Losses      MSELoss L1Loss SmoothL1Loss HuberLoss CrossEntropyLoss NLLLoss BCELoss BCEWithLogitsLoss KLDivLoss CTCLoss
            CosineEmbeddingLoss MarginRankingLoss TripletMarginLoss HingeEmbeddingLoss
            PoissonNLLLoss GaussianNLLLoss SoftMarginLoss MultiMarginLoss MultiLabelMarginLoss MultiLabelSoftMarginLoss
            PairwiseDistance CosineSimilarity
Weights     save load
Look        summary
Data        nn.data: DataLoader TensorDataset Dataset Subset ConcatDataset random_split; nn.data.transforms and datasets
Chance      nn.distributions: Normal Gamma Categorical and others, TransformedDistribution, kl_divergence
Functions   nn.functional has the layers and losses as functions, nn.init the initial values, nn.utils the rest

`nn.models` holds whole networks: MLP ConvNet ResNet SequenceClassifier SequenceForecaster Autoencoder ConvAutoencoder
VAE DCGANGenerator DCGANDiscriminator GPT BERT Seq2SeqTransformer. Not here: devices, `inplace` arguments, lazy layers.
`import nn; help(nn.Conv2d)` explains one layer.
"""

import types as _types

import autograd as _engine

if not hasattr(_engine, "no_grad"):  # HIPS's package installs under the same name, and pip says nothing
    raise ImportError(
        f"the package `autograd` at {_engine.__file__} is not Glassgrad's; another distribution overwrote it. "
        "Mend: pip uninstall autograd && pip install --force-reinstall --no-deps glassgrad"
    )

from . import data, functional, init, utils
from .activation import *
from .attention import *
from .containers import *
from .convolution import *
from .ctc import *
from .distance import *
from .dropout import *
from .embedding import *
from .embedding_losses import *
from .linear import *
from .losses import *
from .margin_losses import *
from .module import *
from .normalization import *
from .padding import *
from .pooling import *
from .positions import *
from .rearrange import *
from .recurrent import *
from .shrink import *
from .summary import *
from .transformer import *
from .upsample import *
from .utils import functional_call as functional_call
from .weights import *

# isort: split
from . import distributions, models  # which are made of the layers above


def __dir__() -> list[str]:
    """The public names: of modules, only those that hold more of them."""
    names = {name for name, value in globals().items() if name[0] != "_" and not isinstance(value, _types.ModuleType)}
    return sorted(names | {"data", "distributions", "functional", "init", "models", "utils"})
