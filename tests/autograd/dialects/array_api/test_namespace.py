"""The namespace says what differs from NumPy in its own words, keeps every gradient, and cuts none."""

import numpy as np
import pytest

import autograd
from autograd import GraphError, Tensor
from autograd.testing import gradcheck

xp = Tensor(1.0).__array_namespace__()
X = np.array([[0.7, 1.9, 1.2], [0.5, 1.6, 0.9]])
OWN = {
    "argsort": lambda x: xp.take_along_axis(x, xp.argsort(x, descending=True), axis=-1),
    "asarray": lambda x: xp.asarray(x, copy=True) * xp.asarray(x, dtype=xp.complex128),
    "astype": lambda x: xp.astype(x, xp.complex128),
    "broadcast_arrays": lambda x: xp.broadcast_arrays(x, x[:1])[1],
    "clip": lambda x: xp.clip(x, max=1.0),
    "concat": lambda x: xp.concat((x, x[0]), axis=None),
    "eigvals": lambda x: abs(xp.linalg.eigvals(x[:, :2])),
    "from_dlpack": lambda x: xp.from_dlpack(x),
    "full": lambda x: xp.full((2, 2), x[0, 0]),
    "linspace": lambda x: xp.linspace(x[0, 0], x[0, 1], 4),
    "solve": lambda x: xp.linalg.solve(x[:, :2], x),
    "sort": lambda x: xp.sort(x, descending=True),
    "special": lambda x: xp.special.gammaln(x),
    "to_device": lambda x: x.to_device("cpu"),
    "unique_counts": lambda x: xp.unique_counts(xp.concat([x, x])).values,
    "unstack": lambda x: xp.unstack(x, axis=1)[1],
    "vecdot": lambda x: xp.linalg.vecdot(x, x),
}


@pytest.mark.parametrize("name", OWN)
def test_what_the_standard_says_otherwise_differentiates(name):
    gradcheck(OWN[name], [Tensor(X)])


def test_sorting_downwards_keeps_equal_elements_in_order():
    x = Tensor([1.0, 3.0, 1.0, 3.0, 2.0])

    assert xp.argsort(x, descending=True).tolist() == [1, 3, 4, 0, 2]
    assert xp.searchsorted(x, 2.5, sorter=xp.argsort(x)).item() == 3


@pytest.mark.parametrize("default", [np.float32, np.float64])
def test_what_is_made_without_a_dtype_has_the_default_one(default):
    with autograd.default_dtype(default):
        kinds = xp.__array_namespace_info__().default_dtypes()
        made = [xp.zeros(2), xp.ones((1, 2)), xp.eye(2, k=1), xp.asarray(2.0), xp.arange(2.0), xp.linspace(0, 1, 3)]
        made += [xp.full(2, 1.0), xp.fft.rfftfreq(4), xp.empty(0)]

    assert {x.dtype for x in made} == {kinds["real floating"]} == {np.dtype(default)}
    assert xp.arange(3).dtype == kinds["integral"]
    assert xp.finfo(kinds["complex floating"]).eps == np.finfo(default).eps


def test_what_is_made_like_another_has_its_shape_and_dtype():
    x = xp.ones((2, 3), dtype=xp.int8)

    for made in (xp.zeros_like(x), xp.ones_like(x), xp.empty_like(x), xp.full_like(x, 7)):
        assert (made.shape, made.dtype, made.device) == ((2, 3), np.int8, "cpu")
    assert xp.iinfo(x).max == 127


def test_integers_stay_as_narrow_as_numpy_keeps_them():
    x = Tensor(np.array([100, 100], np.uint8))

    assert xp.vecdot(x, x).dtype == np.uint8
    assert np.sum(x, dtype=np.uint8).data == np.sum(x.data, dtype=np.uint8)


@pytest.mark.parametrize("added", [np.uint8, np.int64, np.float32])
@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.int8, np.int32, np.float32])
def test_what_is_written_in_place_may_be_cast_as_in_numpy(dtype, added):
    def sums(x, y):
        try:
            x += y
        except TypeError:  # DtypeError is one
            return "refused"
        return np.asarray(x)

    x, y = np.ones(2, dtype), np.full(2, 3, added)
    np.testing.assert_array_equal(sums(Tensor(x), Tensor(y)), sums(x.copy(), y), strict=True)


def test_each_nan_is_another():
    x = Tensor([1.0, np.nan, 1.0, np.nan], requires_grad=True)
    found = xp.unique_all(x)

    assert found._fields == ("values", "indices", "inverse_indices", "counts")
    assert found.counts.tolist() == [2, 1, 1]
    assert xp.unique_inverse(x).inverse_indices.tolist() == [0, 1, 0, 2]
    assert found.values.requires_grad


def test_dlpack_goes_both_ways():
    x = Tensor(X)

    np.testing.assert_array_equal(np.from_dlpack(x), X)
    np.testing.assert_array_equal(xp.from_dlpack(X).data, X)
    assert not np.shares_memory(xp.from_dlpack(X).data, X)
    assert x.__dlpack_device__() == X.__dlpack_device__()
    assert xp.from_dlpack(x, copy=False) is x


def test_dlpack_goes_both_ways_with_pytorch():
    torch = pytest.importorskip("torch", reason="`make parity` runs it")

    assert torch.from_dlpack(Tensor(X)).tolist() == X.tolist()
    assert xp.from_dlpack(torch.tensor(X)).tolist() == X.tolist()


def test_no_graph_is_cut():
    x = Tensor(X, requires_grad=True) * 2

    for cut in (
        np.asarray,
        np.from_dlpack,
        lambda x: xp.nextafter(x, x),
        lambda x: xp.round(x * 1j),
        lambda x: x.__dlpack__(),
    ):
        with pytest.raises(GraphError, match="would silently cut its graph"):
            cut(x)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: xp.zeros(2, device="cuda"), ValueError, "device 'cuda': Tensors are on the CPU, device='cpu'"),
        (lambda: Tensor(1.0).to_device("cuda"), ValueError, "device 'cuda'"),
        (lambda: xp.from_dlpack(X, copy=False), BufferError, "a Tensor holds values of its own; leave copy out"),
        (lambda: xp.asarray(X, copy=False), ValueError, "a Tensor holds values of its own; leave copy out"),
        (lambda: Tensor(1.0).__array_namespace__(api_version="1999.12"), ValueError, "there are 2021.12, 2022.12"),
    ],
)
def test_what_there_is_not_is_an_error(call, error, says):
    with pytest.raises(error, match=says):
        call()


NUMPYS = {  # numbers for which the standard's suite wants others: fails.txt
    "floor_divide": [(np.inf, 2.0), (-np.inf, 2.0), (np.inf, -2.0), (1.0, -np.inf), (-1.0, np.inf)],
    "expm1": [(complex(np.inf, 0.0),), (complex(-np.inf, np.inf),), (complex(np.nan, 0.0),)],
    "tanh": [(complex(np.inf, 2.0),)],
}


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("name", NUMPYS)
def test_numbers_that_the_suite_wants_otherwise_are_numpys(name):
    for args in NUMPYS[name]:
        found = getattr(xp, name)(*(xp.asarray(x, dtype=np.result_type(x, 1.0)) for x in args)).data

        np.testing.assert_array_equal(found, getattr(np, name)(*args))
    assert not xp.can_cast(xp.complex64, xp.float64)
