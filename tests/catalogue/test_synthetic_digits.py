"""The scribbling program and the drawings that it left."""

import numpy as np
import pytest

from app.catalogue import DATASETS
from app.catalogue.synthetic_digits import SKELETONS, scribble

SCRIBBLES = DATASETS["scribbles"]


@pytest.mark.parametrize("digit", range(10))
def test_a_scribble_is_ink_on_paper_over_four_or_five_rows(digit: int) -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        image = scribble(rng, digit)
        assert image.shape == (5, 5)
        assert set(np.unique(image)) == {0, 1}
        assert np.count_nonzero(image.any(axis=1)) >= 4


def test_the_same_generator_scribbles_the_same_and_never_twice_the_same() -> None:
    one, other = np.random.default_rng(3), np.random.default_rng(3)
    drawn = [scribble(one, 8).tolist() for _ in range(20)]
    assert drawn == [scribble(other, 8).tolist() for _ in range(20)]
    assert any(image != drawn[0] for image in drawn)


def test_every_digit_has_ways_to_be_written_and_each_stroke_stays_on_its_sheet() -> None:
    assert len(SKELETONS) == 10
    for skeletons in SKELETONS:
        assert len(skeletons) >= 2
        for skeleton in skeletons:
            for stroke in skeleton:
                assert len(stroke) >= 2
                assert np.min(stroke) >= -1e-9
                assert np.max(stroke) <= 1 + 1e-9


def test_no_scribble_is_there_twice_and_none_is_a_drawing_of_the_digits() -> None:
    scribbles = {image.tobytes() for image in SCRIBBLES.images}
    assert len(scribbles) == len(SCRIBBLES)
    assert not scribbles & {image.tobytes() for image in DATASETS["digits"].images}


def test_every_digit_is_scribbled_hundreds_of_times_and_a_tenth_is_held_back() -> None:
    assert np.bincount(SCRIBBLES.labels).min() >= 400
    assert SCRIBBLES.splits.count("test") == len(SCRIBBLES) // 10


def test_the_handwriting_is_8000_digits_in_grey_levels_of_which_1000_are_held_back() -> None:
    handwriting = DATASETS["handwriting"]
    assert handwriting.images.shape == (8000, 5, 5)
    assert handwriting.splits[:7000] == ("train",) * 7000
    assert handwriting.splits[7000:] == ("test",) * 1000
    assert len(np.unique(handwriting.images)) == 256
    assert handwriting.licence == "CC BY-SA 3.0"
    assert "MNIST" in handwriting.origin
