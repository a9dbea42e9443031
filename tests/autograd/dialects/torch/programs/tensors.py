"""Functions and methods of tensors, one expression after the other, with their gradients where they have one."""

import numpy as np
import torch
from torch.nn import functional as F  # noqa: F401

rng = np.random.default_rng(0)
x = torch.from_numpy(rng.normal(size=(3, 4, 2))).requires_grad_()
p = torch.from_numpy(rng.uniform(0.5, 2.0, size=(3, 4, 2))).requires_grad_()
m = torch.from_numpy(rng.normal(size=(4, 4))).requires_grad_()
v = torch.from_numpy(rng.normal(size=(4,)))
f = torch.tensor([[1.5, -2.5], [0.25, 3.0]])  # float32
i = torch.tensor([[2, 0, 1], [1, 1, 3]])
b = torch.tensor([True, False, True, True])

EXPRESSIONS = """
x.sum() | x.sum(1) | x.sum(dim=(0, 2), keepdim=True) | torch.sum(x, -1) | x.sum(axis=1) | x.mean(dim=1) | p.prod(1)
x.std() | x.std(1) | x.std(dim=0, unbiased=False) | x.var(1, keepdim=True) | x.var(unbiased=False) | torch.var(x, 0)
x.max() | x.max(1).values | x.max(1)[1] | x.max(dim=1, keepdim=True)[0] | torch.max(x, p) | x.min(2).values | x.min()
x.amax(1) | x.amin((0, 1)) | x.argmax() | x.argmax(1) | x.argmin(dim=2, keepdim=True) | x.median()
x.median(1).values
x.sort(1).values | x.sort(1, descending=True)[1] | x.argsort(dim=0) | x.topk(2, dim=1)[0]
x.topk(2, 1, largest=False)[1]
x.kthvalue(2, 1).values | x.cumsum(1) | p.cumprod(dim=1) | x.logsumexp(1) | x.logsumexp(dim=(0, 1)) | x.norm()
x.norm(dim=1) | x.norm(p=1, dim=1) | torch.norm(x, 2, 1, True) | x.softmax(-1) | F.log_softmax(x, dim=1)
x.view(6, 4) | x.view(-1) | x.reshape(2, -1) | x.permute(2, 0, 1) | x.transpose(0, 1) | m.t() | m.T | x.mT
x.unsqueeze(1) | x[:1].squeeze(0) | x.squeeze() | x.flatten() | x.flatten(1) | torch.flatten(x, 1) | x.flatten(0, 1)
x[:, :1].expand(-1, 5, -1) | v.expand(3, 4) | v.repeat(2) | v.repeat(2, 3) | v.repeat_interleave(2) | x.tile(1, 2, 1)
torch.cat([x, p], dim=1) | torch.cat((x, p)) | torch.stack([x, p]) | torch.stack([x, p], dim=-1)
torch.vstack([m, m])
x.split(2, dim=1)[1] | x.split([1, 3], 1)[1] | x.chunk(3, 1)[1] | x.unbind(1)[2] | x.narrow(1, 1, 2) | x.select(1, 2)
x[0] | x[:, 1] | x[..., 0] | x[:, None] | x[1:, ::2] | x[i[0], i[1]] | x[:, b] | x[:, [0, 2]] | x[torch.tensor(1)]
m.gather(1, i.t()[:, :1].repeat(1, 2)[:3]) | m.index_select(0, i[0]) | torch.zeros(4, 5).scatter(1, i.t(), 1.0)
torch.zeros(5).scatter_add(0, i[1], f.view(-1)[:3]) | torch.zeros(4, 3).index_add(0, i[1], f[:, :1].repeat(2, 3)[:3])
m.masked_fill(m > 0, 7.0) | m.masked_fill(b, -1) | m.masked_select(m > 0) | torch.where(m > 0, m, v)
torch.where(b, 1.0, 0.0)
m.tril() | m.triu(1) | m.diag() | torch.diag(v) | m.diagonal() | m.trace() | m.flip(0) | m.flip([0, 1]) | m.roll(1, 0)
m @ m | m.mm(m) | m @ v | torch.matmul(m, x) | torch.bmm(x, x.transpose(1, 2)) | v.dot(v) | torch.outer(v, v)
m.mv(v)
torch.einsum("bij,bkj->bik", x, x) | torch.tensordot(m, m, dims=1) | torch.addmm(m, m, m, beta=2, alpha=0.5)
x + 1 | 2 - x | x * 2 | 3 / p | p ** 2 | 2 ** x | p ** x | x.detach() // 0.5 | x % 0.3 | -x | abs(x) | x.pow(2)
p.sqrt()
torch.add(x, p, alpha=2) | x.sub(p) | x.mul(p) | x.div(p) | torch.div(v, 0.3, rounding_mode="floor") | x.addcmul(x, p)
x.exp() | p.log() | x.sin() | x.cos() | x.tanh() | x.sigmoid() | torch.relu(x) | x.abs() | x.sign() | x.floor()
x.ceil()
x.round() | x.trunc() | x.frac() | x.square() | p.rsqrt() | p.reciprocal() | x.erf() | p.lgamma() | x.atan()
p.log1p()
x.clamp(-0.5, 0.5) | x.clamp(min=0) | x.clip(max=1) | torch.maximum(x, p) | x.lerp(p, 0.3) | torch.atan2(x, p)
x > 0 | x.ge(0) | x.eq(x) | (x > 0) & (p > 1) | ~(x > 0) | (x > 0).any() | (x > 0).all(1) | (x > 0).sum() | x.isnan()
i + 1 | i / 2 | i // 2 | i % 2 | i * 0.5 | i.float().mean() | i.double() | f + i[:, :2] | f * x[0, 0, 0]
(f * 1.0).dtype
(i * 1.5).dtype | (i / 2).dtype | (f * torch.tensor(2.0).double()).dtype | (f + x[0, 0]).dtype | (i == 1).float()
i.max()
torch.arange(3) | torch.arange(1, 2, 0.25) | torch.linspace(0, 1, 5) | torch.eye(2, 3) | torch.ones(2, 3)
torch.zeros((2,))
torch.full((2, 2), 3.0) | torch.full((2,), 1).dtype | torch.zeros_like(x) | x.new_zeros(2, 3).dtype
torch.tensor(3).dtype
torch.tensor([1, 2.5]) | torch.tensor(np.ones(2)).dtype | torch.zeros(2, dtype=torch.long) | x.size() | x.shape[1]
x.size(-1)
x.numel() | x.dim() | x.ndim | len(x) | x.shape | x.type(torch.float32).dtype | x.float().dtype
f.to(torch.float64).dtype
torch.allclose(x, x) | torch.equal(x, p) | torch.unique(i) | torch.nonzero(b) | b.nonzero(as_tuple=True)[0] | b.long()
torch.meshgrid(v, v, indexing="ij")[0] | torch.cdist(m, m + 1)
torch.cross(x[..., 0][:, :3], p[..., 0][:, :3], dim=1)
F.one_hot(i, 4) | F.pad(m, (1, 2)) | F.normalize(m, dim=1) | F.mse_loss(x, p) | F.cosine_similarity(m, v, dim=-1)
F.relu(x) | F.gelu(x) | F.elu(x) | F.leaky_relu(x, 0.1) | F.softplus(x) | F.cross_entropy(m, i.view(-1)[:4])
x.detach().numpy().sum() | x[0, 0, 0].item() | x.tolist()[0][0][0] | float(x[0, 0, 0]) | x.data.sum()
torch.is_tensor(x)
x.quantile(0.3, dim=1) | torch.hypot(x, p) | x.logcumsumexp(1) | m.det() | m.inverse() | torch.linalg.norm(m)
torch.linalg.inv(m)
"""


def show(text):
    for leaf in (x, p, m):
        leaf.grad = None
    value = eval(text)
    if not isinstance(value, torch.Tensor):
        return print(text, value if not callable(value) else "")
    print(text, list(value.shape), value.dtype == torch.float64, value.detach().double().reshape(-1).tolist())
    if value.requires_grad:
        weights = torch.linspace(1, 2, value.numel(), dtype=value.dtype).reshape(value.shape)
        (value * weights).sum().backward()
        for leaf in (x, p, m):
            print(
                None
                if leaf.grad is None
                else (leaf.grad * torch.linspace(1, 2, leaf.numel()).view(leaf.shape)).sum().item()
            )


for line in EXPRESSIONS.strip().splitlines():
    for text in line.split(" | "):
        show(text)
