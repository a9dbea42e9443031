"""What PyTorch's users write first: it works, or the error names what to write here."""

import re

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor
from autograd.engine.tensor import elsewhere
from autograd.watch.names import of_package

X = Tensor(np.arange(6.0).reshape(2, 3))
WRITTEN = {
    "x.size(0)": (lambda: X.size(0), r"x\.shape\[0\]"),
    "x.size()": (lambda: X.size(), r"x\.shape"),
    "zeros(2, 3)": (lambda: autograd.zeros(2, 3), r"zeros\(\(2, 3\)\)"),
    "ones(2, 3)": (lambda: autograd.ones(2, 3), r"ones\(\(2, 3\)\)"),
    "cat": (lambda: autograd.cat([X, X]), r"autograd\.concatenate"),
    "float32": (lambda: autograd.float32, r"np\.float32"),
    "x.mul": (lambda: X.mul(2), r"x \* y"),
    "transpose of three axes": (lambda: Tensor(np.ones((2, 3, 4))).transpose(1, 2), r"x\.swapaxes\(i, j\)"),
    "topk(dim=)": (lambda: autograd.topk(X, 1, dim=1), "write axis="),
    "sum(dim=)": (lambda: X.sum(dim=1), "write axis="),
    "sum(keepdim=)": (lambda: X.sum(axis=1, keepdim=True), "write keepdims="),
    "std(unbiased=)": (lambda: X.std(unbiased=False), "write ddof=1, or ddof=0"),
    "where of two": (lambda: autograd.where(X.data > 1, X), "it takes condition, a, b, and b is missing"),
    "median(dimension=)": (lambda: autograd.median(X, dimension=1), "it takes x, axis, keepdims"),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_an_error_names_what_to_write_here(name):
    write, mend = WRITTEN[name]
    with pytest.raises((AttributeError, TypeError, ValueError), match=mend) as error:
        write()
    assert getattr(error.value, "name", None) is None or "Did you mean" not in str(error.value)


def test_writing_a_gradient_into_data_names_both_mends():
    x = Tensor([1.0], requires_grad=True)
    x.sum().backward()
    with pytest.raises(autograd.UnsupportedError, match=r"x\.grad\.data.*no_grad"):
        x.data -= 0.1 * x.grad


def test_every_name_that_an_error_recommends_is_there_and_none_that_it_explains():
    places = {"autograd": autograd, "nn": nn, "np": np}
    for text in (*elsewhere.values(), *of_package.values()):
        for place, name in re.findall(r"\b(autograd|nn|np)\.(\w+)", text):
            assert hasattr(places[place], name), text
        for name in re.findall(r"use \.(\w+)", text):
            assert hasattr(Tensor, name), text

    assert [n for n in elsewhere if hasattr(Tensor, n)] == []
    assert [n for n in of_package if n in dir(autograd)] == []


def test_the_number_of_elements_is_an_integer_in_every_other_way():
    assert X.size == 6
    assert isinstance(X.size, int)
    assert (repr(X.size), X.size // 4, np.zeros(X.size).shape) == ("6", 1, (6,))


def leaf():
    return Tensor(1.0, requires_grad=True)


MISSPELT = {
    "a method": (lambda: X.sums(), r"did you mean \.sum\?"),
    "a layer without its last argument": (lambda: nn.Conv2d(1, 8), r"Conv2d\.__init__\(\) missing.*'kernel_size'"),
    "a ResNet of channels and classes": (lambda: nn.models.ResNet(1, 10), r"ResNet\(channels=1, classes=10\)"),
    "a drawing as a page": (lambda: autograd.viz.draw(leaf() * 2).save("y.html"), r"viz\.player\(y\)\.save"),
    "one picture": (lambda: nn.models.ConvNet()(np.ones((1, 28, 28), np.float32)), r"a batch of one, x\[None\]"),
    "a batch of one row": (lambda: nn.BatchNorm1d(3)(Tensor(np.ones((1, 3)))), "drop_last=True"),
}


@pytest.mark.parametrize("name", MISSPELT)
def test_a_slip_names_the_mend(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write, mend = MISSPELT[name]
    with pytest.raises((AttributeError, TypeError, ValueError, autograd.RenderError), match=mend):
        write()


def test_what_other_libraries_ask_a_tensor_for_costs_no_search():
    with pytest.raises(AttributeError, match=r"see dir\(autograd\.Tensor\)"):
        _ = X._repr_htm_


def test_a_name_is_a_text_whatever_was_given():
    assert Tensor(1.0, name=123).name == "123"


def test_a_transpose_that_changes_nothing_warns_and_others_do_not():
    for axes in ((0, 1), (-2, -1)):
        with pytest.warns(autograd.MistakeWarning, match=r"x\.swapaxes\(0, 1\), or x\.T"):
            assert X.transpose(*axes).shape == (2, 3)

    assert X.transpose(1, 0).shape == X.transpose((1, 0)).shape == X.transpose().shape == (3, 2)
    assert X.transpose((0, 1)).shape == (2, 3)  # as generic code says it
