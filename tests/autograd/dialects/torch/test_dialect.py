"""What PyTorch's dialect promises of itself: writes through views arrive, and what it lacks says so."""

import gc
import subprocess
import sys
import weakref

import numpy as np
import pytest

import autograd
import nn as our_nn
from autograd import viz
from autograd.dialects import torch


@pytest.mark.parametrize(
    "view",
    [
        lambda x: x[1],
        lambda x: x[1][:2],
        lambda x: x.view(-1)[3:5],
        lambda x: x.t()[0:2, 1],
        lambda x: x.unsqueeze(0).squeeze(0)[1, :2],
        lambda x: x.flatten().narrow(0, 3, 2),
        lambda x: x.split(1)[1],
        lambda x: x.chunk(2)[1][0],
        lambda x: x.unbind()[1],
        lambda x: list(x)[1],
        lambda x: x.permute(1, 0).select(1, 1),
        lambda x: x.detach()[1],
        lambda x: x.data[1],
    ],
)
def test_a_write_through_a_view_reaches_its_base(view):
    x = torch.zeros(2, 3)

    view(x).add_(1)

    assert x[0].tolist() == [0, 0, 0]
    assert x[1, :2].tolist() == [1, 1]


def test_a_view_shows_what_was_written_to_its_base():
    x = torch.zeros(2, 3)
    row, flat = x[1], x.view(6)

    x[1, 0] = 5

    assert row[0].item() == flat[3].item() == 5


def test_a_write_through_an_expanded_tensor_is_an_error():
    with pytest.raises(RuntimeError, match="clone"):
        torch.zeros(1, 3).expand(2, 3).add_(1)


def test_an_array_of_a_tensor_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        torch.nn.Linear(2, 1).weight.data.numpy()[0] = 5


def test_the_oldest_constructor_makes_the_default_dtype():
    with autograd.default_dtype(np.float64):
        for made in (torch.Tensor(2, 3), torch.Tensor([1.0]), torch.Tensor(np.full(3, 0.1))):
            assert made.dtype == torch.float64
    assert torch.Tensor(np.full(3, 0.1)).dtype == torch.float32


def test_arrays_and_numpys_numbers_meet_tensors():
    x = torch.ones(2)

    found = [np.ones(2) * x, x * np.ones(2), np.float64(2) * x, x / np.float32(2), np.sqrt(x)]

    assert all(isinstance(y, torch.Tensor) for y in found)
    assert [y.dtype.name for y in found] == ["float64", "float64", "float32", "float32", "float32"]


def test_a_gradient_flows_through_a_write_to_a_view():
    w = torch.ones(2, requires_grad=True)
    x = torch.zeros(2, 2)

    x[0][1] = w[0] * 3
    x.sum().backward()

    assert w.grad.tolist() == [3, 0]


def test_a_detached_state_keeps_no_graph_alive():
    w = torch.ones(2, requires_grad=True)
    result = (w * 2).exp()
    node = weakref.ref(result.native)
    state = result.detach()

    del result
    gc.collect()

    assert node() is None
    assert state.tolist() == pytest.approx([np.e**2] * 2)


def test_an_optimizer_moves_what_state_dict_shows():
    layer = torch.nn.Linear(2, 1)
    held = layer.state_dict()["weight"]
    before = held.tolist()
    layer(torch.ones(1, 2)).sum().backward()

    torch.optim.SGD(layer.parameters(), lr=0.5).step()

    assert held.tolist() == layer.weight.tolist() != before


def test_a_layer_that_writes_in_place_does_so_inside_of_a_sequential():
    x = torch.tensor([-1.0, 2.0])

    torch.nn.Sequential(torch.nn.ReLU(inplace=True))(x)

    assert x.tolist() == [0, 2]


def test_layers_inside_of_layers_are_the_dialects_too():
    encoder = torch.nn.TransformerEncoder(torch.nn.TransformerEncoderLayer(4, 2, 8), 1)

    assert isinstance(encoder.layers[0].linear1, torch.nn.Linear)
    assert isinstance(encoder.layers[0].linear1.weight, torch.nn.Parameter)
    assert encoder.layers[0].linear1.weight is next(p for n, p in encoder.named_parameters() if "linear1" in n)


def test_what_was_recorded_is_drawn_with_the_dialects_layers():
    model = torch.nn.Linear(2, 1)
    loss = model(torch.ones(3, 2)).sum()

    text = torch.native(viz.draw)(loss, model=model).source

    assert "Linear" in text
    assert isinstance(model, our_nn.Linear)


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda: torch.zeros(2).cuda(), "CPU"),
        (lambda: torch.zeros(2, device="cuda"), "CPU"),
        (lambda: torch.zeros(2).to("cuda:0"), "CPU"),
        (lambda: torch.nn.Linear(2, 1).to("cuda"), "CPU"),
        (lambda: torch.device("mps"), "CPU"),
        (lambda: torch.zeros(2, dtype=torch.bfloat16), "float32"),
        (lambda: torch.zeros(2).to(torch.bfloat16), "float32"),
        (lambda: torch.sparse.mm, "densely"),
        (lambda: torch.jit.script, "as it is"),
        (lambda: torch.distributed.init_process_group("nccl"), "optim.distributed"),
        (lambda: torch.onnx.export(None), "autograd.onnx"),
        (lambda: torch.zeros(2).sofmax(0), "softmax"),
        (lambda: torch.nn.functional.rellu, "relu"),
        (lambda: torch.save(object(), "file"), "state_dict"),
    ],
)
def test_what_is_not_there_is_an_error_that_says_what_to_do(ask, says):
    with pytest.raises(autograd.UnsupportedError, match=says):
        ask()


def test_cuda_is_not_available():
    assert not torch.cuda.is_available()
    assert torch.device("cuda" if torch.cuda.is_available() else "cpu").type == "cpu"
    assert not hasattr(torch.nn, "SyncBatchNorm")


@pytest.mark.parametrize("line", ["from torch.jit import script", "import torch.sparse", "from torch import sparse"])
def test_an_import_of_what_is_not_there_says_so(line, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(line)

    done = subprocess.run(
        [sys.executable, "-m", "autograd.dialects.torch", program], capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert "not in this dialect" in done.stderr.splitlines()[-1]


def test_the_file_of_a_model_is_read_by_anything_that_reads_safetensors(tmp_path):
    model = torch.nn.Linear(2, 1)

    torch.save(model.state_dict(), tmp_path / "model.pt")

    assert our_nn.load(tmp_path / "model.pt")["weight"].tolist() == model.weight.tolist()


def test_a_nested_checkpoint_comes_back(tmp_path):
    state = {"model": {"w": torch.ones(2)}, "epoch": 3, "best": [1.5, None], 4: ("a", True), "array": np.arange(3)}

    torch.save(state, tmp_path / "file.pt")
    with open(tmp_path / "file.pt", "rb") as file:
        found = torch.load(file)

    assert found["model"]["w"].tolist() == [1, 1]
    assert (found["epoch"], found["best"], found[4], found["array"].tolist()) == (
        3,
        [1.5, None],
        ("a", True),
        [0, 1, 2],
    )


def test_numbers_of_mixed_kinds_meet_in_pytorchs_dtypes():
    i, f, d = torch.tensor([1, 2]), torch.tensor([1.0]), torch.tensor([1.0], dtype=torch.double)

    found = [(i / 2), (i * 1.5), (f * i), (f + d), (f * torch.tensor(2.0).double()), (i + True), i.float().mean()]

    assert [x.dtype.name for x in found] == ["float32", "float32", "float32", "float64", "float32", "int64", "float32"]


def test_an_axis_may_be_counted_from_the_end():
    x, places = torch.zeros(2, 3), torch.tensor([1])

    assert x.index_add(-1, places, torch.ones(2, 1)).tolist() == [[0, 1, 0], [0, 1, 0]]
    assert x.index_copy(-1, places, torch.ones(2, 1)).tolist() == [[0, 1, 0], [0, 1, 0]]
    assert [row.tolist() for row in x.unbind(-1)] == [[0, 0]] * 3
    assert [part.shape for part in x.split([1, 2], -1)] == [(2, 1), (2, 2)]


def test_a_group_shows_the_programs_tensors_after_a_state_is_loaded_too():
    weight = torch.nn.Parameter(torch.ones(2))
    optimizer = torch.optim.SGD({"weight": weight}.values(), lr=0.5)

    optimizer.load_state_dict(optimizer.state_dict())

    assert optimizer.param_groups[0]["params"][0] is weight


def test_a_group_keeps_what_else_a_program_notes_in_it():
    w, b = (torch.nn.Parameter(torch.ones(2)) for _ in range(2))
    optimizer = torch.optim.SGD([{"params": [w], "name": "weights"}, {"params": b, "times": 0.1}], lr=0.5)

    optimizer.load_state_dict(optimizer.state_dict())

    assert optimizer.param_groups[0]["name"] == "weights"
    assert optimizer.param_groups[1]["times"] == 0.1
    with pytest.raises(ValueError, match="lr"):
        torch.optim.SGD([{"params": w, "name": "weights"}], lr=-1)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_lu_is_unpacked_to_factors_and_refuses_to_lose_a_gradient(dtype):
    matrix = torch.tensor([[0.1, 2.0, 3.0], [4.0, 0.5, 6.0], [7.0, 8.0, 0.1]], dtype=dtype)
    packed, pivots = matrix.lu()
    P, L, U = torch.lu_unpack(packed, pivots)

    assert pivots.tolist() == [3, 2, 3]
    assert P.dtype == L.dtype == U.dtype == dtype
    assert (P @ L @ U - matrix).abs().max().item() < 1e-6
    with pytest.raises(autograd.GraphError):
        matrix.requires_grad_().lu()
