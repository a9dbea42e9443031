"""Datasets give their samples by index, alone and many at once, and are split without loss."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd
import nn
from nn.data import ConcatDataset, Dataset, Subset, TensorDataset, default_collate, random_split


class Squares(Dataset):
    def __len__(self):
        return 10

    def __getitem__(self, index):
        return index, index**2


def rows(count):
    return TensorDataset(np.arange(count * 2.0).reshape(count, 2), np.arange(count))


def equal(left, right):
    return len(left) == len(right) and all(np.array_equal(a, b) for a, b in zip(left, right))


def test_the_package_comes_with_nn():
    assert nn.data.TensorDataset is TensorDataset
    assert callable(nn.data.transforms.Compose([]))


@given(st.integers(1, 9), st.data())
def test_a_batch_is_the_collated_samples(count, data):
    indices = data.draw(st.lists(st.integers(0, count - 1), min_size=1, max_size=12))
    dataset = rows(count)
    part = Subset(dataset, np.arange(count)[::-1])

    for each in (dataset, part, Subset(part, range(count)), ConcatDataset([dataset, part])):
        assert equal(each.batch(np.array(indices)), default_collate([each[i] for i in indices]))


def test_tensors_are_kept_as_arrays_and_arrays_are_not_copied():
    images = np.zeros((4, 3), np.float16)
    dataset = TensorDataset(images, autograd.arange(4), [0.5, 1, 2, 3])

    assert dataset.arrays[0] is images
    assert [type(a) for a in dataset.arrays] == [np.ndarray] * 3
    assert dataset.arrays[2].dtype == np.float32
    assert repr(rows(3)) == "TensorDataset(float64[3, 2], int64[3])"


def test_a_dataset_takes_any_index_of_numpy():
    dataset = rows(5)

    for index in (2, -1, slice(1, 4), [0, 3], np.array([True, False, True, False, False])):
        assert equal(dataset[index], (dataset.arrays[0][index], dataset.arrays[1][index]))
    assert len(list(dataset)) == 5


def test_datasets_written_by_hand_have_batches_and_add_up():
    both = Squares() + Squares()

    assert equal(Squares().batch(np.array([3, 1])), (np.array([3, 1]), np.array([9, 1])))
    assert (len(both), both[12], both[-1]) == (20, (2, 4), (9, 81))


@given(st.lists(st.text("abc", max_size=4), min_size=1, max_size=5))
def test_joined_datasets_follow_one_another(parts):
    assert "".join(ConcatDataset(parts)) == "".join(parts)


def test_subsets_of_lists_and_of_slices():
    part = Subset("abcdef", [5, 0, 2])

    assert [*part] == ["f", "a", "c"]
    assert part.batch([1, 2]) == ["a", "c"]
    assert repr(part) == "Subset(3 of 6 samples of str)"
    assert equal(Subset(rows(5), [4, 1, 0])[1:], (np.array([[2.0, 3.0], [0.0, 1.0]]), np.array([1, 0])))


@given(st.lists(st.integers(0, 20), min_size=1, max_size=5).filter(any), st.integers(0, 99))
def test_a_split_is_a_partition(lengths, seed):
    lengths = [n + 1 for n in lengths]  # a sum of 1 would mean fractions
    total = sum(lengths)
    parts = random_split(range(total), lengths, seed=seed)

    assert [len(part) for part in parts] == lengths
    assert sorted(i for part in parts for i in part) == list(range(total))
    assert [[*p] for p in parts] == [[*p] for p in random_split(range(total), lengths, seed=seed)]


@pytest.mark.parametrize(
    ("count", "fractions", "lengths"),
    [(10, (0.75, 0.25), [8, 2]), (11, (0.5, 0.3, 0.2), [6, 3, 2]), (5, (1.0,), [5]), (8, [1 / 3] * 3, [3, 3, 2])],
)
def test_fractions_round_down_and_the_first_parts_take_the_rest(count, fractions, lengths):
    assert [len(part) for part in random_split(range(count), fractions)] == lengths


def test_one_seed_of_the_engine_repeats_a_split():
    splits = []
    for seed in (0, 0, 1):
        autograd.seed(seed)
        splits.append([*random_split(range(100), [0.5, 0.5])[0]])

    assert splits[0] == splits[1] != splits[2]


class Short(Dataset):
    pass


ERRORS = {
    "no arrays": (lambda: TensorDataset(), ValueError, "at least one"),
    "different lengths": (lambda: TensorDataset(np.zeros((3, 2)), np.zeros(4)), autograd.ShapeError, r"\(3, 2\), \(4"),
    "a number": (lambda: TensorDataset(np.zeros(3), 4.0), autograd.ShapeError, "first axis"),
    "index beyond the subset's dataset": (lambda: Subset(range(3), [0, 3]), IndexError, "index 3 .* 3 samples"),
    "fractional indices": (lambda: Subset(range(3), [0.5]), TypeError, "float64"),
    "a subset of a generator": (lambda: Subset(iter("abc"), [0]), TypeError, "no length"),
    "a subset of a set": (lambda: Subset({1, 2}, [0]), TypeError, "by index"),
    "nothing to join": (lambda: ConcatDataset([]), ValueError, "no datasets"),
    "beyond the joined": (lambda: ConcatDataset(["ab"])[2], IndexError, "index 2 .* 2 samples"),
    "lengths that miss": (lambda: random_split(range(10), [5, 4]), ValueError, "sum to 9, .* 10 samples"),
    "fractions that miss": (lambda: random_split(range(10), [0.5, 0.4]), ValueError, "0.9"),
    "negative lengths": (lambda: random_split(range(10), [11, -1]), ValueError, "-1 is less than 0"),
    "a negative seed": (lambda: random_split(range(2), [1, 1], seed=-1), ValueError, "seed=-1"),
    "one number to split by": (lambda: random_split(range(10), 0.8), TypeError, r"lengths=0.8 .* \[0.8, 0.2\]"),
    "a mask": (lambda: Subset("abc", np.array([True, False, True])), TypeError, r"np.flatnonzero\(mask\)"),
    "a slice of a subset of a list": (lambda: Subset(["a", "b"], [1, 0])[:1], TypeError, "list gives one .*batch"),
    "a slice of joined datasets": (lambda: ConcatDataset(["ab", "c"])[:2], TypeError, "slice.* not an integer; Subset"),
    "a fractional index": (lambda: ConcatDataset(["ab", "c"])[0.5], TypeError, "index 0.5 is not an integer"),
    "a tuple of arrays": (lambda: TensorDataset((np.zeros((3, 2)), np.zeros(3))), TypeError, r"TensorDataset\(x, y\)"),
    "a list of arrays": (lambda: TensorDataset([np.zeros((3, 2)), np.zeros(3)]), TypeError, r"TensorDataset\(x, y\)"),
    "a subset of a dict": (lambda: Subset({0: "a"}, [0]), TypeError, "dict has keys"),
    "no __len__": (lambda: len(Short()), NotImplementedError, "Short defines no __len__"),
    "no __getitem__": (lambda: Short()[0], NotImplementedError, "Short defines no __getitem__"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_wrong_use_says_what_to_do(case):
    wrong, error, words = ERRORS[case]

    with pytest.raises(error, match=words):
        wrong()
