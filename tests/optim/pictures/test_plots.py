"""The pictures show the numbers they were given, on one scale and with their names; what does not fit is refused."""

import pickle
import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_hex

import autograd
import nn
import optim
from autograd import ShapeError, Tensor
from optim.pictures import (
    Probe,
    plot_activations,
    plot_attention,
    plot_decision_boundary,
    plot_embedding,
    plot_feature_maps,
    plot_filters,
    plot_gradients,
    plot_update_ratios,
)
from optim.pictures.plots import CLASS_COLORS, blank

ROOT = Path(__file__).parents[3]


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def drawn(figure):
    """The pixels of the grid, without the gaps."""
    return np.ma.filled(figure.axes[0].images[0].get_array(), np.nan)


def texts(items):
    return [item.get_text() for item in items]


def png(figure):
    return figure._repr_png_()


# every figure


def test_a_figure_shows_itself_in_a_notebook_without_pyplot(rng):
    code = (
        "import sys; from optim.pictures import plot_filters; figure = plot_filters([[[[1.0, -1.0]]]]);"
        "assert figure._repr_png_().startswith(b'\\x89PNG'); assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_drawing_changes_no_setting_of_matplotlib(rng):
    before = dict(matplotlib.rcParams)
    png(plot_attention(np.eye(3)))
    png(plot_embedding(rng.normal(size=(20, 3)), np.arange(20) % 3))

    assert dict(matplotlib.rcParams) == before


def test_a_figure_can_be_pickled():
    assert pickle.loads(pickle.dumps(plot_attention(np.eye(3)))).axes[0].get_ylabel() == "query"


def test_without_matplotlib_the_error_names_the_pip_command(monkeypatch):
    monkeypatch.delitem(sys.modules, "autograd.support.figure", raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib", None)

    with pytest.raises(ImportError, match="plot_filters draws with matplotlib; mend: pip install matplotlib"):
        plot_filters(np.ones((2, 1, 3, 3)))
    with pytest.raises(ImportError, match=r"History.plot draws with matplotlib"):
        optim.History([{"epoch": 1, "loss": 1.0}]).plot()
    with pytest.raises(ImportError, match="somebody draws"):
        blank("somebody", 1.0, 1.0)


# filters and feature maps


def test_filters_stand_side_by_side_on_one_scale_with_zero_in_the_middle(rng):
    weights = rng.normal(size=(6, 1, 16, 16))
    weights[4, 0, 3, 5] = -9.0
    figure = plot_filters(Tensor(weights, requires_grad=True))
    grid = drawn(figure)

    assert figure.axes[0].images[0].get_clim() == (-9.0, 9.0)
    assert grid.shape == (2 * 17 - 1, 4 * 17 - 1)  # four in the first row, two in the second
    np.testing.assert_array_equal(grid[:16, 17:33], weights[1, 0])
    np.testing.assert_array_equal(grid[17:, :16], weights[4, 0])
    assert np.isnan(grid[16]).all()
    assert np.isnan(grid[:, 16]).all()
    assert np.isnan(grid[17:, 34:]).all()
    assert len(figure.axes) == 2  # the second is the scale


def test_a_small_filter_is_enlarged_by_whole_pixels():
    grid = drawn(plot_filters([[[[1.0, -1.0], [0.0, 2.0]]]]))

    np.testing.assert_array_equal(grid, np.kron([[1.0, -1.0], [0.0, 2.0]], np.ones((8, 8))))


def test_filters_of_several_channels_have_a_row_each_and_a_column_for_each_input(rng):
    weights = rng.normal(size=(3, 2, 16, 16))
    figure = plot_filters(weights)
    axes = figure.axes[0]

    np.testing.assert_array_equal(drawn(figure)[17:33, 17:33], weights[1, 1])
    assert axes.get_title() == "3 × 2 filters of 16 × 16"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("input channel", "output channel")
    assert texts(axes.get_yticklabels()) == ["0", "1", "2"]
    assert list(axes.get_yticks()) == [7.5, 24.5, 41.5]  # the middles of the rows


def test_filters_of_three_channels_are_drawn_in_colour(rng):
    weights = rng.normal(size=(2, 3, 16, 16))
    grid = drawn(plot_filters(weights))

    assert grid.shape == (16, 33, 3)
    np.testing.assert_allclose(grid[:, 17:], 0.5 + weights[1].transpose(1, 2, 0) / (2 * np.abs(weights).max()))


def test_filters_that_are_all_zero_are_drawn_in_the_middle_colour():
    assert plot_filters(np.zeros((2, 1, 3, 3))).axes[0].images[0].get_clim() == (-1.0, 1.0)


def test_of_too_many_the_first_are_drawn_and_the_title_says_so(rng):
    assert plot_filters(rng.normal(size=(70, 1, 3, 3))).axes[0].get_title() == "70 filters of 3 × 3, the first 64"
    wide = plot_filters(rng.normal(size=(4, 20, 16, 16)), most=8)
    assert wide.axes[0].get_title() == "4 × 20 filters of 16 × 16, the first 8"
    assert drawn(wide).shape == (4 * 17 - 1, 8 * 17 - 1)
    assert (
        plot_feature_maps(rng.random((9, 4, 4)), most=5).axes[0].get_title() == "9 feature maps of 4 × 4, the first 5"
    )


def test_feature_maps_after_a_relu_start_at_zero_and_others_are_symmetric(rng):
    maps = rng.random((5, 16, 16))
    figure = plot_feature_maps(maps)

    assert figure.axes[0].images[0].get_clim() == (0.0, maps.max())
    assert figure.axes[0].images[0].get_cmap().name == "viridis"
    np.testing.assert_array_equal(drawn(figure)[:16, 17:33], maps[1])
    signed = plot_feature_maps(maps - 2.0).axes[0].images[0]
    assert signed.get_clim() == (-(2.0 - maps.min()), 2.0 - maps.min())
    assert signed.get_cmap().name == "coolwarm"


def test_rows_of_feature_maps_are_numbered_by_their_first_channel():
    axes = plot_feature_maps(np.ones((20, 8, 8))).axes[0]

    assert texts(axes.get_yticklabels()) == ["0", "6", "12", "18"]


@pytest.mark.parametrize(
    ("draw", "value", "error", "words"),
    [
        (plot_filters, np.ones((4, 3, 3)), ShapeError, r"weights have 3 axes, \(4, 3, 3\); give \(out, in, h, w\)"),
        (plot_filters, np.ones((0, 1, 3, 3)), ValueError, "hold no element"),
        (plot_filters, np.full((1, 1, 2, 2), np.nan), ValueError, "hold 4 nan or inf"),
        (plot_filters, np.ones((1, 1, 2, 2), complex), TypeError, "complex"),
        (plot_feature_maps, np.ones((2, 3, 4, 4)), ShapeError, r"have 4 axes.*maps\[0\] is the first"),
        (plot_attention, np.ones((1, 2, 3, 3)), ShapeError, r"have 4 axes.*weights\[0\] is the first"),
        (plot_attention, np.ones(3), ShapeError, "have 1 axes"),
        (plot_attention, -np.ones((3, 3)), ValueError, r"go down to -1; .*softmax\(scores\)"),
        (plot_embedding, np.ones((3, 1)), ShapeError, "one number each"),
        (plot_embedding, np.ones(3), ShapeError, r"have 1 axes, \(3,\); give \(n, d\)"),
    ],
    ids=lambda value: getattr(value, "__name__", None) or (value if isinstance(value, str) else str(np.shape(value))),
)
def test_an_array_that_does_not_fit_is_refused_with_its_shape(draw, value, error, words):
    with pytest.raises(error, match=words):
        draw(value)


# attention


def test_attention_shows_each_head_with_the_words_on_one_scale(rng):
    weights = rng.random((3, 2, 4)).astype(np.float32)
    figure = plot_attention(Tensor(weights), ["a", "b"], list("wxyz"))
    heads = figure.axes[:3]

    for head, axes in zip(weights, heads):
        np.testing.assert_array_equal(axes.images[0].get_array(), head)
        assert axes.images[0].get_clim() == (0.0, weights.max())
        assert texts(axes.get_xticklabels()) == list("wxyz")
    assert [axes.get_title() for axes in heads] == ["head 0", "head 1", "head 2"]
    assert texts(heads[0].get_yticklabels()) == ["a", "b"]
    assert (heads[0].get_ylabel(), heads[0].get_xlabel()) == ("query", "key")


def test_words_of_the_rows_serve_the_columns_only_if_there_are_as_many():
    assert texts(plot_attention(np.eye(2), ["a", "b"]).axes[0].get_xticklabels()) == ["a", "b"]
    assert texts(plot_attention(np.ones((2, 3)), ["a", "b"]).axes[0].get_xticklabels()) == ["0", "1", "2"]


def test_five_heads_stand_in_two_rows():
    figure = plot_attention(np.ones((5, 2, 2)))

    assert [axes.get_title() for axes in figure.axes[:5]] == [f"head {i}" for i in range(5)]
    assert len(figure.axes) == 6  # no empty ones, and the scale


def test_not_every_one_of_many_places_is_named():
    labels = texts(plot_attention(np.eye(100)).axes[0].get_xticklabels())

    assert labels == [str(i) for i in range(0, 100, 3)]


def test_as_many_words_as_there_are_not_places_are_refused():
    with pytest.raises(ValueError, match=r"rows is 2 words, for 3 places of weights \(3, 3\)"):
        plot_attention(np.eye(3), ["a", "b"])
    with pytest.raises(ValueError, match=r"columns is one string, 'abc'; list\(...\) splits it"):
        plot_attention(np.eye(3), None, "abc")


# embeddings


def scattered(figure):
    return {c.get_label(): np.asarray(c.get_offsets()) for c in figure.axes[0].collections}


def test_two_dimensions_are_drawn_as_they_are_with_a_colour_for_each_class(rng):
    vectors, labels = rng.normal(size=(30, 2)), np.arange(30) % 3
    figure = plot_embedding(vectors, labels)
    points = scattered(figure)

    assert list(points) == ["0", "1", "2"]
    np.testing.assert_array_equal(points["1"], vectors[1::3])
    assert [to_hex(c.get_facecolors()[0]).upper() for c in figure.axes[0].collections] == list(CLASS_COLORS[:3])
    assert texts(figure.legends[0].get_texts()) == ["0", "1", "2"]
    assert texts(figure.axes[0].texts) == ["0", "1", "2"]  # in the middle of each cloud
    assert figure.axes[0].get_xlabel() == "dimension 0"


def test_more_dimensions_are_drawn_by_their_principal_components(rng):
    flat = rng.normal(size=(200, 2)) * [3.0, 1.0]
    turn, _ = np.linalg.qr(rng.normal(size=(7, 7)))
    figure = plot_embedding(5.0 + flat @ turn[:2])
    (points,) = scattered(figure).values()

    centred = flat - flat.mean(axis=0)
    np.testing.assert_allclose(points @ points.T, centred @ centred.T, atol=1e-9)  # the same but for a rotation
    share = np.sort(np.linalg.eigvalsh(np.cov(flat.T)))[::-1] / np.trace(np.cov(flat.T))
    assert figure.axes[0].get_xlabel() == f"component 1, {100 * share[0]:.0f} % of variance"
    assert figure.axes[0].get_ylabel() == f"component 2, {100 * share[1]:.0f} % of variance"
    assert not figure.legends


@pytest.mark.parametrize("n", [1, 2, 5])
def test_few_or_equal_vectors_have_components_too(n):
    (points,) = scattered(plot_embedding(np.ones((n, 4)))).values()

    np.testing.assert_array_equal(points, np.zeros((n, 2)))


def test_words_can_be_labels_and_ten_classes_differ_by_colour_or_mark(rng):
    figure = plot_embedding(rng.normal(size=(20, 2)), [f"class {i % 10}" for i in range(20)])
    marks = [(to_hex(c.get_facecolors()[0]), c.get_paths()[0]) for c in figure.axes[0].collections]
    looks = {(color, path.vertices.round(3).tobytes()) for color, path in marks}

    assert list(scattered(figure)) == [f"class {i}" for i in range(10)]
    assert len(looks) == 10


def test_labels_that_do_not_fit_are_refused():
    with pytest.raises(ShapeError, match=r"labels \(2,\) for 3 points; give \(3,\)"):
        plot_embedding(np.ones((3, 2)), [0, 1])
    with pytest.raises(ValueError, match="labels have 100 different values, and no more than 42"):
        plot_embedding(np.ones((100, 2)), np.arange(100))
    with pytest.raises(ValueError, match="labels hold 1 nan"):
        plot_embedding(np.ones((3, 2)), [0.0, np.nan, 1.0])


# decision boundaries


def test_the_line_between_two_classes_is_where_the_score_is_zero():
    x, y = np.array([[0.0, 0.0], [4.0, 4.0]], np.float32), np.array([0, 1])
    figure = plot_decision_boundary(lambda x: 2.0 * (x[:, 0] - 1.0), x, y)
    axes = figure.axes[0]
    (line,) = [path for c in axes.collections if not len(c.get_offsets()[1:]) for path in c.get_paths()][:1]

    np.testing.assert_allclose(line.vertices[:, 0], 1.0, atol=0.02)
    low, high = axes.images[0].get_clim()
    assert low == -high
    assert high == pytest.approx(2.0 * (4.32 - 1.0))
    assert figure.axes[1].get_ylabel() == "score of class 1"
    assert axes.images[0].get_extent() == pytest.approx([-0.32, 4.32, -0.32, 4.32])


def test_probabilities_are_parted_at_one_half(rng):
    x, y = rng.random((10, 2)), np.arange(10) % 2
    figure = plot_decision_boundary(lambda x: np.clip(x[:, :1], 0, 1), x, y)

    assert figure.axes[0].images[0].get_clim() == (0.0, 1.0)
    assert figure.axes[1].get_ylabel() == "probability of class 1"


def test_the_places_are_drawn_where_they_are():
    x, y = np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([0, 1])
    asked = []
    figure = plot_decision_boundary(lambda x: asked.append(x) or x[:, 0] - 100 * x[:, 1], x, y, resolution=5)

    assert [grid.shape for grid in asked] == [(25, 2)]
    ticks = np.linspace(-0.08, 1.08, 5)
    np.testing.assert_allclose(drawn(figure), ticks[None] - 100 * ticks[:, None])
    assert figure.axes[0].images[0].origin == "lower"


def test_of_several_classes_each_place_has_the_tint_of_the_greatest_score():
    x, y = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]), np.array([0, 1, 2])
    centres = np.array([0.0, 1.0, 2.0])
    figure = plot_decision_boundary(lambda x: -((x[:, :1] - centres) ** 2), x, y, resolution=50)
    row = drawn(figure)[0]

    tints = [matplotlib.colors.to_rgb(color) for color in CLASS_COLORS[:3]]
    for place, tint in zip((0, 25, 49), tints):
        np.testing.assert_allclose(row[place], 0.65 + 0.35 * np.array(tint))
    assert texts(figure.legends[0].get_texts()) == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("y", "classes", "colors"),
    [
        ([0, 1, 1], 1, [0, 1]),
        ([1, 1, 1], 1, [1]),  # on the side of the second class, whether or not there is a first
        ([-1, 1, 1], 1, [0, 1]),
        ([1, 2, 2], 1, [0, 1]),
        (["cat", "dog", "dog"], 1, [0, 1]),
        ([0, 2, 2], 3, [0, 2]),
        ([0.0, 2.0, 2.0], 3, [0, 2]),
        ([False, True, True], 2, [0, 1]),
    ],
    ids=str,
)
def test_points_have_the_colour_of_their_class_in_the_background(y, classes, colors):
    f = (lambda x: x[:, 0]) if classes == 1 else lambda x: np.repeat(x[:, :1], classes, axis=1)
    axes = plot_decision_boundary(f, np.eye(3)[:, :2], y, resolution=10).axes[0]
    points = [c for c in axes.collections if not c.get_label().startswith("_")]

    assert [to_hex(c.get_facecolors()[0]).upper() for c in points] == [CLASS_COLORS[i] for i in colors]


def test_a_model_is_asked_without_recording_and_in_the_dtype_of_the_points():
    model, seen = nn.Linear(2, 2), []

    def f(x):
        out = model(x)
        seen.append((x.dtype, out.requires_grad))
        return out

    plot_decision_boundary(f, np.ones((4, 2), np.float32), np.zeros(4, int))
    plot_decision_boundary(f, np.ones((4, 2), int), np.zeros(4, int))

    assert seen == [(np.float32, False), (np.float64, False)]


@pytest.mark.parametrize(
    ("f", "y", "error", "words"),
    [
        (lambda x: x[:5, 0], [0, 1, 1], ShapeError, r"f gave \(5,\) for \(100, 2\)"),
        (lambda x: x[:, 0] * np.nan, [0, 1, 1], ValueError, "nan or inf for 100 of 100"),
        (lambda x: x[:, 0], [0, 1, 2], ValueError, "one score for each point, but y has 3 classes"),
        (lambda x: x, [0, 1, 2], ValueError, "2 scores, for classes 0 to 1, but y has 2"),
        (lambda x: x, ["a", "b", "b"], ValueError, "but y has a, b"),
        (lambda x: x, [0, 1], ShapeError, r"y \(2,\) for 3 points"),
        ("model", [0, 1, 2], TypeError, "f is a str"),
    ],
    ids=["rows", "nan", "one score", "few scores", "names", "labels", "no function"],
)
def test_scores_that_do_not_fit_are_refused(f, y, error, words):
    with pytest.raises(error, match=words):
        plot_decision_boundary(f, np.eye(3)[:, :2], y, resolution=10)


def test_points_of_three_numbers_are_refused_and_an_error_of_f_says_what_it_was_given():
    with pytest.raises(ShapeError, match=r"x \(3, 3\) has 3 numbers in each row"):
        plot_decision_boundary(lambda x: x, np.eye(3), [0, 1, 2])
    with pytest.raises(ZeroDivisionError) as caught:
        plot_decision_boundary(lambda x: 1 / 0, np.ones((3, 2)), [0, 1, 1])
    assert caught.value.__notes__ == ["plot_decision_boundary called f with an array float64 (40000, 2)"]


# what a probe saw


def trained(steps=8, **options):
    autograd.seed(0)
    model = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 1))
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    x = autograd.randn(32, 4)
    with Probe(model, **options) as probe:
        for _ in range(steps):
            optimizer.zero_grad()
            (model(x) ** 2).mean().backward()
            optimizer.step()
    return probe


def test_activations_have_a_panel_for_each_layer_and_a_ridge_for_each_of_six_steps():
    probe = trained(steps=11)
    figure = plot_activations(probe)

    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["0 Linear", "1 Tanh", "2 Linear", "3 ReLU", "4 Linear"]
    for axes in figure.axes:
        assert texts(axes.get_yticklabels()) == ["10", "8", "6", "4", "2", "0"]
        assert len(axes.lines) == 6
    last = probe.records[-1].activations["2"]
    front = figure.axes[2].lines[-1].get_xydata()
    np.testing.assert_allclose(front[:, 0], (last.edges[1:] + last.edges[:-1]) / 2)
    np.testing.assert_allclose(front[:, 1] / front[:, 1].max(), last.counts / last.counts.max())


def test_the_words_of_a_panel_are_of_the_last_step():
    probe = trained()
    found = probe.records[-1].activations
    words = [axes.texts[0].get_text() for axes in plot_activations(probe).axes]

    assert words[0] == f"mean {found['0'].mean:.2g}, std {found['0'].std:.2g}"
    assert f"saturated {100 * found['1'].saturated:.0f} %" in words[1].replace("< 1", "0")
    assert f"zeros {100 * found['3'].zeros:.0f} %, dead units {100 * found['3'].dead:.0f} %" in words[3]


def test_nan_is_written_where_it_was_seen():
    with Probe(nn.Sequential(nn.Linear(2, 2), nn.Tanh())) as probe:
        probe.model[0].bias.data = np.array([np.nan, 0.0], np.float32)
        probe.model(autograd.ones((4, 2)))

    assert "NaN OR INF 50 %" in plot_activations(probe).axes[1].texts[0].get_text()


def test_gradients_share_one_logarithmic_axis():
    figure = plot_gradients(trained(), ["0", "2"])

    assert [axes.get_title(loc="left") for axes in figure.axes] == ["0 Linear", "2 Linear"]
    assert figure.axes[0].get_xlim() == figure.axes[1].get_xlim()
    assert figure.axes[0].get_xlabel() == "log10 |gradient|"


def test_update_ratios_draw_the_weights_over_steps_with_the_guide_at_a_thousandth():
    probe = trained()
    figure = plot_update_ratios(probe)
    *lines, guide = figure.axes[0].lines

    assert [line.get_label() for line in lines] == ["0.weight", "2.weight", "4.weight"]
    np.testing.assert_array_equal(lines[1].get_ydata(), [r.updates["2.weight"] for r in probe.records])
    np.testing.assert_array_equal(lines[1].get_xdata(), np.arange(8))
    assert list(guide.get_ydata()) == [1e-3, 1e-3]
    assert figure.axes[0].get_yscale() == "log"
    assert texts(figure.legends[0].get_texts()) == ["0.weight", "2.weight", "4.weight", "1e-3"]
    chosen = plot_update_ratios(probe, "4.bias").axes[0].lines
    assert [line.get_label() for line in chosen] == ["4.bias", "1e-3"]


@pytest.mark.parametrize("draw", [plot_activations, plot_gradients, plot_update_ratios], ids=lambda f: f.__name__)
def test_what_a_probe_did_not_see_is_an_error_that_says_what_to_do(draw):
    with Probe(nn.Linear(2, 2)) as probe:
        pass

    with pytest.raises(ValueError, match=r"the probe (recorded no|saw no).*inside the `with Probe\(model\)` block"):
        draw(probe)
    with pytest.raises(TypeError, match="takes a Probe, not Linear"):
        draw(probe.model)
    with pytest.raises(ValueError, match="the probe recorded no 'nowhere'; it has '0"):
        draw(trained(), "nowhere")


def test_a_forward_without_backward_has_activations_but_no_gradients():
    with Probe(nn.Linear(2, 2)) as probe:
        probe.model(autograd.ones((3, 2)))

    assert plot_activations(probe).axes[0].get_title(loc="left") == "Linear"
    with pytest.raises(ValueError, match=r"recorded no gradients; call backward\(\)"):
        plot_gradients(probe)


@pytest.mark.parametrize("draw", [plot_activations, plot_gradients, plot_update_ratios], ids=lambda f: f.__name__)
def test_every_picture_of_a_probe_can_be_rendered(draw):
    assert png(draw(trained())).startswith(b"\x89PNG")


def test_dollars_in_words_and_labels_are_no_formulas(tmp_path):
    words = optim.pictures.plot_attention(np.eye(2), ["$$", "b"], ["$$", "b"])
    labels = optim.pictures.plot_embedding(np.eye(2), ["$_", "b$"])
    for figure in (words, labels):
        figure.savefig(tmp_path / "figure.png")
