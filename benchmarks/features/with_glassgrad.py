"""What we can do."""

from .claim import but, lacks, no, yes


@yes
def arrays():
    import numpy as np

    from autograd import Tensor

    x = Tensor([[1.0], [2.0]], requires_grad=True)
    y = x * np.array([1.0, 10.0, 100.0])
    y[y > 5.0].sum().backward()
    assert x.grad.tolist() == [[110.0], [110.0]]


@yes
def numpy_functions():
    import numpy as np

    from autograd import Tensor

    x = Tensor(np.array([0.0, 1.0]), requires_grad=True)
    np.mean(np.exp(x)).backward()
    assert np.allclose(x.grad, np.exp([0.0, 1.0]) / 2)


@yes
def in_place():
    from autograd import Tensor

    x = Tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    y[0] = 5.0
    y += x
    y.sum().backward()
    assert x.grad.tolist() == [1.0, 5.0]


@no(AssertionError, "the base is as it was", note="on purpose: results are values, never views")
def views():
    from autograd import Tensor

    x = Tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    v = y[:1]
    v *= 3.0
    y.sum().backward()
    assert x.grad.tolist() == [6.0, 4.0], "the base is as it was"


@yes
def linear_algebra():
    import numpy as np

    from autograd import grad

    a = np.array([[2.0, 0.5], [0.5, 1.0]])
    assert np.allclose(grad(lambda a: np.linalg.solve(a, np.ones(2)).sum())(2 * np.eye(2)), -0.25)
    assert np.isclose(np.trace(grad(lambda a: np.linalg.eigh(a)[0].sum())(a)), 2.0)
    assert np.isfinite(grad(lambda a: np.linalg.cholesky(a).sum())(a)).all()
    assert np.isfinite(grad(lambda a: np.linalg.svd(a, compute_uv=False).sum())(a)).all()


@yes
def complex_numbers():
    import numpy as np

    from autograd import Tensor

    z = Tensor([1.0 + 2.0j], requires_grad=True)
    (abs(z) ** 2).sum().backward()
    assert np.allclose(z.grad.data, 2 * z.data)
    x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    (abs(np.fft.fft(x)) ** 2).sum().backward()
    assert np.allclose(x.grad.data, 6 * x.data)


@yes
def higher_order():
    from autograd import grad

    assert grad(grad(grad(lambda x: x**4)))(1.0) == 24.0


@yes
def jacobian_hessian():
    import numpy as np

    from autograd import hessian, jacobian

    x = np.array([1.0, 2.0])
    assert jacobian(lambda x: x**2)(x).tolist() == [[2.0, 0.0], [0.0, 4.0]]
    assert hessian(lambda x: np.sum(x**3))(x).tolist() == [[6.0, 0.0], [0.0, 12.0]]


@yes
def forward_mode():
    import numpy as np

    from autograd import jvp

    runs = []

    def f(x):
        runs.append(x)
        return np.sin(x) * x

    assert jvp(f, [0.0], [1.0])[1] == 0.0
    assert np.isclose(jvp(f, [np.pi], [1.0])[1], -np.pi)
    assert len(runs) == 2


@yes
def vmap():
    import numpy as np

    from autograd import grad, vmap

    x = np.arange(6.0).reshape(3, 2)
    assert (vmap(grad(lambda x: (x * x).sum()))(x) == 2 * x).all()


@yes
def own_rule():
    from autograd import grad, op

    @op(x=lambda g, x: g * 3 * x**2)
    def cube(x):
        return x**3

    assert grad(cube)(2.0) == 12.0
    assert grad(grad(cube))(2.0) == 12.0


@yes
def checkpointing():
    from autograd import Tensor, checkpoint

    calls = []

    def f(x):
        calls.append(x)
        return x**3

    x = Tensor(2.0, requires_grad=True)
    checkpoint(f)(x).backward()
    assert x.grad == 12.0
    assert len(calls) == 2


@yes
def deep_graph():
    from autograd import Tensor

    x = Tensor(1.0, requires_grad=True)
    y = x
    for _ in range(10_000):
        y = y + 1.0
    y.backward()
    assert x.grad == 1.0


@yes
def gradient_check():
    import numpy as np

    import autograd
    from autograd.testing import gradcheck

    assert gradcheck(np.sin, [np.array([1.0])], order=2)
    wrong = autograd.op(x=lambda g, x: g)(lambda x: x**2)
    with lacks(AssertionError, ""):
        gradcheck(wrong, [np.array([1.0])])


@yes
def nan_tracing():
    import autograd

    x = autograd.tensor([-1.0], requires_grad=True)
    with lacks(Exception, "log"), autograd.detect_anomaly():
        (autograd.log(x) * 2.0).sum().backward()


@yes
def hooks():
    from autograd import Tensor

    x = Tensor(2.0, requires_grad=True)
    x.register_hook(lambda g: g * 10)
    (x * 3).backward()
    assert x.grad == 30.0


@yes
def drawing():
    from autograd import Tensor
    from autograd.viz import draw

    x = Tensor([1.0, 2.0], requires_grad=True, name="x")
    source = draw((x * x).sum()).source
    assert source.startswith("digraph")
    assert "Σ" in source


@yes
def step_by_step():
    from autograd import Tensor
    from autograd.viz import player

    x = Tensor([1.0, 2.0], requires_grad=True, name="x")
    assert "multiply" in player((x * x).sum()).html()


@yes
def layers():
    import numpy as np

    import nn

    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 1))
    (net(np.random.default_rng(0).normal(size=(5, 1, 4, 4)).astype(np.float32)) ** 2).sum().backward()
    assert all(np.any(p.grad.data) for n, p in net.named_parameters() if n != "0.bias")


@yes
def sequences():
    import numpy as np

    import nn

    x = np.ones((4, 2, 8), np.float32)  # time, batch, features
    assert nn.LSTM(8, 6)(x)[0].shape == (4, 2, 6)
    assert nn.MultiheadAttention(8, 2)(x, x, x)[0].shape == (4, 2, 8)


@yes
def optimizers():
    from autograd import Tensor
    from optim import Adam, lr_scheduler

    x = Tensor([1.0], requires_grad=True)
    optimizer = Adam([x], lr=0.1)
    schedule = lr_scheduler.CosineAnnealingLR(optimizer, T_max=200)
    for _ in range(200):
        optimizer.zero_grad()
        (x * x).sum().backward()
        optimizer.step()
        schedule.step()
    assert abs(x.item()) < 1e-3
    assert optimizer.param_groups[0]["lr"] < 1e-6


@yes
def data_loading():
    import numpy as np

    from nn.data import DataLoader, TensorDataset, transforms

    data = TensorDataset(np.ones((10, 1, 4, 4), np.float32), np.arange(10))
    loader = DataLoader(data, batch_size=4, shuffle=True, transform=transforms.RandomHorizontalFlip())
    assert sorted(n for _, labels in loader for n in np.asarray(labels).tolist()) == list(range(10))


@yes
def training_loop():
    import os
    import tempfile

    import numpy as np

    import nn
    import optim
    from nn.data import DataLoader, TensorDataset

    x = np.linspace(-1, 1, 32, dtype=np.float32)[:, None]
    model = nn.Linear(1, 1)
    loader = DataLoader(TensorDataset(x, 3 * x), batch_size=8)
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "checkpoint")
        for epochs in (20, 40):  # the second call goes on where the first stopped
            adam = optim.Adam(model.parameters(), lr=0.1)
            optim.fit(
                model,
                loader,
                nn.MSELoss(),
                adam,
                epochs=epochs,
                validation=loader,
                patience=30,
                checkpoint=file,
                progress=False,
            )
    assert abs(model.weight.item() - 3.0) < 1e-2


@yes
def torch_weights():
    import os
    import tempfile

    import numpy as np
    from safetensors.numpy import load_file

    import nn

    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "weights.safetensors")
        layer = nn.Linear(2, 3)
        nn.save(layer, file)
        assert {name: array.shape for name, array in load_file(file).items()} == {"weight": (3, 2), "bias": (3,)}
        other = nn.Linear(2, 3)
        other.load_state_dict(nn.load(file))
        assert np.array_equal(other.weight.data, layer.weight.data)


@yes
def distributions():
    from autograd import Tensor
    from nn.distributions import Gamma, Normal

    x = Tensor(2.0, requires_grad=True)
    Normal(0.0, 1.0).log_prob(x).backward()
    assert x.grad == -2.0
    Gamma(x, 1.0).rsample().backward()


@yes
def compiler():
    import numpy as np

    from autograd import compile, grad

    runs = []

    @compile
    def f(x):
        runs.append(x)
        return (np.sin(x) * x).sum()

    x = np.ones(3)
    assert f(x) == f(x) == f.function(x)
    assert len(runs) == 2  # one is the trace, one the function itself
    assert np.allclose(grad(f)(x), np.sin(x) + x * np.cos(x))


@no(AttributeError, "cuda")
def gpu():
    from autograd import Tensor

    Tensor(1.0).cuda()


@no(AttributeError, "distributed")
def distributed():
    import autograd

    autograd.distributed  # noqa: B018


@but("to; with the package `onnx`")
@yes
def onnx():
    import os
    import tempfile

    import numpy as np

    import autograd
    import nn

    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "linear.onnx")
        assert autograd.onnx.export(nn.Linear(2, 3), np.ones((1, 2)), file).graph.node
        assert os.path.getsize(file)
