"""The networks that are timed, each written once: `nn` is ours or torch.nn, so both train the same program.

Each is a class-making function of `nn`; `forward` uses only what arrays of both have.
"""

from itertools import pairwise
from typing import Any

Space = Any  # nn or torch.nn


def mlp(nn: Space, sizes: tuple[int, ...]) -> Any:
    """Linear layers with ReLU between them."""
    layers = [layer for n, m in pairwise(sizes) for layer in (nn.Linear(n, m), nn.ReLU())]
    return nn.Sequential(*layers[:-1])


def lenet(nn: Space) -> Any:
    """LeNet-5 with ReLU and max pooling, for 28 x 28 pixels."""
    return nn.Sequential(
        *(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
    )


def residual(nn: Space, channels: int, blocks: int) -> Any:
    """Residual blocks of two 3 x 3 convolutions with batch norm, then an average and a linear layer."""

    class Block(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
            self.bn1 = nn.BatchNorm2d(channels)
            self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
            self.bn2 = nn.BatchNorm2d(channels)
            self.relu = nn.ReLU()

        def forward(self, x: Any) -> Any:
            y = self.relu(self.bn1(self.conv1(x)))
            return self.relu(self.bn2(self.conv2(y)) + x)

    return nn.Sequential(
        *(Block() for _ in range(blocks)), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10)
    )


def recurrent(nn: Space, kind: str, features: int, hidden: int) -> Any:
    """An RNN, LSTM or GRU, and a linear layer on its last output."""

    class Classifier(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.recurrent = getattr(nn, kind)(features, hidden)
            self.head = nn.Linear(hidden, 10)

        def forward(self, x: Any) -> Any:
            return self.head(self.recurrent(x)[0][-1])

    return Classifier()


def gpt(nn: Space, vocabulary: int, context: int, width: int, heads: int, layers: int) -> Any:
    """A decoder-only transformer with learned positions, pre-norm blocks and GELU."""

    class Block(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
            self.gelu = nn.GELU("tanh")

        def forward(self, x: Any) -> Any:
            n, t, _ = x.shape
            z = self.qkv(self.norm1(x)).reshape(n, t, 3 * heads, width // heads).swapaxes(1, 2)
            q, k, v = z[:, :heads], z[:, heads : 2 * heads], z[:, 2 * heads :]
            y = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.out(y.swapaxes(1, 2).reshape(n, t, width))
            return x + self.down(self.gelu(self.up(self.norm2(x))))

    class GPT(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.tokens, self.positions = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
            self.blocks = nn.Sequential(*(Block() for _ in range(layers)))
            self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, vocabulary, bias=False)

        def forward(self, tokens: Any) -> Any:
            x = self.tokens(tokens) + self.positions.weight
            return self.head(self.norm(self.blocks(x))).reshape(-1, vocabulary)

    return GPT()
