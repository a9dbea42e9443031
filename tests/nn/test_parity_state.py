"""States and files travel between this library and PyTorch, both ways; skipped without it."""

import numpy as np
import pytest

import nn

torch = pytest.importorskip("torch")
files = pytest.importorskip("safetensors.torch", exc_type=ImportError)


def build(space):
    """The same class, nested and with odd orders of assignment, in nn or torch.nn."""

    class Block(space.Module):
        def __init__(self):
            super().__init__()
            self.inner = space.Linear(3, 4)
            self.register_buffer("mean", torch.zeros(4) if space is torch.nn else np.zeros(4))
            self.scale = space.Parameter(torch.ones(4) if space is torch.nn else np.ones(4, np.float32))
            self.register_buffer("hidden", self.mean + 1, persistent=False)
            self.outer = space.Linear(4, 3, bias=False)

    class Net(space.Module):
        def __init__(self):
            super().__init__()
            self.head = space.Linear(3, 3)
            self.blocks = space.ModuleList([Block(), Block()])
            self.named = space.ModuleDict({"z": space.Linear(1, 1), "a": space.Sequential(space.Linear(1, 2))})
            self.again = self.blocks[0]
            self.tail = space.Linear(3, 3)
            self.tail.weight = self.head.weight
            self.tail.bias = space.Parameter(self.tail.bias.data * 2)
            self.none = None
            self.blocks.append(Block())

    return Net()


def pair():
    torch.manual_seed(0)
    return build(nn), build(torch.nn)


def same(ours, theirs):
    assert list(ours) == list(theirs)
    for name, value in theirs.items():
        np.testing.assert_array_equal(ours[name], value.numpy(), err_msg=name)


def test_names_come_in_pytorchs_order():
    ours, theirs = pair()

    assert list(ours.state_dict()) == list(theirs.state_dict())
    for walk in ("named_modules", "named_parameters", "named_buffers", "named_children"):
        assert [n for n, _ in getattr(ours, walk)()] == [n for n, _ in getattr(theirs, walk)()], walk
    for walk in ("modules", "parameters", "buffers"):
        assert len(list(getattr(ours, walk)())) == len(list(getattr(theirs, walk)())), walk


def test_apply_goes_pytorchs_way():
    seen = {}
    for space, model in zip((nn, torch.nn), pair()):
        del model.again  # which PyTorch visits twice
        model.apply(lambda m, space=space: seen.setdefault(space, []).append(type(m).__name__))

    assert seen[nn] == seen[torch.nn]


def test_a_state_dict_loads_both_ways():
    ours, theirs = pair()
    ours.load_state_dict(theirs.state_dict())
    same(ours.state_dict(), theirs.state_dict())
    with torch.no_grad():
        theirs.head.weight.zero_()
    theirs.load_state_dict({name: torch.tensor(value) for name, value in ours.state_dict().items()})
    same(ours.state_dict(), theirs.state_dict())


def test_a_file_of_save_model_which_leaves_tied_names_out_loads(tmp_path):
    ours, theirs = pair()
    files.save_model(theirs, str(tmp_path / "model"))

    assert len(nn.load(tmp_path / "model")) < len(theirs.state_dict())
    assert ours.load_state_dict(nn.load(tmp_path / "model")) == ([], [])
    same(ours.state_dict(), theirs.state_dict())


def test_our_file_of_a_model_with_tied_parameters_loads_in_pytorch(tmp_path):
    ours, theirs = pair()
    nn.save(ours, tmp_path / "model")

    assert files.load_model(theirs, str(tmp_path / "model")) == (set(), [])
    same(ours.state_dict(), theirs.state_dict())


def test_tied_names_are_left_out_as_pytorch_leaves_them_out(tmp_path):
    ours, theirs = pair()
    nn.save(ours, tmp_path / "ours")
    files.save_model(theirs, str(tmp_path / "theirs"))

    with files.safe_open(tmp_path / "ours", "np") as a, files.safe_open(tmp_path / "theirs", "np") as b:
        assert sorted(a.keys()) == sorted(b.keys())
        assert a.metadata() == b.metadata()


FLOATS, INTEGERS = ("float64", "float32", "float16"), ("int64", "int32", "int16", "int8")
DTYPES = [*FLOATS, *INTEGERS, *(f"u{name}" for name in INTEGERS), "bool"]


@pytest.mark.parametrize("name", DTYPES)
@pytest.mark.parametrize("shape", [(), (3,), (2, 0), (2, 3)], ids=str)
def test_every_dtype_and_shape_travels_both_ways(tmp_path, name, shape):
    value = np.random.default_rng(0).integers(0, 2, shape).astype(name)
    tensor = torch.tensor(value)
    nn.save({"ours": value}, tmp_path / "ours")
    files.save_file({"theirs": tensor}, tmp_path / "theirs")

    theirs = files.load_file(tmp_path / "ours")["ours"]
    ours = nn.load(tmp_path / "theirs")["theirs"]

    assert theirs.dtype == tensor.dtype
    np.testing.assert_array_equal(theirs.numpy(), value, strict=True)
    np.testing.assert_array_equal(ours, value, strict=True)


def test_bfloat16_of_pytorch_is_read_exactly(tmp_path):
    tensor = torch.randn(1000).mul(100).bfloat16()
    files.save_file({"a": tensor}, tmp_path / "file")

    np.testing.assert_array_equal(nn.load(tmp_path / "file")["a"], tensor.float().numpy(), strict=True)


def test_float8_of_pytorch_is_an_error_that_names_it(tmp_path):
    files.save_file({"a": torch.ones(3).to(torch.float8_e5m2)}, tmp_path / "file")
    with pytest.raises(nn.WeightsError, match=r"'a' is F8_E5M2.*float\(\)"):
        nn.load(tmp_path / "file")


def test_a_file_of_torch_save_is_refused(tmp_path):
    for options in ({}, {"_use_new_zipfile_serialization": False}):
        torch.save({"a": torch.ones(3)}, tmp_path / "model.pt", **options)
        with pytest.raises(nn.WeightsError, match="this is a pickle"):
            nn.load(tmp_path / "model.pt")


def test_tensors_that_cannot_become_arrays_are_listed():
    state = {"weight": torch.ones(1, 1, requires_grad=True), "bias": torch.ones(1).bfloat16()}
    with pytest.raises(nn.WeightsError, match="2 of the given weights") as caught:
        nn.Linear(1, 1).load_state_dict(state)

    assert "detach()" in str(caught.value)
    assert "BFloat16" in str(caught.value)
