"""scikit-learn's own checks of our estimators, and what its tools do with them."""

import importlib
import pickle
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from safetensors import numpy as codec
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_diabetes, load_iris, make_regression
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import autograd
import nn
import optim
from autograd import WeightsError
from optim.sklearn import NeuralClassifier, NeuralRegressor

ROOT = Path(__file__).parent.parent.parent
X, Y = load_iris(return_X_y=True)
QUICK = {"hidden": (8,), "epochs": 3, "random_state": 0}


def normed(sizes, rate=0.0):
    return nn.Sequential(
        nn.Linear(sizes[0], 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(rate), nn.Linear(8, sizes[-1])
    )


@pytest.mark.no_cover
@parametrize_with_checks([NeuralClassifier(), NeuralRegressor()])
def test_scikit_learn_finds_nothing_wrong(estimator, check):
    check(estimator)


def test_a_grid_search_over_a_pipeline_finds_the_rate_that_learns():
    flow = make_pipeline(StandardScaler(), NeuralClassifier(hidden=(16,), epochs=20, random_state=0))

    search = GridSearchCV(flow, {"neuralclassifier__lr": [1e-6, 0.02]}, cv=3).fit(X, Y)

    assert search.best_params_ == {"neuralclassifier__lr": 0.02}
    assert search.best_score_ > 0.93
    assert search.cv_results_["mean_test_score"][0] < 0.7


def test_a_regression_on_real_data_is_about_as_good_as_the_linear_one():
    x, y = load_diabetes(return_X_y=True)
    net = NeuralRegressor(hidden=(8,), optimizer=partial(optim.AdamW, weight_decay=1.0), epochs=30, random_state=0)
    model = TransformedTargetRegressor(make_pipeline(StandardScaler(), net), transformer=StandardScaler())

    ours, linear = (cross_val_score(m, x, y, cv=3).mean() for m in (model, LinearRegression()))

    assert linear > 0.45
    assert ours > linear - 0.05


def test_a_clone_has_the_parameters_and_no_weights():
    model = NeuralClassifier(normed, optimizer=optim.SGD, lr=0.1, **QUICK).fit(X, Y)
    copy = clone(model)

    assert copy.get_params() == model.get_params()
    with pytest.raises(NotFittedError):
        copy.predict(X)


def test_a_pickle_predicts_to_the_bit_in_another_process(tmp_path):
    data = {"single": X.astype(np.float32), "double": X}
    models = {name: NeuralClassifier(**QUICK).fit(x, Y) for name, x in data.items()}
    for name, x in data.items():
        (tmp_path / name).write_bytes(pickle.dumps(models[name]))
        np.save(tmp_path / f"{name}.npy", x)
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import pickle, numpy as np\n"
        "for name in ('single', 'double'):\n"
        "    model = pickle.load(open(name, 'rb')); print(model.history_['loss'])\n"
        "    np.save(name + '.npy', model.predict_proba(np.load(name + '.npy')))"
    )

    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)

    assert done.stdout.splitlines() == [str(model.history_["loss"]) for model in models.values()]
    for name, x in data.items():
        np.testing.assert_array_equal(np.load(tmp_path / f"{name}.npy"), models[name].predict_proba(x))
        assert next(models[name].module_.parameters()).dtype == x.dtype


def test_a_pickle_holds_the_weights_as_a_safetensors_file_and_no_module():
    model = NeuralClassifier(**QUICK).fit(X, Y)

    weights = codec.load(model.__getstate__()["module_"])

    assert sorted(weights) == ["0.bias", "0.weight", "2.bias", "2.weight"]
    assert b"nn.models.mlp" not in pickle.dumps(model)  # no module, by its class


def test_a_pickle_keeps_buffers_evaluation_mode_and_the_random_numbers_of_whoever_loads_it():
    model = NeuralClassifier(normed, **QUICK).fit(X, Y)
    data = pickle.dumps(model)
    autograd.seed(5)
    expected = autograd.uniform(size=3).data

    autograd.seed(5)
    copy = pickle.loads(data)

    np.testing.assert_array_equal(autograd.uniform(size=3).data, expected)
    assert not copy.module_.training
    np.testing.assert_array_equal(copy.predict_proba(X), model.predict_proba(X))
    assert int(copy.module_.state_dict()["1.num_batches_tracked"]) == 3 * 3  # epochs of three batches


def test_a_pickle_of_another_network_says_so(monkeypatch):
    data = pickle.dumps(NeuralClassifier(normed, **QUICK).fit(X, Y))
    monkeypatch.setattr(sys.modules[normed.__module__], "normed", nn.models.MLP)

    with pytest.raises((WeightsError, pickle.UnpicklingError)) as caught:
        pickle.loads(data)
    assert any("another model than the one that was pickled" in note for note in caught.value.__notes__)


def test_training_leaves_the_random_numbers_alone_and_repeats_to_the_bit():
    autograd.seed(3)
    expected = autograd.uniform(size=3).data
    autograd.seed(3)

    first, second = (NeuralClassifier(partial(normed, rate=0.5), **QUICK).fit(X, Y) for _ in range(2))

    np.testing.assert_array_equal(autograd.uniform(size=3).data, expected)
    np.testing.assert_array_equal(first.predict_proba(X), second.predict_proba(X))
    other = clone(first).set_params(random_state=1).fit(X, Y)
    assert not np.array_equal(first.predict_proba(X), other.predict_proba(X))


def test_patience_holds_samples_back_and_stops():
    model = NeuralClassifier(lr=0.02, epochs=500, patience=5, validation_fraction=0.2, random_state=0).fit(X, Y)

    assert model.history_.stopped == "patience"
    assert "validation_loss" in model.history_.columns
    assert model.score(X, Y) > 0.9


def test_two_targets_are_learnt_together_and_keep_their_shape():
    x, y = make_regression(100, 3, n_targets=2, random_state=0)
    model = NeuralRegressor(hidden=(), epochs=150, lr=0.05, random_state=0).fit(x, y / 100)

    assert model.predict(x).shape == (100, 2)
    assert model.score(x, y / 100) > 0.99
    assert NeuralRegressor(**QUICK).fit(x, y[:, :1]).predict(x).shape == (100, 1)


def test_the_callback_sees_each_epoch():
    seen = []
    NeuralClassifier(callback=lambda history: seen.append(len(history)), **QUICK).fit(X, Y)

    assert seen == [1, 2, 3]


@pytest.mark.parametrize(
    ("changed", "error", "says"),
    [
        (
            {"network": "nn.modls.MLP"},
            ValueError,
            "network='nn.modls.MLP' names nothing that can be imported",
        ),
        ({"network": nn.Linear(4, 3)}, TypeError, "network is a Linear; it takes a function of the sizes"),
        ({"network": 3}, TypeError, "network is a int; it takes a function of the sizes"),
        ({"optimizer": "adam"}, TypeError, "optimizer='adam' cannot be called; it takes a class of optim"),
        ({"batch_size": 0}, ValueError, "NeuralClassifier: batch_size=0 is less than 1"),
        ({"epochs": 0}, ValueError, "fit: epochs=0 is less than 1"),
        ({"lr": -1.0}, ValueError, "lr=-1.0"),
        ({"hidden": (0,)}, ValueError, r"NeuralClassifier: hidden\[0\]=0 is less than 1"),
        ({"hidden": 8}, TypeError, "hidden=8 is not a sequence of sizes, such as"),
    ],
)
def test_wrong_parameters_are_named_and_nothing_is_half_fitted(changed, error, says):
    model = NeuralClassifier(**{**QUICK, **changed})

    with pytest.raises(error, match=says):
        model.fit(X, Y)
    with pytest.raises(NotFittedError):
        model.predict(X)


@pytest.mark.parametrize("again", [(X[:, :0], Y), (X, np.where(Y == 2, "many", "few"))])
def test_a_fit_that_fails_leaves_nothing_of_the_one_before(again):
    model = NeuralClassifier(**QUICK).fit(X, Y).set_params(lr=1e300)

    with pytest.raises((ValueError, FloatingPointError)), np.errstate(all="ignore"):
        model.fit(*again)
    with pytest.raises(NotFittedError):
        model.predict(X)


@pytest.mark.parametrize("outputs", [2, 4])
def test_a_network_of_other_outputs_is_named(outputs):
    with pytest.raises(autograd.ShapeError, match=rf"\(1, 4\) network makes \(1, {outputs}\); it must be \(1, 3\)"):
        NeuralClassifier(lambda sizes: nn.Linear(4, outputs), **QUICK).fit(X, Y)


def test_without_scikit_learn_one_line_says_what_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.base", None)
    monkeypatch.delitem(sys.modules, "optim.sklearn")

    with pytest.raises(ImportError, match=r"needs scikit-learn; run: pip install 'glassgrad\[sklearn\]'$"):
        importlib.import_module("optim.sklearn")
