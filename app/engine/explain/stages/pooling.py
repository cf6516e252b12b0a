"""The pooling: who wins a window, or its mean; and where the error goes back to."""

from __future__ import annotations

from math import prod
from typing import Final

from ...layers.max_pool2d import MaxPool2d
from ..addresses import Address
from ..explainer import Explainer, told
from ..explanation import Explanation, Factor, Grid, Step, Term
from ..passes import Passes
from ..pipeline import Pipeline
from ..pooling_window import Window, window_of
from ..wording import Worked, closing, counted, letter, listed, read, shown, worked_by, worked_sum


def pooled(passes: Passes, address: Address) -> Explanation:
    """m[o, r, c]: the winner's number, or every cell's times 1 / n."""
    o, r, c = address.index
    window, m = window_of(passes, o, r, c), passes.value(address)
    flat = [value for line in window.values for value in line]
    addresses = [cell for line in window.cells for cell in line]
    name = passes.pipeline.pool_name
    grid = Grid("Cells of the window", "a", window.values, window.cells)
    partial = _partial(passes.pipeline, window)
    subject = f"{name} {letter(o)}, row {r}, column {c}"
    result = Step("Pooled m", m, "m", result=True)
    if passes.pipeline.averages:
        share = 1 / window.size
        terms = [
            Term(value * share + 0.0, [Factor(cell, value, "a"), Factor(None, share, f"1/{window.size}")])
            for cell, value in zip(addresses, flat, strict=True)
        ]
        total = sum(flat)
        worked = worked_by(lambda written: sum(written) / len(written), flat, m)
        because = f"({' + '.join(shown(v, worked.decimals) for v in flat)}) ÷ {window.size}{partial}"
        steps = [Step("Sum of the cells", total), Step("How many cells there are", float(window.size)), result]
        return told(
            passes, address, subject=subject, because=because, worked=worked, terms=terms, steps=steps, grids=[grid]
        )
    grid.winners = window.wins
    winners = [
        cell
        for cells, wins in zip(window.cells, window.wins, strict=True)
        for cell, wins_it in zip(cells, wins, strict=True)
        if wins_it and cell is not None
    ]
    worked = _worked_maximum(flat, m, window.ties)
    largest = listed([shown(value, worked.decimals) for value in flat])
    because = f"the largest of {largest}" if window.size > 1 else f"the only cell of its window is {largest}"
    steps = [Step(f"Largest of {counted(window.size, 'cell')}", m), result]
    if window.ties > 1:
        because += f"; {counted(window.ties)} cells tie, and {_tie_rule(passes)}"
        steps.insert(1, Step("Cells that tie for it", float(window.ties)))
    return told(
        passes,
        address,
        subject=subject,
        because=because + partial,
        worked=worked,
        terms=[Term(m, [Factor(winners[0], m, "a")])],
        steps=steps,
        grids=[grid],
        winners=winners,
    )


def _worked_maximum(cells: list[float], m: float, ties: int) -> Worked:
    """As many decimals as it takes to tell the largest from the others."""

    def told_apart(decimals: int) -> bool:
        return sum(read(cell, decimals) == read(m, decimals) for cell in cells) == ties

    return Worked("", *closing([*cells, m], told_apart))


def sent_back(passes: Passes, address: Address) -> Explanation:
    """The gradient at a[o, r, c]: of each window that sees the cell, its share of the window's error."""
    o, r, c = address.index
    pipeline, value = passes.pipeline, passes.value(address)
    errors = passes.numbers("gradient.pool")[o]
    terms: list[Term] = []
    grids: list[Grid] = []
    reasons: list[str] = []
    for row in pipeline.pool_windows(0, r):
        for column in pipeline.pool_windows(1, c):
            window, error = window_of(passes, o, row, column), errors[row][column]
            i, j = window.place(r, c)
            share = window.share[i][j]
            symbol = f"1/{window.size}" if pipeline.averages else "wins"
            pool = Factor(f"gradient.pool[{o}][{row}][{column}]", error, "δ")
            terms.append(Term(error * share + 0.0, [pool, Factor(None, share, symbol)]))
            grids += _grids_of(window, o, error, None if pipeline.averages else window.wins)
            reasons.append(_reason(passes, window, i, j))
    worked = worked_sum(terms, value)
    name = pipeline.activation_name
    return told(
        passes,
        address,
        subject=f"Error at {name} {letter(o)}, row {r}, column {c}",
        because=f"{worked.text}; {'; '.join(reasons)}" if terms else "no pooling window looks at this cell",
        worked=worked,
        terms=terms,
        steps=[
            *[Step("Error at the pooled cell δ", term.factors[0].value, "δ") for term in terms],
            Step(f"Error at {name} δ", value, "δ", result=True),
        ],
        grids=grids or None,
    )


def _grids_of(window: Window, o: int, error: float, winners: list[list[bool]] | None) -> list[Grid]:
    nowhere: list[list[str | None]] = [[None] * len(window.columns) for _ in window.rows]
    back: list[list[str | None]] = [[f"gradient.relu[{o}][{r}][{c}]" for c in window.columns] for r in window.rows]
    # A cell in several windows gets an error from each: its address is that of the sum.
    return [
        Grid("Cells of the window", "a", window.values, window.cells, winners=winners),
        Grid("Share of the error", "s", window.share, nowhere),
        Grid("Error sent to each", "δ", [[error * share + 0.0 for share in line] for line in window.share], back),
    ]


def _reason(passes: Passes, window: Window, i: int, j: int) -> str:
    if passes.pipeline.averages:
        return f"the window's error is shared equally by its {counted(window.size, 'cell')}"
    m = max(max(line) for line in window.values)
    if window.values[i][j] != m:
        wins = [
            f"row {window.rows[y]}, column {window.columns[x]}"
            for y, line in enumerate(window.wins)
            for x, win in enumerate(line)
            if win
        ]
        return f"it does not win its window, {listed(wins)} {'does' if len(wins) == 1 else 'do'}, so nothing comes back"
    if window.ties == 1:
        return "it is the largest of its window, so the whole error comes back to it"
    whole = "this one gets the whole error" if window.wins[i][j] else "another cell is first, so nothing comes back"
    return f"{counted(window.ties)} cells tie for the maximum, and {_tie_rule(passes)}: {whole}"


def _tie_rule(passes: Passes) -> str:
    pool = passes.pipeline.pool
    if isinstance(pool, MaxPool2d) and pool.tie_break == "all":
        return "under tie_break all each of them wins"
    return "under tie_break first the first of them wins"


def _partial(pipeline: Pipeline, window: Window) -> str:
    full = prod(pipeline.pool.kernel_size)
    if window.size == full:
        return ""
    return f"; a partial window at the edge, {counted(window.size)} of {counted(full, 'cell')}"


def _window_cells(pipeline: Pipeline) -> int:
    return prod(pipeline.pool.kernel_size)


EXPLAINERS: Final = {
    "pool": Explainer(_window_cells, pooled),
    # As many windows as a window has cells may see one cell, and each brings its grids.
    "gradient.relu": Explainer(lambda pipeline: _window_cells(pipeline) ** 2, sent_back),
}
