"""The networks of `benchmarks.drawings` in PyTorch, as torchviz and torchview draw them; it imports both."""

from collections.abc import Iterator
from typing import Any

import torch
import torchview
import torchviz
from torch import nn
from torch.nn.functional import scaled_dot_product_attention

from .drawings import STEPS, unet, unrolled


class BasicBlock(nn.Module):
    """As `nn.models.resnet` has it."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, after, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(after)
        self.conv2 = nn.Conv2d(after, after, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(after)
        self.relu = nn.ReLU()
        self.downsample = None
        if before != after:
            self.downsample = nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """relu(x + f(x))."""
        shortcut = x if self.downsample is None else self.downsample(x)
        y = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(y)) + shortcut)


def resnet() -> nn.Module:
    """The ResNet of 6 blocks."""
    widths = (16, 16, 16, 32, 32, 64, 64)
    blocks = [BasicBlock(a, b, 1 if a == b else 2) for a, b in zip(widths, widths[1:])]
    first = nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU()
    return nn.Sequential(*first, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


class Attention(nn.Module):
    """Causal self-attention, as `nn.models.gpt` has it."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads, self.qkv, self.out = heads, nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Mix positions."""
        n, t, width = x.shape
        q, k, v = self.qkv(x).reshape(n, t, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        y = scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out(y.transpose(1, 2).reshape(n, t, width))


class Block(nn.Module):
    """A block of the GPT."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm1, self.attention, self.norm2 = nn.LayerNorm(width), Attention(width, heads), nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU("tanh"), nn.Linear(4 * width, width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Refine x."""
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class GPT(nn.Module):
    """The GPT of 4 blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens, self.positions = nn.Embedding(65, 32), nn.Embedding(16, 32)
        self.blocks = nn.ModuleList([Block(32, 4) for _ in range(4)])
        self.norm, self.head = nn.LayerNorm(32), nn.Linear(32, 65, bias=False)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Logits."""
        x = self.tokens(tokens) + self.positions(torch.arange(tokens.shape[1]))
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


def sources() -> Iterator[dict[str, str]]:
    """For each network, in the order of `ours`, the DOT text that torchviz and torchview give by default."""
    images, tokens, steps = torch.ones(2, 3, 16, 16), torch.arange(32).reshape(2, 16), torch.ones(STEPS, 4, 3)
    networks: list[tuple[Any, torch.Tensor]] = [(resnet(), images), (GPT(), tokens)]
    networks += [(unet(nn, torch.cat), images), (unrolled(nn), steps)]
    for network, given in networks:
        by_graph = torchviz.make_dot((network(given) ** 2).mean(), dict(network.named_parameters()))
        by_call = torchview.draw_graph(network, given, device="cpu")
        yield {"torchviz": by_graph.source, "torchview": by_call.visual_graph.source}
