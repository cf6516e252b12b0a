"""Reading drawings from text, and refusing what is not one."""

import pytest

from app.catalogue.ascii_drawings import read_drawings


def test_drawings_side_by_side_are_read_in_order_with_label_and_style() -> None:
    drawings = read_drawings(
        """
        # A note.
        # Its second line.

        = small: 1 7
        #. ##
        #. .#

        = other: with a colon: 4
        #.
        ##
        """.replace("        ", ""),
        size=(2, 2),
    )
    assert drawings.images.tolist() == [[[1, 0], [1, 0]], [[1, 1], [0, 1]], [[1, 0], [1, 1]]]
    assert drawings.labels.tolist() == [1, 7, 4]
    assert drawings.styles == ("small", "small", "other: with a colon")


def test_no_text_is_no_drawing() -> None:
    assert read_drawings("").images.shape == (0, 5, 5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("small: 1\n#.\n#.", "the heading is 'small: 1'; it must be '= style: 0 1 2'"),
        ("= small\n#.\n#.", "the heading is '= small'"),
        ("= : 1\n#.\n#.", "the heading is '= : 1'"),
        ("= small: 12\n#.\n#.", "'small': the labels are ' 12'; each must be a digit"),
        ("= small: x\n#.\n#.", "'small': the labels are ' x'"),
        ("= small: 1\n#.", "'small': 1 rows of .* there must be 2 rows of 1 that are 2 wide"),
        ("= small: 1 2\n#. ##\n#.", r"'small': 2 rows of \[1, 2\] drawings"),
        ("= small: 1\n#.\n#..", r"'small': .* that are \[2, 3\] wide"),
        ("= small: 1\n#.\n#o", "'small': marks .*'o'"),
    ],
)
def test_what_is_no_drawing_says_where_and_why(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_drawings(text, size=(2, 2))
