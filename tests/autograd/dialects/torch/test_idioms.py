"""What programs of PyTorch's do every day: each gave other numbers here once, or lost a gradient, without a word."""

import pytest

from autograd.dialects import torch
from autograd.engine.errors import TraceError

nn, F, data = torch.nn, torch.nn.functional, torch.utils.data


def filled(x):
    """A buffer of constants, written part by part."""
    out = torch.zeros(3)
    out[0] += x[0] * 3
    out[1:] += x**2
    return out


def test_the_first_write_to_a_part_of_constants_keeps_its_gradient():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    rows, first = torch.zeros(2, 2), torch.zeros(2)

    filled(x).sum().backward()
    rows[0].copy_(x)[1] *= 2
    for i in range(2):
        first[i] += x[i]
        first[i] /= 4

    assert x.grad.tolist() == [3 + 2, 4]
    assert torch.autograd.grad(rows.sum(), x)[0].tolist() == [1, 2]
    assert torch.autograd.grad(first.sum(), x)[0].tolist() == [0.25, 0.25]


@pytest.mark.parametrize("derivative", [torch.func.jacrev, torch.func.jacfwd])
def test_a_jacobian_goes_through_a_buffer_that_is_written_by_parts(derivative):
    x = torch.tensor([1.0, 2.0])

    assert derivative(filled)(x).tolist() == [[3, 0], [2, 0], [0, 4]]
    assert torch.autograd.functional.jacobian(filled, x).tolist() == [[3, 0], [2, 0], [0, 4]]


def test_a_view_taken_under_no_grad_stays_constant_when_its_base_is_written_to():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.no_grad():
        view = x[:1]
        x.mul_(5)

    assert view.tolist() == [5]
    assert not view.requires_grad


def test_numbers_of_an_index_are_taken_before_its_arrays():
    x, i = torch.arange(27).view(3, 3, 3), torch.tensor([2, 0])
    y = x.clone()

    y[0, :, i] = torch.tensor([[1, 2], [3, 4], [5, 6]])

    assert x[0, :, i].tolist() == x[0][:, i].tolist() == [[2, 0], [5, 3], [8, 6]]
    assert x[0, None, :, i].shape == (1, 3, 2)
    assert x[..., i, 1].tolist() == x[..., 1][:, i].tolist()
    assert x[0, :, [True, False, True]].tolist() == [[0, 2], [3, 5], [6, 8]]
    assert y[0].tolist() == [[2, 1, 1], [4, 4, 3], [6, 7, 5]]


def test_bytes_are_a_mask_and_a_list_of_lists_is_an_index_of_several_axes():
    x = torch.arange(9).view(3, 3)

    assert x[(x > 6).byte()].tolist() == [7, 8]
    assert x[[[0, 1], [1, 2]]].tolist() == [1, 5]
    assert x[[torch.tensor([0, 1]), torch.tensor([1, 2])]].tolist() == [1, 5]
    assert x[:, [[0, 1]]].shape == (3, 1, 2)


def test_an_index_may_differ_from_example_to_example():
    x, i = torch.arange(6.0).view(2, 3), torch.tensor([2, 0])
    own = torch.vmap(lambda row, place: row[place])
    gathered = torch.vmap(lambda row, place: row.gather(0, place[None])[0])
    selected = torch.vmap(lambda row, place: row.index_select(0, place[None])[0])
    written = torch.vmap(lambda row, place: row.scatter(0, place[None], -1.0))

    assert own(x, i).tolist() == gathered(x, i).tolist() == selected(x, i).tolist() == [2, 3]
    assert written(x, i).tolist() == [[0, 1, -1], [-1, 4, 5]]


@pytest.mark.parametrize(
    "leave",
    [float, int, bool, lambda x: x.item(), lambda x: x.tolist(), lambda x: x.numpy(), lambda x: torch.equal(x, x)],
)
def test_a_value_that_differs_between_examples_cannot_leave_vmap(leave):
    with pytest.raises(TraceError, match="examples differ"):
        torch.vmap(lambda x: x * leave(x))(torch.tensor([1.0, 2.0]))


class Exp(torch.autograd.Function):
    """What keeps its result."""

    @staticmethod
    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, g):
        return g * ctx.saved_tensors[0]


class Cube(torch.autograd.Function):
    """What keeps its argument, and takes another derivative on its way."""

    @staticmethod
    def forward(ctx, x, power):
        ctx.save_for_backward(x)
        return x**power

    @staticmethod
    def backward(ctx, g):
        x = ctx.saved_tensors[0].detach().requires_grad_()
        (slope,) = torch.autograd.grad((x**3).sum(), x)
        return g * slope * (ctx.saved_tensors[0] / x.detach()) ** 2, None


@pytest.mark.parametrize(
    ("f", "second"),
    [
        (Exp.apply, lambda x: x.exp()),
        (lambda x: x * Exp.apply(x), lambda x: (x + 2) * x.exp()),
        (lambda x: Cube.apply(x, 3), lambda x: 6 * x),
    ],
)
def test_a_function_of_a_program_has_second_derivatives(f, second):
    x = torch.tensor([0.5, 1.5], requires_grad=True)

    (slope,) = torch.autograd.grad(f(x).sum(), x, create_graph=True)
    slope.sum().backward()

    assert torch.allclose(x.grad, second(x.detach()))


def test_backward_of_a_function_gives_a_gradient_for_each_argument():
    class Sum(torch.autograd.Function):
        forward = staticmethod(lambda ctx, x, y: x + y)

    x, y = (torch.ones(2, requires_grad=True) for _ in range(2))

    with pytest.raises(RuntimeError, match="1 gradients for 2 arguments"):
        type("One", (Sum,), {"backward": staticmethod(lambda ctx, g: g)}).apply(x, y).sum().backward()
    type("Two", (Sum,), {"backward": staticmethod(lambda ctx, g: (g, None))}).apply(x, y).sum().backward()

    assert x.grad.tolist() == [1, 1]
    assert y.grad is None or y.grad.tolist() == [0, 0]


def test_hooks_of_backward_see_tensors_of_the_program():
    layer, seen = nn.Linear(2, 1), []
    x = torch.ones(3, 2, requires_grad=True)

    layer.register_full_backward_hook(lambda module, given, came: seen.append((given[0].norm(2), came[0].view(-1))))
    x.register_hook(lambda g: seen.append(g.size(0)))
    layer(x).sum().backward()

    assert [type(part) for part in seen[0]] == [torch.Tensor, torch.Tensor]
    assert seen[1] == 3


def test_a_loader_of_a_stream_makes_a_list():
    class Stream(data.IterableDataset):
        def __iter__(self):
            return iter(range(5))

    assert [b.tolist() for b in list(data.DataLoader(Stream(), batch_size=2))] == [[0, 1], [2, 3], [4]]
    assert list(data.DataLoader(Stream(), batch_size=None)) == [0, 1, 2, 3, 4]
    with pytest.raises(ValueError, match="stream"):
        data.DataLoader(Stream(), shuffle=True)


def test_a_sampler_needs_no_length():
    class Endless(data.Sampler):
        def __iter__(self):
            return iter([2, 0])

    class Pairs(data.Sampler):
        def __iter__(self):
            return iter([[0, 1], [2]])

    rows = [10, 11, 12]

    assert [b.tolist() for b in data.DataLoader(rows, sampler=Endless())] == [[12], [10]]
    assert [b.tolist() for b in data.DataLoader(rows, batch_sampler=Pairs())] == [[10, 11], [12]]


def test_arguments_that_would_mean_nothing_are_errors():
    rows = data.TensorDataset(torch.arange(4))

    for options in ({"shuffle": True, "sampler": [0]}, {"batch_sampler": [[0]], "batch_size": 2}, {"batch_size": 0}):
        with pytest.raises(ValueError, match=r"sampler|batch_size"):
            data.DataLoader(rows, **options)
    assert len(data.DataLoader(rows, 2, num_workers=2, persistent_workers=True, prefetch_factor=4)) == 2
    for call in (
        lambda: data.DataLoader(rows, colate_fn=list),
        lambda: torch.zeros(2, dtpye=torch.int64),
        lambda: torch.tensor([1.0], require_grad=True),
        lambda: torch.arange(3, out=torch.zeros(3)),
    ):
        with pytest.raises(AttributeError, match="is not in this dialect"):
            call()
    with pytest.raises(TypeError, match="in_axes"):
        torch.vmap(torch.exp, in_axes=1)


def test_each_of_several_matrices_is_solved_for_its_vector():
    A = torch.stack([torch.eye(2), 2 * torch.eye(2)])

    assert torch.linalg.solve(A, torch.tensor([[1.0, 2.0], [3.0, 4.0]])).tolist() == [[1, 2], [1.5, 2]]


def test_an_outer_product_has_the_dtype_that_its_factors_share():
    angles = torch.outer(torch.arange(3), torch.tensor([1.0, 0.5]))

    assert angles.dtype == torch.kron(torch.arange(2), angles).dtype == torch.float32


def test_parts_that_are_not_there_are_errors():
    x = torch.arange(6).view(2, 3)

    assert x.narrow(1, -2, 2).tolist() == [[1, 2], [4, 5]]
    with pytest.raises(IndexError, match="narrow"):
        x.narrow(1, 2, 2)
    with pytest.raises(ValueError, match="split"):
        x.split([1, 1], 1)
    with pytest.raises(ValueError, match="as many axes"):
        x.gather(0, torch.tensor([0]))
    with pytest.raises(ValueError, match="multinomial"):
        torch.multinomial(torch.tensor([float("nan"), 1.0]), 1)


def test_a_generator_of_its_own_fills_a_tensor():
    drawn = [torch.empty(3).normal_(generator=torch.Generator().manual_seed(3)).tolist() for _ in range(2)]

    assert drawn[0] == drawn[1]


def test_a_mask_that_is_asked_of_the_class_is_a_tensor_of_the_program():
    assert isinstance(nn.Transformer.generate_square_subsequent_mask(2), torch.Tensor)


def test_a_state_dict_keeps_the_parameters_themselves_if_asked_to():
    layer = nn.Linear(2, 1)

    assert layer.state_dict(keep_vars=True)["bias"] is layer.bias
    assert not layer.state_dict(prefix="a.")["a.bias"].requires_grad
    with pytest.raises(TypeError, match="keep_var"):
        layer.state_dict(keep_var=True)
