"""A DataLoader yields every sample once an epoch, and the same batches however it got to where it is."""

import json
import threading
import time
from collections import namedtuple
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd
from nn.data import DataLoader, Dataset, Subset, TensorDataset, default_collate
from nn.data.loader import _ORDER, _stream
from nn.data.transforms import Compose, GaussianNoise, RandomCrop, RandomHorizontalFlip

images = np.random.default_rng(0).random((23, 1, 6, 6))
augment = Compose([RandomCrop(6, padding=1), RandomHorizontalFlip(), GaussianNoise()])
settings = st.fixed_dictionaries(
    {"batch_size": st.integers(1, 23), "shuffle": st.booleans(), "drop_last": st.booleans(), "seed": st.integers(0, 9)}
)


def dataset(count=23):
    return TensorDataset(images[:count], np.arange(count))


def labels(loader):
    return [label.tolist() for _, label in loader]


def same(left, right):
    return len(left) == len(right) and all(
        np.array_equal(a, b) for x, y in zip(left, right) for a, b in zip(x, y, strict=True)
    )


def threads():
    return [t.name for t in threading.enumerate() if t.name.startswith("DataLoader")]


@given(settings)
def test_an_epoch_has_each_sample_once(options):
    loader = DataLoader(dataset(), **options)
    for _ in range(2):
        epoch = labels(loader)
        seen = [label for batch in epoch for label in batch]

        assert len(epoch) == len(loader)
        assert len(seen) == loader.samples == (23 - 23 % options["batch_size"] if options["drop_last"] else 23)
        assert len(set(seen)) == len(seen)
        assert {len(batch) for batch in epoch[:-1]} <= {options["batch_size"]}
        if not options["shuffle"]:
            assert seen == list(range(len(seen)))


def test_shuffling_gives_each_epoch_its_own_order_and_each_seed_its_own_orders():
    loader = DataLoader(dataset(), 5, shuffle=True, seed=0)
    orders = [labels(loader), labels(loader), labels(DataLoader(dataset(), 5, shuffle=True, seed=1))]

    assert orders[0] != orders[1] != orders[2] != orders[0]


@given(settings, st.integers(1, 4))
def test_prefetching_changes_nothing(options, ahead):
    plain, early = (DataLoader(dataset(), **options, transform=augment, prefetch=n) for n in (0, ahead))

    for _ in range(2):
        for one, other in zip(plain, early, strict=True):
            assert same([one], [other])
            assert plain.state_dict() == early.state_dict()
    assert threads() == []


@given(settings, st.integers(0, 2), st.data())
def test_a_loader_resumes_at_any_batch_of_any_epoch(options, ahead, data):
    options |= {"transform": augment, "prefetch": ahead}
    whole = DataLoader(dataset(), **options)
    uninterrupted = [batch for _ in range(3) for batch in whole]
    stop = data.draw(st.integers(0, 2 * len(whole)))

    first, seen = DataLoader(dataset(), **options), []
    while len(seen) < stop:
        for batch in first:
            seen.append(batch)
            if len(seen) == stop:
                break
    state = json.loads(json.dumps(first.state_dict()))
    second = DataLoader(dataset(), **(options | {"seed": 77, "prefetch": 1}))
    second.load_state_dict(state)
    assert second.state_dict() == state
    while len(seen) < len(uninterrupted):
        seen.extend(second)

    assert same(seen, uninterrupted)
    assert second.state_dict() == whole.state_dict()


def test_the_state_counts_what_was_yielded():
    loader = DataLoader(dataset(10), 4, prefetch=2, seed=5)
    states = [loader.state_dict(), *(loader.state_dict() for _ in loader)]

    assert [(state["epoch"], state["batch"]) for state in states] == [(0, 0), (0, 1), (0, 2), (1, 0)]
    assert json.loads(json.dumps(loader.state_dict())) == loader.state_dict()
    assert loader.state_dict()["seed"] == 5


def test_a_loop_left_early_is_over_and_the_next_one_is_the_next_epoch():
    loader, twin = (DataLoader(dataset(), 5, shuffle=True, seed=0) for _ in range(2))
    for _ in loader:
        break
    labels(twin)

    assert labels(loader) == labels(twin)


def test_two_loops_at_once_are_two_epochs():
    loader, twin = (DataLoader(dataset(), 5, shuffle=True, seed=0) for _ in range(2))
    both = [(a.tolist(), b.tolist()) for (_, a), (_, b) in zip(loader, loader)]

    assert [list(epoch) for epoch in zip(*both)] == [labels(twin), labels(twin)]


def test_the_orders_of_different_seeds_and_epochs_are_different():
    def orders(seed):
        loader = DataLoader(dataset(), 23, shuffle=True, seed=seed)
        return [tuple(labels(loader)[0]) for _ in range(3)]

    seeds = [0, 4, 2**32, 2**32 + 4, 2**33, 2**64, 2**64 + 4]  # some would be one, padded with zeros or cut in words
    numpys = {tuple(np.random.default_rng(seed).permutation(23).tolist()) for seed in seeds}  # such as random_split's

    assert len({order for seed in seeds for order in orders(seed)} | numpys) == 4 * len(seeds)
    assert orders(4) == orders(4)


def test_the_chance_of_each_batch_is_its_own_and_not_that_of_the_order():
    drawn = []

    class Watched(DataLoader):
        def _order(self, epoch):
            drawn.append(_stream(self.seed, _ORDER, epoch).random())
            return super()._order(epoch)

    for seed in (4, 2**32, 2**32 + 4):
        loader = Watched(dataset(), 8, seed=seed, transform=lambda batch, rng: drawn.append(rng.random()) or batch)
        for _ in range(2):
            list(loader)
        drawn.append(np.random.default_rng(seed).random())

    assert len(set(drawn)) == len(drawn) == 3 * (2 + 2 * 3 + 1)


def test_augmentation_depends_on_the_seed_of_the_loader():
    batches = [list(DataLoader(dataset(), 5, seed=seed, transform=augment)) for seed in (0, 0, 1)]

    assert same(batches[0], batches[1])
    for (one, _), (other, _) in zip(batches[0], batches[2]):
        assert not np.array_equal(one, other)


class Noisy(Dataset):
    """Draws from the engine's generator, with nothing of its own."""

    def __len__(self):
        return 23

    def __getitem__(self, index):
        return images[index] + autograd.normal(size=(1, 6, 6)).data, index


def jittered(batch):
    return default_collate([(image + autograd.uniform().item(), label) for image, label in batch])


@pytest.mark.parametrize("collate_fn", [None, jittered], ids=["dataset", "collate_fn"])
def test_what_a_dataset_draws_from_the_engine_depends_on_the_position_alone(collate_fn):
    options = {"batch_size": 5, "shuffle": True, "seed": 1, "collate_fn": collate_fn}
    loader = DataLoader(Noisy(), **options)
    epochs = [list(loader), list(loader)]
    assert not np.array_equal(np.sort(epochs[0][0][0], axis=None), np.sort(epochs[1][0][0], axis=None))

    autograd.rand(3)  # what else is drawn does not matter, not even while the thread works
    early = DataLoader(Noisy(), **options, prefetch=3)
    for epoch in epochs:
        for one, other in zip(epoch, early, strict=True):
            autograd.rand(2)
            assert same([one], [other])
    late = DataLoader(Noisy(), **options)
    late.load_state_dict({**late.state_dict(), "epoch": 1, "batch": 2})

    assert same(list(late), epochs[1][2:])


@pytest.mark.parametrize("prefetch", [0, 2])
def test_the_generator_of_the_engine_is_back_after_an_error(prefetch):
    before = autograd.get_rng_state()
    with pytest.raises(OSError, match="disk"):
        list(DataLoader(Broken(), 2, seed=0, prefetch=prefetch))

    assert autograd.get_rng_state() == before


def stop(*_):
    raise StopIteration


@pytest.mark.parametrize("prefetch", [0, 2])
@pytest.mark.parametrize("part", ["transform", "collate_fn", "dataset"])
def test_a_stray_stop_iteration_is_an_error_and_no_short_epoch(part, prefetch):
    class Stopping(Noisy):
        def __getitem__(self, index):
            stop()

    loader = DataLoader(
        Stopping() if part == "dataset" else [1], prefetch=prefetch, **({} if part == "dataset" else {part: stop})
    )
    with pytest.raises(RuntimeError, match="StopIteration"):
        list(loader)


def test_an_older_loop_moves_neither_the_position_nor_a_loaded_one():
    loader = DataLoader(dataset(), 5, shuffle=True, seed=0)
    old = iter(loader)
    next(old)
    new = iter(loader)
    next(new)
    next(old), next(old)
    assert (loader.state_dict()["epoch"], loader.state_dict()["batch"]) == (1, 1)

    rest = labels(iter(DataLoader(dataset(), 5, shuffle=True, seed=0)))[3:]
    loader.load_state_dict({**loader.state_dict(), "seed": 9, "epoch": 6, "batch": 2})
    state = loader.state_dict()
    next(new)
    assert labels(old) == rest  # it goes on as it began, with its own seed
    assert loader.state_dict() == state


def test_after_a_loop_left_early_the_state_is_still_where_it_was_left():
    loader, twin = (DataLoader(dataset(), 5, shuffle=True, seed=0) for _ in range(2))
    for _ in loader:
        break
    resumed = DataLoader(dataset(), 5, shuffle=True)
    resumed.load_state_dict(loader.state_dict())

    assert loader.state_dict()["batch"] == 1
    assert labels(resumed) == labels(twin)[1:]


@pytest.mark.parametrize("prefetch", [0, 2])
def test_iterating_leaves_the_generator_of_the_engine_alone(prefetch):
    loader = DataLoader(dataset(), 5, shuffle=True, transform=augment, prefetch=prefetch)
    before = autograd.get_rng_state()
    list(loader)

    assert autograd.get_rng_state() == before


def test_one_seed_of_the_engine_repeats_a_loader():
    epochs = []
    for seed in (0, 0, 1):
        autograd.seed(seed)
        epochs.append(labels(DataLoader(dataset(), 5, shuffle=True)))

    assert epochs[0] == epochs[1] != epochs[2]


def test_leaving_a_loop_ends_the_thread():
    loader = DataLoader(dataset(), 2, prefetch=3)
    iterator = iter(loader)
    next(iterator)
    assert len(threads()) == 1
    iterator.close()
    assert threads() == []
    for _ in loader:
        break
    assert threads() == []


def test_the_thread_is_that_many_batches_ahead_and_no_more():
    made, fourth = [], threading.Event()

    def transform(batch, rng):
        made.append(batch)
        if len(made) == 4:
            fourth.set()
        return batch

    iterator = iter(DataLoader(dataset(), 2, prefetch=3, transform=transform))
    next(iterator)

    assert fourth.wait(10)
    time.sleep(0.05)  # enough for one more, were it made
    assert len(made) == 4
    iterator.close()


def test_the_thread_makes_batches_while_the_consumer_works():
    made = threading.Event()

    def transform(batch, rng):
        if batch[1][0] == 4:
            made.set()
        return batch

    iterator = iter(DataLoader(dataset(), 2, prefetch=2, transform=transform))
    next(iterator)

    assert made.wait(10)  # the third batch, though nobody asked for it
    iterator.close()


def test_the_thread_sees_the_callers_switches():
    floats = [0.5, 1.5]
    with autograd.default_dtype(np.float64):
        dtypes = {batch.dtype for n in (0, 1) for batch in DataLoader(floats, prefetch=n)}

    assert dtypes == {np.dtype(np.float64)}


class Broken(Dataset):
    def __len__(self):
        return 9

    def __getitem__(self, index):
        if index == 5:
            raise OSError("the disk is gone")
        return index


@pytest.mark.parametrize("prefetch", [0, 4])
def test_an_error_arrives_at_its_batch_and_names_it(prefetch):
    loader, seen = DataLoader(Broken(), 2, prefetch=prefetch), []
    with pytest.raises(OSError, match="the disk is gone") as caught:
        seen.extend(loader)
    notes = " ".join(caught.value.__notes__)

    assert "batch 2 of epoch 0" in notes
    assert "sample 5 of Broken" in notes
    assert loader.state_dict()["batch"] == 2
    assert threads() == []


class Bulk(TensorDataset):
    def __getitem__(self, index):
        raise AssertionError("one by one")

    def batch(self, indices):
        return super().batch(indices)


class Faster(Broken):
    def batch(self, indices):
        return indices, indices


@pytest.mark.parametrize("many", [Bulk(images, np.arange(23)), Faster()], ids=["both", "nearer"])
def test_a_batch_of_many_is_fetched_at_once(many):
    assert labels(DataLoader(Subset(many, range(9)), 4)) == [[0, 1, 2, 3], [4, 5, 6, 7], [8]]


class Doubled(TensorDataset):
    def __getitem__(self, index):
        image, label = super().__getitem__(index)
        return image, 2 * label


class Part(Subset):
    def __getitem__(self, index):
        image, label = super().__getitem__(index)
        return image, 2 * label


class Doubling:
    def __getitem__(self, index):
        image, label = super().__getitem__(index)
        return image, 2 * label


class Mixed(Doubling, TensorDataset):
    pass


class Grandchild(Doubled):
    pass


class Foreign:
    """Somebody else's, whose `batch` is about something else."""

    def __len__(self):
        return 23

    def __getitem__(self, index):
        return images[index], 2 * index

    def batch(self, size):
        raise AssertionError("not ours to call")


@pytest.mark.parametrize(
    "changed",
    [
        Doubled(images, np.arange(23)),
        Part(dataset(), np.arange(23)),
        Mixed(images, np.arange(23)),
        Grandchild(images, np.arange(23)),
        Subset(Doubled(images, np.arange(23)), range(23)),
        Foreign(),
    ],
    ids=lambda changed: type(changed).__name__,
)
def test_a_getitem_that_changes_samples_is_never_passed_by(changed):
    assert labels(DataLoader(changed, 23)) == [list(range(0, 46, 2))]


def test_a_collate_fn_is_given_the_samples():
    loader = DataLoader(["a", "b", "c"], 2, collate_fn="".join, transform=lambda text, rng: text.upper())

    assert list(loader) == ["AB", "C"]
    assert repr(loader) == f"DataLoader(3 samples in 2 batches of 2, shuffle=False, seed={loader.seed})"


Pair = namedtuple("Pair", "x y")
COLLATED = {
    "numbers": ([1, 2], np.array([1, 2])),
    "floats": ([1.5, 2], np.array([1.5, 2], np.float32)),
    "booleans": ([True, False], np.array([True, False])),
    "floats of several kinds": ([1.5, np.float64(2)], np.array([1.5, 2])),
    "numpy's numbers": ([np.float64(1), np.float64(2)], np.array([1.0, 2.0])),
    "tensors": ([autograd.ones(2), np.zeros(2, np.float32)], np.array([[1, 1], [0, 0]], np.float32)),
    "text": (["a", "bc"], ["a", "bc"]),
    "tuples": ([(1, "a"), (2, "b")], (np.array([1, 2]), ["a", "b"])),
    "named tuples": ([Pair(1, 2), Pair(3, 4)], Pair(np.array([1, 3]), np.array([2, 4]))),
    "lists": ([[1, 2], [3, 4]], [np.array([1, 3]), np.array([2, 4])]),
    "dicts": ([{"x": {"y": 1}}, {"x": {"y": 2}}], {"x": {"y": np.array([1, 2])}}),
}


def assert_alike(value, expected):
    assert type(value) is type(expected)
    if isinstance(expected, dict):
        assert list(value) == list(expected)
        for key in expected:
            assert_alike(value[key], expected[key])
    elif isinstance(expected, (tuple, list)):
        assert len(value) == len(expected)
        for one, other in zip(value, expected):
            assert_alike(one, other)
    elif isinstance(expected, np.ndarray):
        np.testing.assert_array_equal(value, expected, strict=True)
    else:
        assert value == expected


@pytest.mark.parametrize("case", COLLATED)
def test_samples_are_stacked_in_their_form(case):
    batch, expected = COLLATED[case]

    assert_alike(default_collate(batch), expected)


class Sized:
    def __len__(self):
        return 3


samples = TensorDataset(np.zeros((5, 2)))
flip = RandomHorizontalFlip
ERRORS = {
    "batch_size 0": (lambda: DataLoader(samples, 0), ValueError, "batch_size=0 is less than 1"),
    "batch_size None": (lambda: DataLoader(samples, None), TypeError, "batch_size=None"),
    "shuffle a number": (lambda: DataLoader(samples, shuffle=1), TypeError, "shuffle=1 is neither"),
    "drop_last text": (lambda: DataLoader(samples, drop_last="no"), TypeError, "drop_last='no'"),
    "drop_last leaves nothing": (lambda: DataLoader(samples, 6, drop_last=True), ValueError, "nothing of 5 samples"),
    "no length": (lambda: DataLoader(iter([1])), TypeError, "list_iterator has no length"),
    "no index": (lambda: DataLoader(Sized()), TypeError, "Sized has no __getitem__"),
    "a base without length": (lambda: DataLoader(Dataset()), TypeError, "defines no __len__"),
    "empty": (lambda: DataLoader([]), ValueError, "a list, is empty"),
    "transform no function": (lambda: DataLoader(samples, transform="flip"), TypeError, "transform='flip'"),
    "collate_fn no function": (lambda: DataLoader(samples, collate_fn=3), TypeError, "collate_fn=3"),
    "negative seed": (lambda: DataLoader(samples, seed=-1), ValueError, "seed=-1"),
    "negative prefetch": (lambda: DataLoader(samples, prefetch=-1), ValueError, "prefetch=-1"),
    "transform returns None": (lambda: [*DataLoader(samples, transform=lambda b, r: None)], TypeError, "returned None"),
    "shapes": (
        lambda: [*DataLoader(Subset([(np.zeros(2), 1), (np.zeros(3), 1)] * 2, [2, 3]), 2)],
        autograd.ShapeError,
        r"samples 2 and 3 have different shapes at \[0\]: \(2,\) and \(3,\)",
    ),
    "keys": (lambda: default_collate([{"x": 1}, {"y": 1}]), autograd.ShapeError, "0 and 1 .* keys: .'x'. and .'y'."),
    "lengths": (lambda: default_collate([(1, 2), (1,)]), autograd.ShapeError, "lengths: 2 and 1"),
    "types": (lambda: default_collate([(1,), [1]]), autograd.ShapeError, "types: tuple and list"),
    "number and text": (lambda: default_collate([1, "a"]), autograd.ShapeError, "types: int and str"),
    "text and number": (lambda: default_collate(["a", 1]), autograd.ShapeError, "types: str and int"),
    "array and text": (lambda: default_collate([np.array(1.0), "a"]), autograd.ShapeError, "types: ndarray and str"),
    "None": (lambda: default_collate([{"mask": None}]), TypeError, r"sample 0, its \['mask'\], is a NoneType"),
    "arrays side by side": (lambda: DataLoader((images, np.arange(23))), TypeError, r"TensorDataset\(x, y\)"),
    "a dict": (lambda: DataLoader({"x": images}), TypeError, r"dict has keys, .*list\(d.values\(\)\)"),
    "a class as transform": (lambda: DataLoader(samples, transform=flip), TypeError, r"class .*Flip; .*Flip\("),
    "a transform of one": (lambda: DataLoader(samples, transform=lambda b: b), TypeError, r"\(b\); .* f\(batch, rng\)"),
    "a None for samples": (lambda: default_collate(None), TypeError, "list of samples, not None"),
    "keys 1 and '1'": (lambda: default_collate([{1: 0}, {"1": 0}]), autograd.ShapeError, r"keys: \[1\] and \['1'\]"),
    "fractions": (lambda: default_collate([Fraction(1, 2)]), TypeError, "sample 0 is a Fraction, .*real numbers"),
    "complex numbers": (lambda: default_collate([(1, 2j)]), TypeError, r"sample 0, its \[1\], is a complex"),
    "complex arrays": (lambda: default_collate([np.zeros(2, complex)]), TypeError, "complex128"),
    "objects": (lambda: default_collate([np.array([None])]), TypeError, "array of object"),
    "no samples": (lambda: default_collate([]), ValueError, "no samples"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_wrong_use_says_what_to_do(case):
    wrong, error, words = ERRORS[case]

    with pytest.raises(error, match=words):
        wrong()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"samples": 24}, "samples is 24, here 23"),
        ({"batch_size": 4}, "batch_size is 4, here 5"),
        ({"batch_size": "5"}, "batch_size is '5', here 5"),
        ({"shuffle": False}, "shuffle is False, here True"),
        ({"drop_last": True}, "drop_last is True, here False"),
        ({"batch": 5}, "batch=5 is beyond the 5 batches"),
        ({"batch": -1}, "batch=-1"),
        ({"epoch": "2"}, "epoch='2'"),
        ({"seed": None}, "seed=None"),
        ({"more": 1}, "takes what state_dict"),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(change, words):
    loader = DataLoader(dataset(), 5, shuffle=True, seed=0)
    next(iter(loader))
    before = loader.state_dict()
    with pytest.raises(autograd.WeightsError, match=words):
        loader.load_state_dict({**before, "epoch": 7, **change})
    twin = DataLoader(dataset(), 5, shuffle=True, seed=0)
    labels(twin)

    assert loader.state_dict() == before
    assert labels(loader) == labels(twin)


# -- an order of one's own -----------------------------------------------------------------------------


class Drawn:
    """Indices drawn with replacement by the engine's generator."""

    def __init__(self, count):
        self.count = count

    def __len__(self):
        return self.count

    def __iter__(self):
        return iter((autograd.uniform(size=self.count).data * 23).astype(int).tolist())


def test_a_sampler_says_the_order_and_a_batch_sampler_the_batches():
    loader = DataLoader(dataset(), batch_size=2, sampler=[3, 1, 4, 1, 5])
    assert labels(loader) == [[3, 1], [4, 1], [5]]
    assert (len(loader), loader.samples) == (3, 5)
    assert labels(DataLoader(dataset(), batch_size=2, sampler=range(5), drop_last=True)) == [[0, 1], [2, 3]]
    batched = DataLoader(dataset(), batch_sampler=[[3, 1, 4], [1]])
    assert labels(batched) == labels(batched) == [[3, 1, 4], [1]]
    assert (len(batched), batched.samples) == (2, 23)


def test_a_sampler_that_draws_repeats_itself_on_resume_and_changes_nothing_outside():
    before = autograd.get_rng_state()
    loader = DataLoader(dataset(), batch_size=2, sampler=Drawn(7), seed=3, prefetch=2)
    first, second = labels(loader), labels(loader)
    assert first != second
    again = DataLoader(dataset(), batch_size=2, sampler=Drawn(7), seed=3)
    again.load_state_dict({**again.state_dict(), "epoch": 1, "batch": 2})

    assert labels(again) == second[2:]
    assert str(autograd.get_rng_state()) == str(before)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"sampler": [1], "shuffle": True}, ValueError, "a sampler takes the place of shuffle"),
        ({"batch_sampler": [[1]], "batch_size": 2}, ValueError, "leave out what it stands for"),
        ({"batch_sampler": [[1]], "sampler": [1]}, ValueError, "leave out what it stands for"),
        ({"batch_sampler": [[1]], "drop_last": True}, ValueError, "leave out what it stands for"),
        ({"sampler": iter([1])}, TypeError, "sampler is a list_iterator; give what has len"),
        ({"sampler": (i for i in range(3))}, TypeError, "sampler is a generator"),
        ({"batch_sampler": 3}, TypeError, "batch_sampler is a int"),
        ({"sampler": []}, ValueError, "the sampler is empty"),
        ({"batch_sampler": []}, ValueError, "the sampler is empty"),
    ],
)
def test_an_order_that_cannot_be_is_explained(options, error, words):
    with pytest.raises(error, match=words):
        DataLoader(dataset(), **options)


def test_a_sampler_must_give_as_many_as_it_says_and_only_what_is_there():
    class Liar(Drawn):
        def __iter__(self):
            return iter([1])

    with pytest.raises(ValueError, match=r"gives 1 where its len\(\) says 7"):
        labels(DataLoader(dataset(), sampler=Liar(7)))
    with pytest.raises(IndexError):
        labels(DataLoader(dataset(), sampler=[23]))
