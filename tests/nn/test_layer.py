"""A layer that is a function with settings says each of them once: signature, checks and repr follow."""

import copy
import inspect
import pickle
from dataclasses import KW_ONLY, InitVar

import numpy as np
import pytest

import autograd
import nn
from autograd.support.settings import Flag, Number, Settings, Size, given
from nn import functional as F
from nn.layer import Bias, Layer


class Scale(Layer):
    features: Size
    factor: Number = 1.0
    start: InitVar[Number | None] = None
    _: KW_ONLY
    bias: Bias = given(True)

    def _setup(self, start, bias):
        self.weight = nn.Parameter(np.full(self.features, 0.5 if start is None else start))
        self.bias = nn.Parameter(np.zeros(self.features)) if bias else None

    def forward(self, x):
        return x * self.weight * self.factor


class Half(Scale):
    factor: Number = 0.5
    loud: Flag = False


def test_fields_are_the_arguments_in_order_with_their_defaults_and_plain_types():
    assert str(inspect.signature(Scale)) == (
        "(features: int, factor: float = 1.0, start: Optional[float] = None, *, bias: bool = True) -> None"
    )
    assert str(inspect.signature(Half)) == (
        "(features: int, factor: float = 0.5, start: Optional[float] = None, loud: bool = False, *, "
        "bias: bool = True) -> None"
    )


def test_what_a_check_returns_is_kept_and_what_it_refuses_is_named():
    layer = Half(np.int64(3), 2)

    assert (type(layer.features), type(layer.factor), layer.loud) == (int, float, False)
    with pytest.raises(ValueError, match=r"^Half: features=0 is less than 1$"):
        Half(0)
    with pytest.raises(TypeError, match=r"^Scale: start='a' is not a real number$"):
        Scale(3, start="a")
    with pytest.raises(TypeError, match=r"^Scale: bias=4 is neither True nor False$"):
        Scale(3, bias=4)
    with pytest.raises(TypeError, match=r"Scale.__init__\(\) missing 1 required positional argument: 'features'"):
        Scale()


def test_repr_shows_what_differs_from_the_defaults():
    assert repr(Scale(3)) == "Scale(3)"
    assert repr(Half(3, loud=True, bias=False)) == "Half(3, loud=True, bias=False)"


def test_parameters_come_in_the_order_in_which_they_are_made():
    assert list(Scale(2).state_dict()) == ["weight", "bias"]
    assert list(Scale(2, bias=False).state_dict()) == ["weight"]
    assert list(nn.Conv2d(1, 1, 3).state_dict()) == ["weight", "bias"]
    assert [
        name.partition(".")[0] for name in nn.TransformerEncoder(nn.Linear(2, 2), 1, nn.LayerNorm(2)).state_dict()
    ] == [
        "layers",
        "layers",
        "norm",
        "norm",
    ]


@pytest.mark.parametrize("clone", [copy.deepcopy, lambda layer: pickle.loads(pickle.dumps(layer))])
def test_a_copy_has_the_settings_and_the_parameters(clone):
    other = clone(nn.Linear(3, 2, bias=False))

    assert (other.in_features, other.out_features, other.bias) == (3, 2, None)
    assert repr(other) == "Linear(3, 2, bias=False)"


def test_layers_are_compared_by_identity_and_can_be_keys():
    one, two = nn.ReLU(), nn.LeakyReLU()

    assert one == one != nn.ReLU()
    assert len({one, two, nn.LeakyReLU()}) == 3


def test_a_subclass_with_an_init_of_its_own_keeps_it():
    class Wide(nn.Linear):
        note: str  # an annotation is no argument here

        def __init__(self, width, **options):
            super().__init__(width, 4 * width, **options)
            self.note = "wide"

    assert Wide(2, bias=False)(autograd.ones((3, 2))).shape == (3, 8)
    with pytest.raises(ValueError, match=r"^Wide: in_features=-1"):
        Wide(-1)


POSTPONED = """
from __future__ import annotations

class Postponed(Layer):
    features: Size
    _: KW_ONLY
    bias: Bias = given(True)

    def _setup(self, bias):
        self.bias = nn.Parameter(np.zeros(self.features)) if bias else None
"""


def test_the_evaluation_of_annotations_may_be_postponed():
    made = dict(globals())
    exec(POSTPONED, made)

    assert made["Postponed"](2).bias.tolist() == [0.0, 0.0]
    with pytest.raises(ValueError, match=r"^Postponed: features=0 is less than 1$"):
        made["Postponed"](0, bias=False)


def test_annotations_of_a_module_of_the_users_own_are_no_settings():
    class Plain(nn.Module):
        count: int
        factor: float = 2.0

        def forward(self, x):
            return x * self.factor

    class Named(nn.Tanh):
        label: str = "squash"

    assert Plain()(autograd.ones(1)).item() == 2.0
    assert Named().label == "squash"
    with pytest.raises(TypeError):
        Plain(3.0)


def test_a_subclass_may_give_any_setting_another_default_or_kind():
    class Sure(Scale):
        start: InitVar[Number] = 2.0
        bias: Bias = given(False)

    assert Sure(2).weight.tolist() == [2.0, 2.0]
    assert Sure(2).bias is None
    assert Sure(2, 3.0, 4.0, bias=True).bias.tolist() == [0.0, 0.0]


def test_settings_serve_other_classes_too():
    class Range(Settings):
        count: Size
        step: Number = 1

    made = Range(3)

    assert vars(made) == {"count": 3, "step": 1.0}
    with pytest.raises(ValueError, match=r"^Range: count=0"):
        Range(0)


def test_a_layer_given_as_an_input_is_an_error_that_says_so():
    with pytest.raises(autograd.DtypeError, match="takes arrays and Tensors of numbers, not Linear"):
        nn.ReLU()(nn.Linear(2, 2))


def test_an_error_that_a_layer_raises_on_purpose_keeps_its_type():
    layer = nn.ConvTranspose2d(1, 1, 3, 2)

    with pytest.raises(ValueError, match="can give 7 to 8") as caught:
        layer(np.ones((1, 1, 3, 3), np.float32), output_size=[9, 7])  # a list, which is no array
    assert type(caught.value) is ValueError
    with pytest.raises(TypeError, match="RNN: hx is list; it takes one Tensor") as caught:
        nn.RNN(2, 3)(np.ones((4, 2, 2), np.float32), [1.0])
    assert type(caught.value) is TypeError


def test_an_error_of_python_is_replaced_whatever_it_says():
    class Odd:
        def __array__(self, dtype=None, copy=None):
            raise ValueError("layer: this sounds as if it explained something")

    with pytest.raises(autograd.DtypeError, match=r"ReLU\(\) takes arrays and Tensors of numbers, not"):
        nn.ReLU()(Odd())


def test_a_function_of_settings_is_given_those_of_the_layer_in_order():
    class Sloped(nn.LeakyReLU):
        negative_slope: Number = 0.5

    assert Sloped()(np.array([-2.0])).tolist() == [-1.0]
    assert nn.Hardtanh(-3, 4)(np.array([-9.0, 9.0])).tolist() == [-3.0, 4.0]
    assert nn.HuberLoss("none", 0.5)(input=np.array([3.0]), target=np.array([0.0])).tolist() == [1.375]


def test_completion_offers_public_names_only():
    assert dir(F) == sorted(F.__all__)
    assert {name for name in dir(nn) if inspect.ismodule(getattr(nn, name))} == {
        "data", "distributions", "functional", "init", "models", "utils",
    }  # fmt: skip
    assert not [name for name in dir(nn) + dir(F) if name.startswith("_")]
    assert {"Linear", "Module", "Parameter", "functional_call", "load", "save", "summary"} <= set(dir(nn))
