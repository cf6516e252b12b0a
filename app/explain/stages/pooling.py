"""The pooling: who wins a window, or its mean; and where the error goes back to."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Final, TypeVar

from ...engine.layers.max_pool2d import MaxPool2d
from ..addresses import Address
from ..cnn import ExplainableCNN
from ..model import Explanation, Factor, Grid, Step, Term
from ..pass_values import PassValues
from ..pooling_window import Window, window_of
from ..registry import Explainer, make_explanation
from ..text import (
    Worked,
    closing,
    format_number,
    format_sum,
    join_words,
    letter,
    pluralize,
    rounded,
    worked_alone,
    worked_by,
)

Item = TypeVar("Item")


def pooled(passes: PassValues, address: Address) -> Explanation:
    """m[o, r, c]: the winner's number, every cell's times 1 / n, or what another kind of pooling makes of them all."""
    o, r, c = address.index
    window = window_of(passes, o, r, c)
    if window.wins is not None:
        return _largest(passes, address, window, window.wins)
    if passes.pipeline.averages:
        return _mean(passes, address, window)
    return _of_another_kind(passes, address, window)


def _mean(passes: PassValues, address: Address, window: Window) -> Explanation:
    m, flat = passes.value(address), _flat(window.values)
    share = 1 / window.size
    worked = worked_by(lambda written: sum(written) / len(written), flat, m)
    return make_explanation(
        passes,
        address,
        subject=_subject(passes, address),
        because=f"({' + '.join(format_number(v, worked.decimals) for v in flat)}) ÷ {window.size}"
        + _partial(passes.pipeline, window),
        worked=worked,
        terms=[
            Term(value * share + 0.0, [Factor(cell, value, "a"), Factor(None, share, f"1/{window.size}")])
            for cell, value in zip(_flat(window.cells), flat, strict=True)
        ],
        steps=[
            Step("Sum of the cells", sum(flat)),
            Step("How many cells there are", float(window.size)),
            _result(m),
        ],
        grids=[_cells_grid(window)],
    )


def _largest(passes: PassValues, address: Address, window: Window, wins: list[list[bool]]) -> Explanation:
    m, flat = passes.value(address), _flat(window.values)
    winners = [
        (cell, value)
        for cell, value, wins_it in zip(_flat(window.cells), flat, _flat(wins), strict=True)
        if wins_it and cell is not None
    ]
    worked = _worked_maximum(flat, m, window.ties)
    largest = join_words([format_number(value, worked.decimals) for value in flat])
    because = f"the largest of {largest}" if window.size > 1 else f"the only cell of its window is {largest}"
    steps = [Step(f"Largest of {pluralize(window.size, 'cell')}", m), _result(m)]
    if window.ties > 1:
        because += f"; {pluralize(window.ties)} cells tie, and {_tie_rule(passes)}"
        steps.insert(1, Step("Cells that tie for it", float(window.ties)))
    # A cell that ties but for rounding is shown as it is.
    cell, value = winners[0]
    return make_explanation(
        passes,
        address,
        subject=_subject(passes, address),
        because=because + _partial(passes.pipeline, window),
        worked=worked,
        terms=[Term(m, [Factor(cell, value, "a")])],
        steps=steps,
        grids=[_cells_grid(window)],
        winners=[cell for cell, _ in winners],
    )


def _of_another_kind(passes: PassValues, address: Address, window: Window) -> Explanation:
    """A pooling that is known by its layer alone: what it makes of the cells, without saying how."""
    m, flat, name = passes.value(address), _flat(window.values), passes.pipeline.pool_name
    worked = worked_alone(m)
    return make_explanation(
        passes,
        address,
        subject=_subject(passes, address),
        because=f"what {name} makes of {join_words([format_number(value, worked.decimals) for value in flat])}"
        + _partial(passes.pipeline, window),
        worked=worked,
        terms=[
            Term(
                m,
                [Factor(cell, value, "a") for cell, value in zip(_flat(window.cells), flat, strict=True)],
                rule=passes.pipeline.pool.type,
            )
        ],
        steps=[Step(f"{name} of {pluralize(window.size, 'cell')}", m), _result(m)],
        grids=[_cells_grid(window)],
    )


def _subject(passes: PassValues, address: Address) -> str:
    o, r, c = address.index
    return f"{passes.pipeline.pool_name} {letter(o)}, row {r}, column {c}"


def _result(m: float) -> Step:
    return Step("Pooled m", m, "m", result=True)


def _cells_grid(window: Window) -> Grid:
    return Grid("Cells of the window", "a", window.values, window.cells, winners=window.wins)


def _flat(lines: Sequence[Sequence[Item]]) -> list[Item]:
    return [item for line in lines for item in line]


def _worked_maximum(cells: list[float], m: float, ties: int) -> Worked:
    """As many decimals as it takes to tell the largest from the others."""

    def told_apart(decimals: int) -> bool:
        return sum(rounded(cell, decimals) == rounded(m, decimals) for cell in cells) == ties

    return Worked("", *closing([*cells, m], told_apart))


def sent_back(passes: PassValues, address: Address) -> Explanation:
    """The gradient at a[o, r, c]: of each window that sees the cell, its share of the window's error."""
    o, r, c = address.index
    pipeline, value = passes.pipeline, passes.value(address)
    errors = passes.numbers("gradient.pool")[o]
    places = [(row, column) for row in pipeline.pool_windows(0, r) for column in pipeline.pool_windows(1, c)]
    windows = [window_of(passes, o, row, column) for row, column in places]
    terms: list[Term] = []
    grids: list[Grid] = []
    for (row, column), window in zip(places, windows, strict=True):
        i, j = window.place(r, c)
        error, share = errors[row][column], window.share[i][j]
        symbol = f"1/{window.size}" if pipeline.averages else "wins" if window.wins is not None else "slope"
        pool = Factor(f"gradient.pool[{o}][{row}][{column}]", error, "δ")
        terms.append(Term(error * share + 0.0, [pool, Factor(None, share, symbol)]))
        grids += _grids_of(passes, window, o, error)
    worked = format_sum(terms, value)
    name = pipeline.activation_name
    return make_explanation(
        passes,
        address,
        subject=f"Error at {name} {letter(o)}, row {r}, column {c}",
        because=f"{worked.text}; {_reason(passes, windows, r, c)}" if terms else "no pooling window looks at this cell",
        worked=worked,
        terms=terms,
        steps=[
            *[Step("Error at the pooled cell δ", term.factors[0].value, "δ") for term in terms],
            Step(f"Error at {name} δ", value, "δ", result=True),
        ],
        grids=grids or None,
    )


def _grids_of(passes: PassValues, window: Window, o: int, error: float) -> list[Grid]:
    nowhere: list[list[str | None]] = [[None] * len(window.columns) for _ in window.rows]
    sent, back = [], []
    errors = passes.numbers("gradient.relu")[o]
    for r, line in zip(window.rows, window.share, strict=True):
        # A cell in several windows gets an error from each; what has an address is their sum.
        whole = {c for c in window.columns if _lies_in_one_window(passes.pipeline, r, c)}
        back.append([f"gradient.relu[{o}][{r}][{c}]" if c in whole else None for c in window.columns])
        parts = zip(window.columns, line, strict=True)
        sent.append([errors[r][c] if c in whole else error * share + 0.0 for c, share in parts])
    return [
        _cells_grid(window),
        Grid("Share of the error", "s", window.share, nowhere),
        Grid("Error sent to each", "δ", sent, back),
    ]


def _lies_in_one_window(pipeline: ExplainableCNN, r: int, c: int) -> bool:
    return len(pipeline.pool_windows(0, r)) * len(pipeline.pool_windows(1, c)) == 1


def _reason(passes: PassValues, windows: Sequence[Window], r: int, c: int) -> str:
    """Why the cell (r, c) gets what it gets of the errors of `windows`: each reason once, for all that it holds for."""
    many = len(windows) > 1
    if passes.pipeline.averages:
        if many:
            return (
                f"each of the {pluralize(len(windows), 'window')} that see it shares its error equally among its cells"
            )
        return f"the window's error is shared equally by its {pluralize(windows[0].size, 'cell')}"
    if windows[0].wins is None:
        return f"the share is the slope of {passes.pipeline.pool_name} by this cell"
    reasons: dict[str, list[Window]] = {}
    for window in windows:
        i, j = window.place(r, c)
        tied, wins = window.tied is not None and window.tied[i][j], window.wins is not None and window.wins[i][j]
        kind = "lost" if not tied else "alone" if window.ties == 1 else "shared" if wins else "later"
        reasons.setdefault(kind, []).append(window)
    return "; ".join(_reason_of(passes, kind, of_kind, many) for kind, of_kind in reasons.items())


def _reason_of(passes: PassValues, kind: str, windows: Sequence[Window], many: bool) -> str:
    its = pluralize(len(windows), "window") if many else "its window"
    errors = "errors come" if len(windows) > 1 else "error comes"
    if kind == "alone":
        return f"it is the largest of {its}, so the whole {errors} back to it"
    if kind == "lost":
        if many:
            return f"it does not win {its}, so nothing comes back from {'them' if len(windows) > 1 else 'it'}"
        return f"it does not win its window, {_winners(windows[0])}, so nothing comes back"
    whole = "this one gets the whole error" if kind == "shared" else "another cell is first, so nothing comes back"
    if many:
        return f"in {its} it ties with others for the maximum, and {_tie_rule(passes)}: {whole}"
    return f"{pluralize(windows[0].ties)} cells tie for the maximum, and {_tie_rule(passes)}: {whole}"


def _winners(window: Window) -> str:
    wins = [
        f"row {window.rows[y]}, column {window.columns[x]}"
        for y, line in enumerate(window.wins or [])
        for x, win in enumerate(line)
        if win
    ]
    return f"{join_words(wins)} {'does' if len(wins) == 1 else 'do'}"


def _tie_rule(passes: PassValues) -> str:
    pool = passes.pipeline.pool
    if isinstance(pool, MaxPool2d) and pool.tie_break == "all":
        return "under tie_break all each of them wins"
    return "under tie_break first the first of them wins"


def _partial(pipeline: ExplainableCNN, window: Window) -> str:
    full = prod(pipeline.pool.kernel_size)
    if window.size == full:
        return ""
    return f"; a partial window at the edge, {pluralize(window.size)} of {pluralize(full, 'cell')}"


def _window_cells(pipeline: ExplainableCNN) -> int:
    return prod(pipeline.pool.kernel_size)


EXPLAINERS: Final = {
    "pool": Explainer(_window_cells, pooled),
    # As many windows as a window has cells may see one cell, and each brings its grids.
    "gradient.relu": Explainer(lambda pipeline: _window_cells(pipeline) ** 2, sent_back),
}
