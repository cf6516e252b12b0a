"""The identity kernel."""

from ..kernel import Kernel

ORDER = 10

ENTRIES = (
    Kernel(
        id="identity",
        name="Identity",
        family="Identity",
        about="Copies the pixel under its centre and ignores the rest, so the image comes out as it went in.",
        numerators=((0, 0, 0), (0, 1, 0), (0, 0, 0)),
        source="The notebook.",
    ),
)
