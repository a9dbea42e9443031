"""What a notebook shows: well-formed, escaped, small, without a request, and read in both themes."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor
from autograd.support import display

rng = np.random.default_rng(0)
ARRAYS = {
    "number": np.float32(3.5),
    "small": np.array([[1.0, -2.0], [np.nan, np.inf]]),
    "nothing but nan": np.full((20, 20), np.nan),
    "zeros": np.zeros((30, 30), np.float32),
    "half": rng.normal(size=(4, 3, 40, 40)).astype(np.float16),
    "unsigned": rng.integers(0, 256, (3, 40, 40), dtype=np.uint8),
    "booleans": rng.random(100) > 0.5,
    "complex": rng.normal(size=(3, 3)) + 1j,
    "none": np.zeros((0, 3)),
    "large": rng.normal(size=(1000, 1000)),
}


def words(shown):
    return " ".join("".join(ElementTree.fromstring(shown).itertext()).split())


@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
def test_any_tensor_is_shown_small_and_well_formed(array):
    shown = Tensor(array)._repr_html_()
    ElementTree.fromstring(shown)

    assert f"{array.shape} {array.dtype}" in words(shown)
    assert len(shown) < 10_000
    assert not re.findall(r"<script|<style|https?:|url\(|src=", shown)


def test_a_tensor_says_what_made_it_and_shows_its_numbers():
    x = Tensor([[0.25, -4.0]], requires_grad=True, name="<w & b>")
    y = x * 2.0
    y.sum().backward()

    assert words(y._repr_html_()).startswith("Tensor (1, 2) float32 · made by multiply")
    assert "<w & b> · requires a gradient" in words(x._repr_html_())
    assert "0.25-4" in words(x._repr_html_())
    assert "gradient: min 2, mean 2, max 2" in words(x._repr_html_())


def test_what_is_lost_is_counted():
    assert "min 1, mean 1, max 1, 1 nan, 2 inf" in words(Tensor([1.0, np.nan, np.inf, -np.inf])._repr_html_())
    assert "40 of 50 are True" in words(Tensor(np.arange(50) < 40)._repr_html_())


def test_a_single_large_element_is_seen_in_the_heat_map():
    array = np.zeros((500, 500))
    array[321, 77] = -9.0
    shown = Tensor(array)._repr_html_()

    assert re.findall(r'<path fill="(.*?)" fill-opacity="(.*?)" d="M(\d+) (\d+)h', shown) == [
        (display.MINUS, "1.00", "2", "10")
    ]


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32, bool])
def test_each_cell_keeps_the_element_of_greatest_size(dtype):
    array = np.array([[0, 1, 0, 0], [0, 0, 0, 0]]).astype(dtype)

    np.testing.assert_array_equal(display.shrunk(array, 2), [[1, 0], [0, 0]])


def luminance(color):
    parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in color)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(a, b):
    dark, light = sorted((luminance(a), luminance(b)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("paper", "ink"), [((255,) * 3, (33,) * 3), ((17,) * 3, (222,) * 3)], ids=["light", "dark"])
def test_numbers_are_read_before_the_strongest_shade_and_curves_seen(paper, ink):
    for share in (-display.LEVELS, display.LEVELS):
        *color, alpha = map(float, re.findall(r"[\d.]+", display._shade(share)))
        mixed = [alpha * c + (1 - alpha) * p for c, p in zip(color, paper)]
        assert contrast(mixed, ink) > 4.5
    for line in (display.PLUS, display.MINUS):
        assert contrast([int(line[i : i + 2], 16) for i in (1, 3, 5)], paper) > 3


def test_a_module_is_a_tree_that_folds():
    model = nn.Sequential(nn.Linear(3, 8), nn.Sequential(nn.BatchNorm1d(8), nn.ReLU()))
    root = ElementTree.fromstring(model._repr_html_())

    assert len(root.findall(".//details")) == 4
    assert [d.get("open") for d in root.findall(".//details")] == ["open", None, None, None]
    shown = words(model._repr_html_())
    assert "0: Linear(3, 8) 32 parameters" in shown
    assert "weight (8, 3) float32" in shown
    assert "running_mean (8,) float32, not trained" in shown


def test_a_large_module_says_how_much_is_left_out():
    shown = nn.Sequential(*(nn.Linear(2, 2) for _ in range(1000)))._repr_html_()

    assert "more; print() shows them" in shown
    assert len(shown) < 100_000


def test_a_summary_is_a_table_with_its_totals():
    found = nn.summary(nn.Sequential(nn.Linear(4, 3), nn.ReLU()), (5, 4))
    root = ElementTree.fromstring(found._repr_html_())

    assert [len(row) for row in root.findall(".//tr")] == [4] * 4
    assert "15 parameters (60 bytes): 15 trainable, 0 frozen" in words(found._repr_html_())


def test_a_curve_with_gaps_is_drawn_in_pieces():
    (path,) = re.findall(r'<path d="(M[^"]*)" fill="none" stroke-width', display.panel(
        "loss", [1, 2, 3, 4], [display.Curve("training", [2.0, None, 1.0, np.nan])]
    ))  # fmt: skip

    assert path == "M0.0 0.0M146.7 90.0"


def test_autograd_still_draws_the_same_heat():
    assert autograd.viz.text.look(np.arange(400.0).reshape(20, 20), 2).heat.tolist() == [[189.0, 199.0], [389.0, 399.0]]
