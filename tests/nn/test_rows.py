"""What every row of the tables is held to without PyTorch: gradients to second order, and that no layer is left out."""

import inspect

import numpy as np
import pytest

import autograd
import nn
from autograd.testing import gradcheck
from nn import functional

from .rows import Function, Layer, all_rows, as_given_to, tracked, values

ROWS = all_rows()


@pytest.mark.no_cover
@pytest.mark.parametrize(("row", "mode"), [(row, mode) for row in ROWS for mode in row.modes], ids=str)
def test_gradients_equal_finite_differences_to_second_order(row, mode):
    autograd.seed(0)
    layer = row.build(nn)
    parameters = {}
    if layer is not None:
        layer.to(np.float64).train(mode == "train")
        parameters = {name: p.data for name, p in layer.named_parameters()}
    arrays = values(row)
    positions = tracked(row, arrays)
    constants = [as_given_to(nn, a) for a in arrays]

    def run(*changed):
        inputs = [*constants]
        for position, value in zip(positions, changed):
            inputs[position] = value
        if layer is None:
            return row.run(nn, None, *inputs)
        stand_in = Stand(layer, dict(zip(parameters, changed[len(positions) :])))
        return row.run(nn, stand_in, *inputs)

    floats = [arrays[i] for i in positions] + list(parameters.values())
    if floats and any(o.requires_grad for o in run(*(autograd.Tensor(a, requires_grad=True) for a in floats))):
        assert gradcheck(run, floats, order=row.order, rtol=1e-5, atol=1e-6)


class Stand:
    """A layer with other parameters for the length of a call."""

    def __init__(self, layer, parameters):
        self.layer, self.parameters = layer, parameters

    def __call__(self, *args, **options):
        return nn.functional_call(self.layer, self.parameters, args, options)


def test_every_layer_has_a_row():
    inner = {nn.Module, nn.Sequential, nn.ModuleList, nn.ModuleDict, nn.ParameterList, nn.ParameterDict}
    layers = {n for n, c in vars(nn).items() if inspect.isclass(c) and issubclass(c, nn.Module) and c not in inner}

    assert layers - {row.name for row in ROWS if isinstance(row, Layer)} == set()


def test_every_function_has_a_row():
    assert set(functional.__all__) - {row.name for row in ROWS if isinstance(row, Function)} == set()


def test_the_overview_names_every_layer():
    words = {word.strip(".,;") for word in nn.__doc__.split()}
    layers = {n for n, c in vars(nn).items() if inspect.isclass(c) and issubclass(c, (nn.Module, autograd.Tensor))}

    assert layers - words == {"Loss"} & layers
    assert {n for n in nn.models.__dict__ if n[0].isupper()} - words == {"BasicBlock"}
