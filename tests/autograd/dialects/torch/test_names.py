"""Names and arguments of PyTorch's that programs use, with the numbers that PyTorch gives."""

import numpy as np
import pytest

import autograd
from autograd.dialects import torch
from autograd.dialects.torch import nn


def test_a_method_named_where_keeps_its_own_values_where_the_condition_holds():
    x = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)

    kept = x.where(x > 0, torch.tensor(7.0))
    kept.sum().backward()

    assert kept.tolist() == [1, 7, 3]
    assert x.grad.tolist() == [1, 0, 1]


def test_unsigned_integers_add_up_to_signed_ones():
    pixels = torch.tensor([200, 100], dtype=torch.uint8)

    assert (pixels.sum() - 301).item() == -1
    assert (pixels.cumsum(0) - 500).tolist() == [-300, -200]
    assert (pixels.prod().dtype, pixels.amax().dtype) == (torch.int64, torch.uint8)


def test_a_cross_product_goes_along_the_first_axis_of_three():
    a, b = torch.eye(3), torch.ones(3, 3)

    assert torch.cross(a, b).tolist() == np.cross(np.eye(3), np.ones((3, 3)), axis=0).tolist()
    assert torch.linalg.cross(a, b).tolist() == np.cross(np.eye(3), np.ones((3, 3))).tolist()


def test_alpha_leaves_the_dtype_as_it_is():
    x = torch.tensor([1.0])

    found = [torch.sub(x, 1, alpha=3), x.add(x, alpha=0.5), torch.zeros(1).index_add(0, torch.tensor([0]), x, alpha=4)]

    assert [(y.item(), y.dtype) for y in found] == [(-2, torch.float32), (1.5, torch.float32), (4, torch.float32)]


@pytest.mark.parametrize(
    "ask",
    [
        lambda x: x.select(2, 0),
        lambda x: x.narrow(-3, 0, 1),
        lambda x: x.squeeze(5),
        lambda x: x.flatten(2),
        lambda x: x.gather(2, torch.tensor([[0]])),
        lambda x: x.scatter(4, torch.tensor([[0]]), 1.0),
    ],
)
def test_an_axis_that_is_not_there_is_an_error(ask):
    with pytest.raises(IndexError, match="out of bounds"):
        ask(torch.zeros(2, 3))


def test_one_element_is_a_number_whatever_its_shape():
    assert (float(torch.tensor([1.5])), int(torch.tensor([[2]]))) == (1.5, 2)
    with pytest.raises(ValueError, match="size 1"):
        float(torch.ones(2))


def test_pieces_of_an_axis_are_views_of_it():
    x = torch.zeros(6)

    x.unfold(0, 3, 3)[1] += 1

    assert x.tolist() == [0, 0, 0, 1, 1, 1]
    assert torch.arange(5).unfold(-1, 3, 1).tolist() == [[0, 1, 2], [1, 2, 3], [2, 3, 4]]
    with pytest.raises(RuntimeError, match="clone"):  # they overlap
        x.unfold(0, 3, 1).add_(1)


def test_a_diagonal_is_filled_in_place():
    x = torch.ones(2, 3)
    x.fill_diagonal_(-5)
    assert x.tolist() == [[-5, 1, 1], [1, -5, 1]]


def test_old_names_of_kinds_make_and_convert():
    x = torch.tensor([1.5, 2.5])

    assert x.type(torch.LongTensor).tolist() == [1, 2]
    assert (x.double().new(2, 3).shape, x.double().new([1]).dtype) == ((2, 3), torch.float64)
    assert (torch.LongTensor(3).shape, torch.FloatTensor().shape, torch.Tensor().shape) == ((3,), (0,), (0,))


def test_a_write_to_what_already_had_the_dtype_is_not_lost():
    x = torch.zeros(3)
    x.view(3).type_as(x)[0] = 5
    assert x.tolist() == [5, 0, 0]


def test_operators_of_integers():
    assert (torch.tensor([5]) << 1).item() == 10
    assert (1 << torch.tensor([3]) >> 1).item() == 4
    assert (+torch.tensor([2.0])).item() == 2


def test_keywords_in_the_plural():
    x = torch.tensor([[1, 2], [3, 4]])

    assert torch.roll(x, shifts=(1,), dims=(1,)).tolist() == [[2, 1], [4, 3]]
    assert torch.unique(torch.tensor([[1, 2], [1, 2]]), dim=0).tolist() == [[1, 2]]
    assert [part.tolist() for part in torch.unique(torch.tensor([3, 1, 3]), return_counts=True)] == [[1, 3], [1, 2]]
    assert x.take(torch.tensor([0, 3])).tolist() == [1, 4]


def test_borders_are_layers_here_too():
    x = torch.ones(1, 1, 2, 2)

    assert nn.ZeroPad2d(1)(x).sum().item() == 4
    assert nn.ConstantPad2d((1, 0, 0, 0), 7.0)(x)[0, 0].tolist() == [[7, 1, 1], [7, 1, 1]]
    assert nn.ReflectionPad1d(1)(torch.tensor([[1.0, 2.0, 3.0]])).tolist() == [[2, 1, 2, 3, 2]]


def test_what_layers_of_ones_own_ask_for():
    assert nn.init._calculate_fan_in_and_fan_out(torch.empty(4, 3, 2, 2)) == (12, 16)
    assert torch.optim.optimizer.Optimizer is torch.optim.Optimizer
    assert torch.autograd.Variable(torch.ones(1), requires_grad=True).requires_grad


def test_hessians_of_functions_of_several():
    hessian = torch.autograd.functional.hessian(lambda a, b: (a * b * b).sum(), (torch.ones(1), torch.ones(1)))
    assert [[part.item() for part in row] for row in hessian] == [[0, 2], [2, 2]]


def test_floats_in_dicts_of_a_batch_are_float64_as_those_outside():
    batch = next(iter(torch.utils.data.DataLoader([{"x": 0.1}, {"x": 0.2}], batch_size=2)))
    assert batch["x"].dtype == torch.float64


NAMES = {
    "torch": "tensor zeros ones full arange linspace eye rand randn randint randperm manual_seed cat stack split chunk "
    "where max min std var einsum matmul no_grad save load device float32 long Tensor",
    "torch.Tensor": "size view permute transpose expand repeat split max std item numel to cpu requires_grad_ add_ "
    "detach new_zeros new_ones new_full new_tensor new_empty gather scatter_ index_add_ masked_fill_ topk sort norm",
    "torch.nn": "Module Parameter Linear Conv2d LSTM GRU Embedding Dropout BatchNorm2d LayerNorm MultiheadAttention "
    "Transformer Sequential ModuleList ParameterList CrossEntropyLoss MSELoss init utils functional",
    "torch.nn.functional": "relu softmax cross_entropy mse_loss conv2d pad one_hot scaled_dot_product_attention",
    "torch.optim": "SGD Adam AdamW RMSprop Adagrad Adadelta LBFGS lr_scheduler Optimizer",
    "torch.utils.data": "Dataset DataLoader TensorDataset random_split Subset",
    "torch.autograd": "grad Function Variable functional no_grad",
    "torch.func": "grad vmap jacrev jacfwd hessian vjp jvp functional_call",
    "torch.distributions": "Normal Categorical Bernoulli MultivariateNormal kl_divergence transforms",
    "torch.linalg": "inv solve norm eigh svd cholesky det",
    "torch.fft": "fft ifft rfft irfft fft2 fftfreq",
    "torch.cuda": "is_available manual_seed_all",
}


@pytest.mark.parametrize("module", NAMES)
def test_a_module_has_its_names(module):
    found = torch
    for part in module.split(".")[1:]:
        found = getattr(found, part)
    assert [name for name in NAMES[module].split() if not hasattr(found, name)] == []


@pytest.mark.parametrize(
    ("act", "named"),
    [
        (lambda x: x.scatter(0, torch.tensor([[0]]), x, reduce="add"), r"scatter\(reduce=\)"),
        (lambda x: torch.std(x, ddof=1), r"std\(ddof=\)"),
        (lambda x: x.view(1, fast=True), r"view\(fast=\)"),
        (lambda x: x.sum().backward(inputs=[x]), r"backward\(inputs=\).*torch.autograd.grad"),
        (lambda x: (x * 2).grad_fn.metadata, r"grad_fn.metadata"),
    ],
)
def test_an_argument_that_is_not_there_is_named(act, named):
    x = torch.ones(1, 1, requires_grad=True)
    with pytest.raises(autograd.UnsupportedError, match=named):
        act(x)


def test_operations_are_walked_from_a_result_to_its_leaves():
    x = torch.ones(2, requires_grad=True)
    step, names = (x * 2).exp().sum().grad_fn, []
    while step.next_functions:
        names.append(step.name())
        ((step, place),) = step.next_functions
        assert place == 0

    assert names == ["sum", "exp", "multiply"]
    assert (step.name(), x.grad_fn) == ("AccumulateGrad", None)


def test_what_a_module_holds_is_to_be_read():
    model = nn.Sequential(nn.Linear(2, 1), nn.ReLU())

    assert list(model._modules) == ["0", "1"]
    assert model[0]._parameters["weight"] is model[0].weight
    assert not model._parameters
    with pytest.raises(TypeError):
        model._modules["0"] = nn.Linear(2, 3)


def test_an_optimizer_shows_its_state_by_parameter():
    x = torch.ones(2, requires_grad=True)
    optimizer = torch.optim.Adam([x])
    assert optimizer.state[x] == {}

    x.sum().backward()
    optimizer.step()
    saved = optimizer.state_dict()
    optimizer.load_state_dict(saved)

    assert optimizer.state[x]["exp_avg"] == pytest.approx(0.1)
