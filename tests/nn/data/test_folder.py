"""Pictures in folders: shapes, labels, resizing, and errors that name the file."""

import os
import re
import sys

import numpy as np
import pytest
from PIL import Image

from autograd import ShapeError
from nn.data import DataLoader, ImageFolder


@pytest.fixture
def root(tmp_path):
    """Two classes: three red pictures of 40 x 20 pixels, and a grey one deeper down."""
    (tmp_path / "red").mkdir()
    (tmp_path / "grey" / "old").mkdir(parents=True)
    for i in range(3):
        Image.new("RGB", (40, 20), (255, 0, 51)).save(tmp_path / "red" / f"{i}.png")
    Image.new("L", (20, 60), 102).save(tmp_path / "grey" / "old" / "x.JPG", "jpeg")
    return tmp_path


def test_folders_are_classes_in_order_and_files_their_samples(root):
    dataset = ImageFolder(root)
    image, label = dataset[1]

    assert dataset.classes == ["grey", "red"]
    assert [(path.name, label) for path, label in dataset.samples] == [
        ("x.JPG", 0),
        ("0.png", 1),
        ("1.png", 1),
        ("2.png", 1),
    ]
    assert (image.shape, image.dtype, label, label.dtype) == ((3, 20, 40), np.float32, 1, np.int64)
    np.testing.assert_allclose(image[:, 5, 5], [1.0, 0.0, 0.2])
    assert repr(ImageFolder(root, 8)) == f"ImageFolder({str(root)!r}, size=8): 4 pictures of 2 classes"


def test_pictures_of_any_size_make_a_batch_when_they_are_resized(root):
    [(images, labels)] = DataLoader(ImageFolder(root, size=16), batch_size=4)
    [(stretched, _)] = DataLoader(ImageFolder(root, size=(8, 12), mode="L"), batch_size=4)

    assert images.shape == (4, 3, 16, 16)
    assert labels.tolist() == [0, 1, 1, 1]
    assert stretched.shape == (4, 1, 8, 12)
    np.testing.assert_allclose(stretched[0], 0.4, atol=0.01)


def test_one_size_keeps_the_middle_and_two_keep_all(tmp_path):
    (tmp_path / "a").mkdir()
    pixels = np.zeros((10, 30), np.uint8)
    pixels[:, :10], pixels[:, 20:] = 255, 255  # white, black, white
    Image.fromarray(pixels).save(tmp_path / "a" / "1.png")

    middle = Image.fromarray(pixels).resize((15, 5), Image.Resampling.BILINEAR).crop((5, 0, 10, 5))
    np.testing.assert_allclose(ImageFolder(tmp_path, 5)[0][0][0], np.asarray(middle) / 255, atol=1 / 255)
    assert ImageFolder(tmp_path, (10, 30))[0][0][0, 0].tolist() == [1.0] * 10 + [0.0] * 10 + [1.0] * 10


def test_shrinking_averages_over_what_it_leaves_out(tmp_path):
    (tmp_path / "a").mkdir()
    Image.fromarray((np.indices((64, 64)).sum(0) % 2 * 255).astype(np.uint8)).save(tmp_path / "a" / "1.png")

    np.testing.assert_allclose(ImageFolder(tmp_path, 8)[0][0], 0.5, atol=0.02)  # not all black or white


def test_a_picture_lies_as_its_camera_says(tmp_path):
    (tmp_path / "a").mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held on its side
    Image.new("RGB", (40, 20)).save(tmp_path / "a" / "1.jpg", exif=exif)

    assert ImageFolder(tmp_path)[0][0].shape == (3, 40, 20)


def test_what_is_hidden_is_no_class_and_no_picture(root):
    (root / ".ipynb_checkpoints").mkdir()
    (root / "red" / "._0.png").write_bytes(b"not a picture")
    (root / "red" / "notes.txt").write_text("nor is this")

    assert ImageFolder(root).classes == ["grey", "red"]
    assert len(ImageFolder(root)) == 4


def test_an_unreadable_picture_is_named(root):
    (root / "red" / "1.png").write_bytes(b"\x89PNG and then nothing")
    dataset = ImageFolder(root, 8)
    with pytest.raises(ValueError, match=r"'.*red.1\.png' cannot be read as a picture .*; remove or replace it"):
        dataset[2]
    (root / "red" / "1.png").unlink()
    Image.new("RGB", (400, 400)).save(root / "red" / "2.jpg")
    whole = (root / "red" / "2.jpg").read_bytes()
    (root / "red" / "2.jpg").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"red.2\.jpg' cannot be read"):
        list(DataLoader(ImageFolder(root, 8), batch_size=5))


def test_a_folder_without_classes_shows_how_it_should_look(tmp_path):
    Image.new("RGB", (4, 4)).save(tmp_path / "1.png")
    with pytest.raises(ValueError, match=r"has no folders, and 1 pictures; a folder for each class.*/cat/1\.png"):
        ImageFolder(tmp_path)


def test_a_class_without_a_picture_is_named(root):
    (root / "blue").mkdir()
    with pytest.raises(FileNotFoundError, match=r"the class 'blue' has no picture in .*end in \.bmp, .*\.png"):
        ImageFolder(root)


def test_a_folder_that_is_not_there_is_named_with_where_one_looked(tmp_path, root):
    with pytest.raises(FileNotFoundError, match=re.escape(f"'nowhere' is not there; seen from {os.getcwd()!r}")):
        ImageFolder("nowhere")
    with pytest.raises(FileNotFoundError, match="is a file, not a folder"):
        ImageFolder(root / "red" / "0.png")


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"size": 0}, ValueError, "ImageFolder: size=0"),
        ({"size": (8, 8, 8)}, ValueError, "ImageFolder: size"),
        ({"size": 8.5}, TypeError, "ImageFolder: size"),
        ({"mode": "CMYK"}, ValueError, "ImageFolder: mode"),
    ],
)
def test_bad_settings_are_found_at_once(root, given, error, words):
    with pytest.raises(error, match=words):
        ImageFolder(root, **given)


def test_pictures_of_several_sizes_do_not_make_a_batch(root):
    with pytest.raises(ShapeError, match=r"\(3, 20, 40\)"):
        list(DataLoader(ImageFolder(root), batch_size=4))


def test_without_pillow_the_error_says_what_to_install(root, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImportError, match="pip install pillow"):
        ImageFolder(root)
