"""The numbers that nothing computes: the drawing, and the parameters."""

from __future__ import annotations

from typing import Final

from ..addresses import Address
from ..model import Explanation, Step, Term
from ..pass_values import PassValues
from ..registry import Explainer, make_explanation, one_term
from ..text import letter, worked_alone


def given(passes: PassValues, address: Address) -> Explanation:
    """One term, the number itself."""
    value = passes.value(address)
    pipeline, kind = passes.pipeline, address.kind
    place = address.index
    if kind == "input":
        channel = f", channel {place[0]}" if pipeline.channels > 1 else ""
        subject, symbol = f"Input{channel}, row {place[-2]}, column {place[-1]}", "x"
        because = "a pixel of the image, as it was given"
    else:
        because = "training leaves it as it is" if pipeline.is_frozen(kind, place) else "training changes it"
        if kind == "conv.weight":
            channel = f" for channel {place[1]}" if pipeline.channels > 1 else ""
            subject, symbol = f"Kernel {letter(place[0])}{channel}, row {place[2]}, column {place[3]}", "k"
        elif kind == "conv.bias":
            subject, symbol = f"Bias of filter {letter(place[0])}", "b"
        elif kind == "dense.weight":
            subject, symbol = f"Dense weight from feature {place[0]} to {pipeline.answer} {place[1]}", "W"
        else:
            subject, symbol = f"Dense bias of {pipeline.answer} {place[0]}", "c"
    return make_explanation(
        passes,
        address,
        subject=subject,
        because=because,
        worked=worked_alone(value),
        terms=[Term(value, [], rule="given")],
        steps=[Step(f"{subject} {symbol}", value, symbol, result=True)],
    )


EXPLAINERS: Final = {
    kind: Explainer(one_term, given) for kind in ("input", "conv.weight", "conv.bias", "dense.weight", "dense.bias")
}
