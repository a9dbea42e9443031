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


def residual(nn: Space, *widths: int) -> Any:
    """A basic block of ResNet for each pair of neighbours in `widths`, then an average and a linear layer.

    Where the width grows, the block has stride 2 and a 1 x 1 convolution beside it.
    """

    class Block(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self, n: int, m: int) -> None:
            super().__init__()
            stride = 1 if n == m else 2
            self.conv1 = nn.Conv2d(n, m, 3, stride, padding=1, bias=False)
            self.bn1 = nn.BatchNorm2d(m)
            self.conv2 = nn.Conv2d(m, m, 3, padding=1, bias=False)
            self.bn2 = nn.BatchNorm2d(m)
            self.relu = nn.ReLU()
            shortcut = nn.Conv2d(n, m, 1, stride, bias=False), nn.BatchNorm2d(m)
            self.shortcut = nn.Sequential(*shortcut) if stride == 2 else nn.Identity()

        def forward(self, x: Any) -> Any:
            y = self.relu(self.bn1(self.conv1(x)))
            return self.relu(self.bn2(self.conv2(y)) + self.shortcut(x))

    return nn.Sequential(*(Block(n, m) for n, m in pairwise(widths)), *_head(nn, widths[-1]))


def bottlenecks(nn: Space, *blocks: tuple[int, int, int, int, int]) -> Any:
    """1 x 1, grouped 3 x 3 and 1 x 1 convolutions with batch norm, then an average and a linear layer.

    Each block is given by its channels before, within and after, its groups and its stride: with as many groups as
    channels it is that of MobileNetV2, with a few groups that of ResNeXt.
    """

    def convolution(n: int, m: int, *settings: int, groups: int = 1) -> tuple[Any, ...]:
        return nn.Conv2d(n, m, *settings, groups=groups, bias=False), nn.BatchNorm2d(m)

    layers = [
        layer
        for before, within, after, groups, stride in blocks
        for layer in (
            *(*convolution(before, within, 1), nn.ReLU()),
            *(*convolution(within, within, 3, stride, 1, groups=groups), nn.ReLU()),
            *convolution(within, after, 1),
        )
    ]
    return nn.Sequential(*layers, *_head(nn, blocks[-1][2]))


def _head(nn: Space, channels: int) -> tuple[Any, ...]:
    return nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10)


def generator(nn: Space, *widths: int) -> Any:
    """The generator of DCGAN: `widths` from the code's to the image's, by transposed convolutions from 4 x 4 up."""
    first, second, *rest = widths
    layers = [nn.ConvTranspose2d(first, second, 4, bias=False)]
    for n, m in pairwise((second, *rest)):
        layers += [nn.BatchNorm2d(n), nn.ReLU(), nn.ConvTranspose2d(n, m, 4, 2, 1, bias=False)]
    return nn.Sequential(*layers, nn.Tanh())


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


def block(nn: Space, width: int, heads: int) -> Any:
    """A pre-norm block of a decoder with GELU."""

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

    return Block()


def gpt(nn: Space, vocabulary: int, context: int, width: int, heads: int, layers: int) -> Any:
    """A decoder-only transformer with learned positions, pre-norm blocks and GELU."""

    class GPT(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.tokens, self.positions = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
            self.blocks = nn.Sequential(*(block(nn, width, heads) for _ in range(layers)))
            self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, vocabulary, bias=False)

        def forward(self, tokens: Any) -> Any:
            x = self.tokens(tokens) + self.positions.weight
            return self.head(self.norm(self.blocks(x))).reshape(-1, vocabulary)

    return GPT()
