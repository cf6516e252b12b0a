"""The data sets: the notebook's images as printed there, and drawn digits that a person can trust."""

import numpy as np
import pytest

from app.catalogue import DATASETS, Dataset

# The house style as the design's mock-up has it, typed once more so that a slip in either place shows.
HOUSE = (
    "01110 01010 01010 01010 01110",
    "00100 01100 00100 00100 01110",
    "01110 00010 01110 01000 01110",
    "01110 00010 01110 00010 01110",
    "01010 01010 01110 00010 00010",
    "01110 01000 01110 00010 01110",
    "01110 01000 01110 01010 01110",
    "01110 00010 00100 00100 00100",
    "01110 01010 01110 01010 01110",
    "01110 01010 01110 00010 01110",
)


def test_the_notebooks_data_set_is_its_8_its_2_and_its_distorted_2_to_test_with() -> None:
    notebook = DATASETS["notebook"]
    assert notebook.images.tolist() == [
        [[0, 1, 1, 1, 0], [0, 1, 0, 1, 0], [0, 1, 1, 1, 0], [0, 1, 0, 1, 0], [0, 1, 1, 1, 0]],
        [[0, 1, 1, 1, 0], [0, 0, 0, 1, 0], [0, 0, 1, 0, 0], [0, 1, 0, 0, 0], [0, 1, 1, 1, 0]],
        [[1, 1, 1, 1, 1], [0, 0, 0, 1, 0], [1, 0, 1, 0, 1], [0, 1, 0, 0, 0], [1, 1, 1, 1, 1]],
    ]
    assert notebook.labels.tolist() == [8, 2, 2]
    assert notebook.splits == ("train", "train", "test")


def test_the_digits_begin_with_the_house_style_in_order() -> None:
    digits = DATASETS["digits"]
    assert digits.labels[:10].tolist() == list(range(10))
    assert set(digits.groups[:10]) == {"house"}
    for image, rows in zip(digits.images, HOUSE, strict=False):
        assert image.tolist() == [[int(cell) for cell in row] for row in rows.split()]


def test_each_digit_is_drawn_at_least_twenty_times_in_at_least_fifteen_styles() -> None:
    digits = DATASETS["digits"]
    for label in range(10):
        styles = [group for group, shown in zip(digits.groups, digits.labels, strict=True) if shown == label]
        assert len(styles) >= 20
        assert len(set(styles)) >= 15


def test_no_drawing_is_there_twice_and_none_under_two_labels() -> None:
    digits = DATASETS["digits"]
    first: dict[bytes, str] = {}
    for image, label, style in zip(digits.images, digits.labels, digits.groups, strict=True):
        here = f"{label} in {style!r}"
        assert first.setdefault(image.tobytes(), here) is here, f"{here} is drawn as {first[image.tobytes()]}"


def test_every_drawing_of_the_digits_stands_on_the_grid_as_a_digit_does() -> None:
    digits = DATASETS["digits"]
    # A 1 may be a bar of three; nothing else is readable below four rows, and no digit needs to be one solid block.
    rows = np.count_nonzero(digits.images.any(axis=2), axis=1)
    ink = np.count_nonzero(digits.images, axis=(1, 2))
    assert rows[digits.labels == 1].min() >= 3
    assert rows[digits.labels != 1].min() >= 4
    assert ink.min() >= 3
    assert ink.max() <= 23


@pytest.mark.parametrize("dataset", DATASETS.values(), ids=DATASETS)
def test_a_data_set_is_consistent_described_and_served_between_0_and_1(dataset: Dataset) -> None:
    count = len(dataset)
    assert dataset.images.shape == (count, 5, 5)
    assert dataset.labels.shape == (count,)
    assert len(dataset.groups) == len(dataset.splits) == count
    assert dataset.images.dtype == dataset.labels.dtype == np.uint8
    assert dataset.values.dtype == np.float64
    assert dataset.values.min() >= 0
    assert dataset.values.max() == 1
    assert dataset.name
    assert dataset.about.endswith(".")
    assert dataset.origin
    assert dataset.licence
    assert DATASETS[dataset.id] is dataset


def test_a_data_set_cannot_be_changed_by_who_reads_it() -> None:
    digits = DATASETS["digits"]
    for array in (digits.images, digits.labels, digits.values):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def _dataset(
    images: tuple[int, ...] = (1, 5, 5), label: int = 3, splits: tuple[str, ...] = (), ink: int = 1, groups: int = 1
) -> Dataset:
    return Dataset(
        id="d",
        name="D",
        about="A.",
        origin="O",
        licence="L",
        images=np.full(images, ink, dtype=np.uint8),
        labels=np.array([label], dtype=np.uint8),
        groups=("g",) * groups,
        splits=splits,
    )


def test_a_data_set_without_splits_is_all_for_training() -> None:
    assert _dataset().splits == ("train",)


def test_a_data_set_that_does_not_fit_together_says_why() -> None:
    with pytest.raises(ValueError, match=r"images of shape \(5, 5\); it must be \(n, H, W\)"):
        _dataset(images=(5, 5))
    with pytest.raises(ValueError, match=r"\(1, 2, 1\) labels, groups and splits; there must be 1 of each"):
        _dataset(groups=2)
    with pytest.raises(ValueError, match="a label of 10; they must be at most 1 and 9"):
        _dataset(label=10)
    with pytest.raises(ValueError, match="an image value of 2"):
        _dataset(ink=2)
    with pytest.raises(ValueError, match=r"splits \['exam'\]; each must be 'train' or 'test'"):
        _dataset(splits=("exam",))
