"""A Probe sees what training does, keeps little of it, and changes nothing."""

import copy

import numpy as np
import pytest

import autograd
import nn
import optim
from autograd import Tensor, no_grad
from optim.pictures import Probe, Statistics


def network(seed=0):
    autograd.seed(seed)
    return nn.Sequential(
        *(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Dropout(0.3)),
        *(nn.Linear(4 * 16, 8), nn.Tanh(), nn.Linear(8, 2)),
    )


def train(model, steps=6, seed=1, lr=0.05):
    autograd.seed(seed)
    optimizer = optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    losses = []
    for _ in range(steps):
        x = autograd.randn(8, 1, 6, 6)
        loss = nn.functional.cross_entropy(model(x), np.arange(8) % 2)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def test_training_gives_the_same_bits_with_a_probe_and_without():
    plain, watched = network(), network()
    losses = train(plain)
    with Probe(watched, keep_outputs=True) as probe:
        assert train(watched) == losses

    assert len(probe.records) == 6
    for name, value in watched.state_dict().items():
        np.testing.assert_array_equal(value, plain.state_dict()[name], err_msg=name)


def test_second_order_gradients_are_the_same_too():
    x, model = Tensor(np.linspace(-1, 1, 4)[None], requires_grad=True), nn.Sequential(nn.Linear(4, 3), nn.Tanh())
    model.to(np.float64)

    def curvature():
        (slope,) = autograd.gradients(model(x).sum(), [x], create_graph=True)
        return autograd.gradients((slope**2).sum(), [x])[0].data

    plain = curvature()
    with Probe(model) as probe:
        np.testing.assert_array_equal(curvature(), plain)
    assert list(probe.records[0].gradients) == ["1", "0"]


def test_the_hooks_are_gone_after_the_block_even_after_an_error():
    model = network()
    with pytest.raises(KeyError), Probe(model) as probe:
        raise KeyError
    train(model, 1)

    assert all(not any(hooks) for m in model.modules() if (hooks := m._hooks) is not None)
    assert probe.records == []
    probe.remove()  # twice does no harm


def test_statistics_are_of_each_layers_output_and_gradient():
    model, x = nn.Sequential(nn.Linear(3, 5), nn.Tanh()).to(np.float64), autograd.randn(7, 3).astype(np.float64)
    hidden = model[0](x)
    hidden.retain_grad()
    (model[1](hidden) ** 2).sum().backward()
    with Probe(model) as probe:
        (model(x) ** 2).sum().backward()
    (record,) = probe.records

    assert record.activations["0"].mean == pytest.approx(hidden.data.mean())
    assert record.activations["0"].std == pytest.approx(hidden.data.std())
    assert record.gradients["0"].mean == pytest.approx(hidden.grad.data.mean())
    sizes = np.log10(np.abs(hidden.grad.data).ravel())
    counts, edges = np.histogram(sizes, 40, ((sizes.min() + sizes.max()) / 2 - 2, (sizes.min() + sizes.max()) / 2 + 2))
    np.testing.assert_allclose(record.gradients["0"].edges, edges)
    np.testing.assert_array_equal(record.gradients["0"].counts, counts)
    assert record.activations["1"].saturated == np.mean(np.abs(np.tanh(hidden.data)) > 0.97)
    assert np.isnan(record.activations["0"].saturated)


def test_update_ratios_are_the_change_over_the_norm_before():
    model = nn.Linear(3, 2)
    model.bias.data = np.zeros(2)
    optimizer = optim.SGD(model.parameters(), lr=0.5)
    before = model.weight.data.copy()
    with Probe(model) as probe:
        model(autograd.ones((1, 3))).sum().backward()
        optimizer.step()
    (record,) = probe.records

    expected = np.linalg.norm(model.weight.data - before) / np.linalg.norm(before)
    assert record.updates["weight"] == pytest.approx(expected)
    assert np.isnan(record.updates["bias"])  # it was 0


def test_fit_is_watched_without_a_word_to_it_and_validation_is_left_out():
    model, (x, y) = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 2)), nn.data.datasets.moons(64, seed=0)
    loader = nn.data.DataLoader(nn.data.TensorDataset(x, y), batch_size=16)
    optimizer = optim.Adam(model.parameters())
    with Probe(model) as probe:
        optim.fit(model, loader, nn.CrossEntropyLoss(), optimizer, epochs=3, validation=loader, progress=False)

    assert [record.step for record in probe.records] == list(range(12))
    assert all(list(r.gradients) == ["2", "1", "0"] and len(r.updates) == 4 for r in probe.records)


def test_of_several_forwards_in_one_step_the_last_counts():
    model = nn.Linear(2, 1)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    with Probe(model) as probe:
        for _ in range(2):
            for value in (1.0, 5.0):  # gradients add up
                model(autograd.full((1, 2), value)).sum().backward()
            expected = float(model(autograd.full((1, 2), 7.0)).data.mean())
            optimizer.step()

    assert [record.step for record in probe.records] == [0, 1]
    assert probe.records[1].activations[""].mean == pytest.approx(expected)
    assert len(probe.records[0].updates) == 2


def test_a_layer_used_twice_is_recorded_by_its_last_use_in_both_directions():
    class Twice(nn.Module):
        def __init__(self):
            self.layer = nn.Linear(2, 2)

        def forward(self, x):
            return self.layer(self.layer(x) * 100.0)

    with Probe(Twice()) as probe:
        out = probe.model(autograd.ones((1, 2)))
        (out * 3.0).sum().backward()

    assert probe.records[0].activations["layer"].mean == pytest.approx(float(out.data.mean()))
    assert probe.records[0].gradients["layer"].mean == pytest.approx(3.0)


def test_every_third_step_is_recorded_each_with_the_change_of_one_step():
    with Probe(network(), every=3) as thin:
        train(thin.model)
    with Probe(network()) as full:
        train(full.model)

    assert [record.step for record in thin.records] == [0, 3]
    assert thin.records[1].updates == full.records[3].updates


@pytest.mark.parametrize("limit", [2, 3, 4, 5])
def test_records_never_exceed_the_limit_and_stay_evenly_spread(limit):
    with Probe(nn.Linear(6, 2), limit=limit) as probe:
        optimizer = optim.SGD(probe.model.parameters(), lr=0.01)
        for _ in range(30):
            optimizer.zero_grad()
            probe.model(autograd.ones((2, 6))).sum().backward()
            optimizer.step()
            assert len(probe.records) <= limit
    steps = [record.step for record in probe.records]

    assert steps == list(range(0, steps[-1] + 1, probe.every))
    assert len(steps) >= limit // 2
    assert all(record.updates for record in probe.records)


def test_what_is_kept_does_not_grow_with_the_batch():
    with Probe(nn.Linear(6, 300)) as probe:
        probe.model(autograd.randn(2000, 6)).sum().backward()
    found = probe.records[0].activations[""]

    assert found.counts.shape == (40,)
    assert found.edges.shape == (41,)
    assert found.counts.sum() == pytest.approx(0.99 * 5_000, abs=3)
    assert probe.outputs == {}


def test_outputs_are_kept_on_demand_also_without_gradients():
    model = network()
    with Probe(model, ["2", "6"], keep_outputs=True) as probe, no_grad():
        model(autograd.randn(5, 1, 6, 6))

    assert {name: value.shape for name, value in probe.outputs.items()} == {"2": (5, 4, 4, 4), "6": (5, 8)}
    assert probe.records == []


@pytest.mark.parametrize(
    ("model", "x", "name"),
    [
        (nn.Sequential(nn.Conv2d(1, 4, 1), nn.ReLU()), (3, 1, 5, 5), "1"),
        (nn.Sequential(nn.Conv1d(1, 4, 1), nn.ReLU()), (3, 1, 5), "1"),
        (nn.Sequential(nn.Linear(5, 4), nn.ReLU()), (3, 6, 5), "1"),
        (nn.Sequential(nn.Linear(5, 4), nn.ReLU()), (3, 5), "1"),
    ],
    ids=["images", "channels first", "features last", "rows"],
)
def test_a_unit_is_dead_if_it_is_zero_in_the_whole_batch(model, x, name):
    model[0].weight.data = np.abs(model[0].weight.data)
    model[0].bias.data = np.array([-1e3, 0.1, -1e3, 0.1])
    with Probe(model) as probe:
        model(autograd.rand(*x))
    found = probe.records[0].activations[name]

    assert found.dead == found.zeros == 0.5
    assert found.edges[0] > 0  # zeros are no part of the curve


def test_layers_with_several_outputs_are_recorded_by_the_first_and_integers_are_passed_over():
    class Model(nn.Module):
        def __init__(self):
            self.embedding, self.lstm, self.pick = nn.Embedding(5, 3), nn.LSTM(3, 4), Pick()

        def forward(self, x):
            out, _ = self.lstm(self.embedding(x))
            self.pick(out)
            return out

    class Pick(nn.Module):
        def forward(self, x):
            return x.argmax(axis=-1)

    with Probe(Model(), keep_outputs=True) as probe:
        probe.model(np.arange(5)[:, None]).sum().backward()

    assert list(probe.records[0].activations) == ["embedding", "lstm"]
    assert probe.outputs["lstm"].shape == (5, 1, 4)
    assert set(probe.records[0].gradients) == {"embedding", "lstm"}


def test_a_layer_called_alone_under_no_grad_is_left_out():
    model, x = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1)), autograd.ones((4, 2))
    with Probe(model) as probe:
        mean = float(model[0](x).data.mean())
        model(x).sum().backward()
        with no_grad():
            model[0](x * 100.0)

    assert probe.records[0].activations["0"].mean == pytest.approx(mean)


def test_no_hook_is_left_on_a_leaf_that_a_layer_hands_on():
    x = Tensor([1.0, 2.0], requires_grad=True)
    with Probe(nn.Identity(), "") as probe:
        probe.model(x).sum().backward()

    assert probe.records[0].activations[""].mean == 1.5
    assert not x._node.taps


def test_a_copy_of_the_model_reports_to_nobody():
    model = network()
    with Probe(model) as probe:
        train(model, 2)
        mean = probe.records[-1].activations["7"].mean
        train(copy.deepcopy(model), 2)

    assert len(probe.records) == 2
    assert probe.records[-1].activations["7"].mean == mean


def test_frozen_parameters_have_no_ratio():
    model = network()
    model[0].requires_grad_(False)
    with Probe(model) as probe:
        train(model, 2)

    assert "0.weight" not in probe.records[0].updates
    assert "5.weight" in probe.records[1].updates


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], (0.0, 0.0)),
        ([0.0, 0.0], (1.0, 1.0)),
        ([np.nan, np.inf], (0.0, 0.0)),
        ([2.5, 2.5], (0.0, 0.0)),
        ([1e-300, 3e-300], (0.0, 0.0)),
        ([-1e300, 1e300], (0.0, 0.0)),
    ],
    ids=["empty", "zeros", "broken", "equal", "tiny", "huge"],
)
@pytest.mark.parametrize("log", [False, True], ids=["linear", "log"])
def test_statistics_of_odd_arrays_are_plain_numbers(values, expected, log):
    found = Statistics.of(np.array(values), log=log)

    assert (found.zeros, found.dead) == expected
    assert found.counts.sum() == np.sum(np.isfinite(values) & (np.array(values) != 0))
    assert (np.diff(found.edges) > 0).all()
    assert found.broken == (1.0 if np.isnan(values).any() else 0.0)


def test_what_cannot_be_watched_is_refused_at_once():
    with pytest.raises(TypeError, match=r"Probe watches an nn\.Module, not list"):
        Probe([1.0])
    with pytest.raises(TypeError, match=r"Probe watches an nn\.Module, not type"):
        Probe(nn.Linear)
    with pytest.raises(ValueError, match="the model has no 'conv'; it has '', '0', '1'"):
        Probe(nn.Sequential(nn.ReLU(), nn.ReLU()), "conv")
    with pytest.raises(ValueError, match="of which none is asked for"):
        Probe(nn.ReLU(), [])
    with pytest.raises(ValueError, match="Probe: every=0 is less than 1"):
        Probe(nn.ReLU(), every=0)
    with pytest.raises(ValueError, match="Probe: limit=1 is less than 2"):
        Probe(nn.ReLU(), limit=1)
    with pytest.raises(TypeError, match="keep_outputs='yes'"):
        Probe(nn.ReLU(), keep_outputs="yes")


def test_a_histogram_is_numpys_without_half_a_percent_at_either_end():
    values = np.random.default_rng(0).normal(size=(50, 40))
    found = Statistics.of(values)
    ordered = np.sort(values.ravel())
    counts, edges = np.histogram(ordered, 40, (ordered[9], ordered[-10]))

    np.testing.assert_array_equal(found.counts, counts)
    np.testing.assert_allclose(found.edges, edges)


def test_a_checkpointed_model_is_seen_once_and_whole():
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    with Probe(model) as probe:
        autograd.checkpoint(model)(autograd.ones((4, 2))).sum().backward()

    (record,) = probe.records
    assert list(record.activations) == ["0", "1", "2"]
    assert list(record.gradients) == ["2", "1", "0"]
