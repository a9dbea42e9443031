"""Writing in place: into tensors, views of them and views of views."""

import torch


def show(*tensors):
    print(*(t.tolist() for t in tensors))


z = torch.zeros(4, 3)
z[0][1] = 1
z[1:3, 0] += 2
z.view(-1)[5] = 3
z.t()[2] = torch.tensor([4.0, 5.0, 6.0, 7.0])
row = z[3]
row.mul_(2).add_(1)
show(z, row)
z.fill_(9)
show(row)
for part in z.split(2):
    part -= 1
for line in z:
    line[0] = 0
first, second = z.chunk(2, dim=0)
first.copy_(second * 10)
z.diagonal().zero_()
z[z > 50] = 0.5
z[[0, 1], [1, 2]] = torch.tensor([1.0, 2.0])
z.unsqueeze(0).squeeze().clamp_(max=6)
show(z)

w = torch.ones(3, requires_grad=True)
y = w * 2
y[1] = 5
y[2:].mul_(w[2:])
half = y[:1]
half += w[1]
(y * torch.arange(1.0, 4.0)).sum().backward()
show(y, w.grad)
with torch.no_grad():
    w -= 0.1 * w.grad
    w[0].fill_(7)
w.data[1] = 8
w.data.add_(1)
w.grad.zero_()
old = w.detach()
w.data.mul_(2)
show(w, w.grad, old)
h = torch.zeros(2)
w.data.div_(50)
for step in range(3):
    h = (h.detach() + w[:2] * step).tanh()
h.sum().backward()
show(h, w.grad)
a = torch.zeros(2, 3)
a.masked_fill_(torch.eye(2, 3).bool(), 4)
a.index_add_(0, torch.tensor([1, 1]), torch.ones(2, 3))
a.scatter_(1, torch.tensor([[0], [2]]), 5.0)
show(a, a.sigmoid_())
try:
    torch.zeros(1, 3).expand(2, 3)[0].add_(1) and torch.zeros(1, 3).expand(2, 3).add_(1)
    print("silent")
except RuntimeError:
    print("an error")
