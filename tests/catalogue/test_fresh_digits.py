"""The hundred fresh drawings stay fresh: ten of each digit, and none that the project trains on."""

from pathlib import Path

from app.catalogue import DATASETS
from app.catalogue.ascii_drawings import read_drawings

FRESH = read_drawings((Path(__file__).parent.parent / "data" / "fresh_digits.txt").read_text(encoding="utf-8"))


def test_there_are_ten_fresh_drawings_of_each_digit() -> None:
    assert FRESH.images.shape == (100, 5, 5)
    assert [FRESH.labels.tolist().count(label) for label in range(10)] == [10] * 10


def test_no_fresh_drawing_is_there_twice() -> None:
    assert len({image.tobytes() for image in FRESH.images}) == 100


def test_no_fresh_drawing_is_in_a_data_set_that_the_project_trains_on() -> None:
    trained_on = {image.tobytes() for dataset in DATASETS.values() for image in dataset.values}
    assert not [image.tolist() for image in FRESH.images.astype(float) if image.tobytes() in trained_on]


def test_no_fresh_style_is_a_style_of_the_digits() -> None:
    assert not set(FRESH.styles) & set(DATASETS["digits"].groups)
