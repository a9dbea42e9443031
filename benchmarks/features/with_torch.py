"""What PyTorch can do, in its eager mode on the CPU."""

from .claim import but, lacks, no, partly, yes


@yes
def arrays():
    import torch

    x = torch.tensor([[1.0], [2.0]], requires_grad=True)
    y = x * torch.tensor([1.0, 10.0, 100.0])
    y[y > 5.0].sum().backward()
    assert x.grad.tolist() == [[110.0], [110.0]]


@no(RuntimeError, "detach", note="only of tensors without gradients")
def numpy_functions():
    import numpy as np
    import torch

    x = torch.tensor([0.0, 1.0], requires_grad=True)
    np.mean(np.exp(x)).backward()


@yes
def in_place():
    import torch

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    y[0] = 5.0
    y += x
    y.sum().backward()
    assert x.grad.tolist() == [1.0, 5.0]


@yes
def views():
    import torch

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    v = y[:1]
    v *= 3.0
    y.sum().backward()
    assert x.grad.tolist() == [6.0, 4.0]


@yes
def linear_algebra():
    import torch
    from torch.func import grad

    a = torch.tensor([[2.0, 0.5], [0.5, 1.0]])
    assert torch.allclose(
        grad(lambda a: torch.linalg.solve(a, torch.ones(2)).sum())(2 * torch.eye(2)), torch.tensor(-0.25)
    )
    assert torch.isclose(torch.trace(grad(lambda a: torch.linalg.eigh(a)[0].sum())(a)), torch.tensor(2.0))
    assert torch.isfinite(grad(lambda a: torch.linalg.cholesky(a).sum())(a)).all()
    assert torch.isfinite(grad(lambda a: torch.linalg.svdvals(a).sum())(a)).all()


@yes
def complex_numbers():
    import torch

    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    (torch.fft.fft(x).abs() ** 2).sum().backward()
    assert torch.allclose(x.grad, 6 * x)


@yes
def higher_order():
    import torch
    from torch.func import grad

    assert grad(grad(grad(lambda x: x**4)))(torch.tensor(1.0)) == 24.0


@yes
def jacobian_hessian():
    import torch
    from torch.func import hessian, jacrev

    x = torch.tensor([1.0, 2.0])
    assert jacrev(lambda x: x**2)(x).tolist() == [[2.0, 0.0], [0.0, 4.0]]
    assert hessian(lambda x: (x**3).sum())(x).tolist() == [[6.0, 0.0], [0.0, 12.0]]


@yes
def forward_mode():
    import torch

    calls = []

    def f(x):
        calls.append(x)
        return x**2

    assert torch.func.jvp(f, (torch.tensor(3.0),), (torch.tensor(1.0),))[1] == 6.0
    assert len(calls) == 1


@yes
def vmap():
    import torch

    x = torch.arange(6.0).reshape(3, 2)
    assert torch.vmap(lambda row: row @ row)(x).tolist() == [1.0, 13.0, 41.0]


@yes
def own_rule():
    import torch

    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * 3 * x**2

    x = torch.tensor(2.0, requires_grad=True)
    Cube.apply(x).backward()
    assert x.grad == 12.0


@yes
def checkpointing():
    import torch
    from torch.utils.checkpoint import checkpoint

    calls = []

    def f(x):
        calls.append(x)
        return x**3

    x = torch.tensor(2.0, requires_grad=True)
    checkpoint(f, x, use_reentrant=False).backward()
    assert x.grad == 12.0
    assert len(calls) == 2


@yes
def deep_graph():
    import torch

    x = torch.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(10_000):
        y = y + 1.0
    y.backward()
    assert x.grad == 1.0


@yes
def gradient_check():
    import torch

    assert torch.autograd.gradcheck(torch.sin, [torch.tensor([1.0], dtype=torch.float64, requires_grad=True)])


@yes
def nan_tracing():
    import torch

    x = torch.tensor([0.0], requires_grad=True)
    with lacks(RuntimeError, "SqrtBackward0"), torch.autograd.detect_anomaly(check_nan=True):
        (torch.sqrt(x) * 0.0).sum().backward()


@yes
def hooks():
    import torch

    x = torch.tensor(2.0, requires_grad=True)
    x.register_hook(lambda g: g * 10)
    (x * 3).backward()
    assert x.grad == 30.0


@partly("the graph can be walked; drawing it takes a package such as torchviz or tensorboard")
def drawing():
    import torch

    x = torch.tensor(2.0, requires_grad=True)
    y = x.sin() * 2.0
    assert y.grad_fn.next_functions[0][0].name() == "SinBackward0"
    with lacks(ModuleNotFoundError, "tensorboard"):
        import torch.utils.tensorboard


@no(ImportError, "player")
def step_by_step():
    from torch.autograd import player  # noqa: F401


@yes
def layers():
    import torch
    from torch import nn

    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 1))
    (net(torch.randn(5, 1, 4, 4)) ** 2).sum().backward()
    assert all(p.grad.any() for n, p in net.named_parameters() if n != "0.bias")


@yes
def sequences():
    import torch
    from torch import nn

    x = torch.ones(4, 2, 8)  # time, batch, features
    assert nn.LSTM(8, 6)(x)[0].shape == (4, 2, 6)
    assert nn.MultiheadAttention(8, 2)(x, x, x)[0].shape == (4, 2, 8)


@yes
def optimizers():
    import torch
    from torch.optim import Adam, lr_scheduler

    x = torch.tensor([1.0], requires_grad=True)
    optimizer = Adam([x], lr=0.1)
    schedule = lr_scheduler.CosineAnnealingLR(optimizer, T_max=200)
    for _ in range(200):
        optimizer.zero_grad()
        (x * x).sum().backward()
        optimizer.step()
        schedule.step()
    assert abs(x.item()) < 1e-3
    assert optimizer.param_groups[0]["lr"] < 1e-6


@partly("augmentation is in torchvision")
def data_loading():
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    loader = DataLoader(TensorDataset(torch.arange(10)), batch_size=4, shuffle=True)
    assert sorted(n for (labels,) in loader for n in labels.tolist()) == list(range(10))
    with lacks(ModuleNotFoundError, "torchvision"):
        import torchvision  # noqa: F401


@no(ModuleNotFoundError, "torch.fit", note="Lightning and others have one")
def training_loop():
    import torch.fit  # noqa: F401


@yes
def torch_weights():
    import io

    import torch

    file = io.BytesIO()
    layer = torch.nn.Linear(2, 3)
    torch.save(layer.state_dict(), file)
    file.seek(0)
    assert torch.equal(torch.load(file, weights_only=True)["weight"], layer.weight)


@yes
def distributions():
    import torch
    from torch.distributions import Normal

    x = torch.tensor(2.0, requires_grad=True)
    Normal(0.0, 1.0).log_prob(x).backward()
    assert x.grad == -2.0


@yes
def compiler():
    import torch

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.compile(lambda x: (x.sin() * x).sum())(x).backward()
    assert torch.allclose(x.grad, x.cos() * x + x.sin())


@but("no GPU took part in this run: the program only asks whether this build knows them")
@yes
def gpu():
    import torch

    assert torch.device("cuda", 0).type == "cuda"
    assert not torch.empty(2, device="meta").is_cuda
    assert callable(torch.Tensor.cuda)


@yes
def distributed():
    import torch
    import torch.distributed as group

    group.init_process_group("gloo", store=group.HashStore(), rank=0, world_size=1)
    x = torch.ones(2)
    group.all_reduce(x)
    group.destroy_process_group()
    assert x.tolist() == [1.0, 1.0]


@but("to; with the packages `onnx` and `onnxscript`")
@yes
def onnx():
    import os
    import tempfile

    import onnx
    import torch

    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "linear.onnx")
        torch.onnx.export(torch.nn.Linear(2, 3), (torch.ones(1, 2),), file, verbose=False)
        assert onnx.load(file).graph.node
