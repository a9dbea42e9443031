"""Networks as scikit-learn's estimators, for Pipeline, GridSearchCV, clone and pickle. It needs the extra `sklearn`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pkgutil import resolve_name
from typing import Any, TypeAlias

import numpy as np
from safetensors import numpy as codec
from scipy.special import softmax

import autograd
from autograd import ShapeError, Tensor, WeightsError
from autograd.engine.types import Array, Function
from autograd.support.checks import size

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.model_selection import train_test_split
    from sklearn.utils import check_random_state
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError:
    raise ImportError("optim.sklearn needs scikit-learn; run: pip install 'glassgrad[sklearn]'") from None

from .adam import Adam
from .fit import fit
from .history import History
from .model import Model, as_they_are
from .optimizer import Optimizer

__all__ = ["NeuralClassifier", "NeuralRegressor"]

Network: TypeAlias = str | Callable[[Sequence[int]], Model]


class _Neural(BaseEstimator):
    """What classifier and regressor share; each says what its targets and its loss are."""

    module_: Model
    history_: History
    n_features_in_: int

    def __init__(
        self,
        network: Network = "nn.models.MLP",
        hidden: Sequence[int] = (100,),
        *,
        optimizer: Callable[..., Optimizer] = Adam,
        lr: float = 0.01,
        epochs: int = 100,
        batch_size: int = 64,
        patience: int | None = None,
        validation_fraction: float = 0.1,
        callback: Callable[[History], object] | None = None,
        random_state: Any = None,
    ) -> None:
        self.network, self.hidden = network, hidden
        self.optimizer, self.lr = optimizer, lr
        self.epochs, self.batch_size = epochs, batch_size
        self.patience, self.validation_fraction = patience, validation_fraction
        self.callback = callback
        self.random_state = random_state

    def _samples(self, x: Any, y: Any, **options: Any) -> tuple[Array, Array]:
        """Samples and targets as arrays; where this or the training fails, nothing is left that predicts."""
        self.__dict__.pop("module_", None)
        x, y = validate_data(self, x, y, dtype=[np.float64, np.float32], **options)  # else the first
        return x, y

    def _train(self, x: Array, y: Array, outputs: int, loss: Function, stratify: Array | None) -> None:
        count = size(f"{type(self).__name__}: batch_size", self.batch_size)
        if not callable(self.optimizer):
            what = f"{type(self).__name__}: optimizer={self.optimizer!r} cannot be called"
            raise TypeError(
                f"{what}; it takes a class of optim, such as optim.Adam, or a function of parameters and lr"
            )
        seed = int(check_random_state(self.random_state).randint(2**31))
        held: list[tuple[Array, Array]] | None = None
        if self.patience is not None:
            parts = train_test_split(x, y, test_size=self.validation_fraction, random_state=seed, stratify=stratify)
            x, held_x, y, held_y = parts
            held = [(held_x, held_y)]
        self._outputs, self._dtype = outputs, x.dtype
        with _seeded(seed):
            module = self._build()
            self._check_outputs(module, x[:1])
            optimizer = self.optimizer(module.parameters(), lr=self.lr)
            self.history_ = fit(
                module,
                _Shuffled(x, y, count),
                loss,
                optimizer,
                self.epochs,
                validation=held,
                patience=self.patience,
                callback=self.callback,
                progress=False,
            )
        self.module_ = module

    def _build(self) -> Model:
        """The network, with new weights."""
        make: Any = self.network
        if isinstance(make, str):
            try:
                make = resolve_name(make)
            except (ImportError, AttributeError, ValueError) as error:
                what = f"{type(self).__name__}: network={self.network!r} names nothing that can be imported: {error}"
                raise ValueError(f"{what}; give a name such as 'nn.models.MLP', or the function itself") from error
        if not callable(make) or (hasattr(make, "named_modules") and not isinstance(make, type)):
            what = f"{type(self).__name__}: network is a {type(make).__name__}"
            raise TypeError(f"{what}; it takes a function of the sizes (inputs, *hidden, outputs) that makes a Module")
        if isinstance(self.hidden, str) or not isinstance(self.hidden, Sequence):
            raise TypeError(f"{type(self).__name__}: hidden={self.hidden!r} is not a sequence of sizes, such as (100,)")
        hidden = [size(f"{type(self).__name__}: hidden[{i}]", n) for i, n in enumerate(self.hidden)]
        with autograd.default_dtype(self._dtype):
            model: Model = make((self.n_features_in_, *hidden, self._outputs))
        return model

    def _check_outputs(self, module: Model, sample: Array) -> None:
        modes = as_they_are(module.modules(), "training")
        module.eval()
        with autograd.no_grad():
            shape = module(Tensor(sample)).shape
        list(modes)
        if shape != (1, self._outputs):
            what = f"{type(self).__name__}: of a sample (1, {self.n_features_in_}) network makes {shape}"
            raise ShapeError(f"{what}; it must be (1, {self._outputs}), the last of its sizes")

    def _output(self, x: Any) -> Array:
        """What the network says of the samples, (N, outputs)."""
        check_is_fitted(self, "module_")
        x = validate_data(self, x, reset=False, dtype=self._dtype)
        with autograd.no_grad():
            return np.concatenate([self.module_(Tensor(part)).data for part in _parts(x, 4096)])

    def __getstate__(self) -> dict[str, Any]:
        """The parameters, and the weights as the bytes of a safetensors file: no module is pickled."""
        state = dict(super().__getstate__())
        if "module_" in state:
            weights = {name: np.asarray(w, order="C") for name, w in state["module_"].state_dict().items()}
            state["module_"] = codec.save(weights)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        weights = state.get("module_")
        super().__setstate__({name: value for name, value in state.items() if name != "module_"})
        if weights is not None:
            with _seeded(0):  # new weights draw numbers, and are replaced
                module = self._build()
            try:
                module.load_state_dict(codec.load(weights))
            except WeightsError as error:
                error.add_note(f"{type(self).__name__}: network makes another model than the one that was pickled")
                raise
            module.eval()
            self.module_ = module


class NeuralClassifier(ClassifierMixin, _Neural):
    """A network that says to which class a sample belongs, as a scikit-learn classifier.

    `network`, a function or its importable name, makes a Module of the sizes (features, *hidden, classes), from samples
    (N, features) to logits (N, classes), in float64, or in float32 where the samples are. `optimizer` is a class of
    `optim`, or what makes one of parameters and `lr`. With `patience`, training ends after so many epochs without a
    lower loss on `validation_fraction` of the samples, which are held back, and the best weights come back. `callback`
    is that of `optim.fit`. Features should be about 1 in size, as after StandardScaler in a Pipeline.

    After `fit` there are `classes_`, `module_` in evaluation mode and `history_`. A pickle holds the weights as the
    bytes of a safetensors file; whoever loads it makes the module by `network`, which no lambda can be then.

    Errors are scikit-learn's for samples and targets, those of `optim.fit` for the rest.

    >>> from sklearn.datasets import load_iris
    >>> x, y = load_iris(return_X_y=True)
    >>> model = NeuralClassifier(hidden=(16,), epochs=40, random_state=0).fit(x, y)
    >>> model.score(x, y) > 0.95, model.predict_proba(x[:5]).shape
    (True, (5, 3))
    """

    classes_: Array

    def fit(self, X: Any, y: Any) -> NeuralClassifier:
        """Train on samples X (N, features) and their classes y (N,), of any type that sorts; return self."""
        X, y = self._samples(X, y)
        check_classification_targets(y)
        self.classes_, numbers = np.unique(y, return_inverse=True)
        self._train(X, numbers, len(self.classes_), autograd.cross_entropy, numbers)
        return self

    def predict_proba(self, X: Any) -> Array:
        """The probability of each class, (N, classes) in the order of `classes_`."""
        return np.asarray(softmax(self._output(X), axis=1))

    def predict(self, X: Any) -> Array:
        """The likeliest class of each sample, (N,)."""
        chosen = self._output(X).argmax(axis=1)
        return np.asarray(self.classes_[chosen])


class NeuralRegressor(RegressorMixin, _Neural):
    """A network that predicts one number of a sample, or several, as a scikit-learn regressor, by least squares.

    Arguments, attributes, pickles and errors are those of NeuralClassifier. Targets are learnt as they are: they, too,
    should be about 1 in size, as scikit-learn's TransformedTargetRegressor makes them.

    >>> x = np.linspace(-1, 1, 200)[:, None]
    >>> model = NeuralRegressor(random_state=0).fit(x, np.sin(3 * x[:, 0]))
    >>> model.score(x, np.sin(3 * x[:, 0])) > 0.99
    True
    """

    def fit(self, X: Any, y: Any) -> NeuralRegressor:
        """Train on samples X (N, features) and targets y, (N,) or (N, outputs); return self."""
        X, y = self._samples(X, y, multi_output=True, y_numeric=True)
        self._flat = y.ndim == 1
        y = np.asarray(y, X.dtype).reshape(len(y), -1)
        self._train(X, y, y.shape[1], autograd.mse, None)
        return self

    def predict(self, X: Any) -> Array:
        """The prediction for each sample, of the shape that the targets had."""
        output = self._output(X)
        return output[:, 0] if self._flat else output

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


class _Shuffled:
    """Batches, in another order each time they are gone through."""

    def __init__(self, x: Array, y: Array, count: int) -> None:
        self.x, self.y, self.count = x, y, count

    def __len__(self) -> int:
        return -(-len(self.x) // self.count)

    def __iter__(self) -> Iterator[tuple[Array, Array]]:
        for chosen in _parts(autograd.permutation(len(self.x)).data, self.count):
            yield self.x[chosen], self.y[chosen]


def _parts(x: Array, count: int) -> Iterator[Array]:
    return (x[i : i + count] for i in range(0, len(x), count))


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Draw from a generator of this seed; afterwards draws go on as if nothing had been."""
    before = autograd.get_rng_state()
    try:
        autograd.seed(seed)
        yield
    finally:
        autograd.set_rng_state(before)
