"""Derivatives of functions, functions with derivatives of their own, hooks, several optimizers."""

import copy

import numpy as np
import torch
from torch import nn
from torch.autograd import Function
from torch.func import functional_call, grad, hessian, jacfwd, jacrev, jvp, vjp, vmap
from torch.utils.checkpoint import checkpoint

rng = np.random.default_rng(0)
x = torch.tensor(rng.normal(size=4))
w = torch.tensor(rng.normal(size=(3, 4)), requires_grad=True)


def f(x):
    return (x**3).sum() + x.prod()


print(grad(f)(x).tolist(), hessian(f)(x).tolist(), jacrev(torch.sin)(x).sum().item(), jacfwd(torch.exp)(x).tolist())
print(
    jvp(f, (x,), (torch.ones(4, dtype=torch.double),))[1].item(), vjp(f, x)[1](torch.tensor(2.0).double())[0].tolist()
)
print(
    vmap(lambda a: a.dot(x) * a.max())(w.detach()).tolist(), grad(lambda a, b: (a * b).sum(), argnums=1)(x, x).tolist()
)
print(torch.autograd.functional.jacobian(lambda a: a.tanh(), x).diagonal().tolist())


class Cube(Function):
    @staticmethod
    def forward(ctx, x, scale):
        ctx.save_for_backward(x)
        ctx.scale = scale
        return scale * x**3

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * 3 * ctx.scale * x**2, None


y = x.clone().requires_grad_()
Cube.apply(y, 2.0).sum().backward()
print(y.grad.tolist())

loss = (w @ x).pow(2).sum()
(first,) = torch.autograd.grad(loss, w, create_graph=True)
first.pow(2).sum().backward()
print(first.sum().item(), w.grad.sum().item())

handle = w.register_hook(lambda g: g * 10)
w.grad = None
(w * 2).sum().backward()
handle.remove()
(w * 2).sum().backward()
print(w.grad.sum().item())

model = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 1)).double()
with torch.no_grad():
    for p in model.parameters():
        p.copy_(torch.tensor(rng.normal(size=tuple(p.shape))))
seen = []
hook = model[1].register_forward_hook(lambda module, args, output: seen.append((args[0].size(-1), output.std().item())))
print(checkpoint(model, w, use_reentrant=False).sum().item(), seen)
hook.remove()
parameters = {name: p.detach() for name, p in model.named_parameters()}
grads = grad(lambda p: functional_call(model, p, (x,)).sum())(parameters)
print({name: g.sum().item() for name, g in grads.items()})

other = copy.deepcopy(model)
for name in ("SGD", "Adam", "AdamW", "NAdam", "RAdam", "Adamax", "Adagrad", "Adadelta", "RMSprop", "Rprop", "LBFGS"):
    other.load_state_dict(model.state_dict())
    optimizer = getattr(torch.optim, name)(other.parameters(), lr=0.01)

    def closure():
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(other(w.detach()), torch.ones(3, 1, dtype=torch.double))
        loss.backward()
        return loss

    print(name, [optimizer.step(closure).item() for _ in range(4)])
print(torch.nn.utils.parameters_to_vector(other.parameters()).norm().item())


def parts(*tensors):
    return [torch.view_as_real(t.detach() + 0).tolist() for t in tensors]


class Product(Function):
    @staticmethod
    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return a * b

    @staticmethod
    def backward(ctx, g):
        a, b = ctx.saved_tensors
        return g * b.conj(), g * a.conj()


z = torch.tensor(rng.normal(size=3) + 1j * rng.normal(size=3), requires_grad=True)
(first,) = torch.autograd.grad((z.abs() ** 4).sum() + (z**3).imag.sum(), z, create_graph=True)
print(parts(first, *torch.autograd.grad((first * (1 + 2j)).real.sum(), z)))
print(parts(*torch.autograd.grad(torch.exp(z), z, grad_outputs=z.detach() * 1j)))
print(parts(grad(lambda z: (z**3).real.sum())(z.detach()), vjp(lambda z: z**3, z.detach())[1](z.detach() * 1j)[0]))
Product.apply(z, z * 1j).imag.sum().backward()
print(parts(z.grad, jvp(lambda z: z**2, (z.detach(),), (z.detach() * 1j,))[1]))
