"""GET /datasets and /datasets/{id}: write data sets and pages of their images."""

import numpy as np

from ..catalogue import DATASETS, Dataset
from ..schemas.datasets import Page, dataset_out
from ..schemas.serialization import to_json


def datasets_json() -> bytes:
    """Return every data set, in display order, without its images."""
    return to_json([dataset_out(dataset) for dataset in DATASETS.values()])


def dataset_json(dataset: Dataset, page: Page) -> bytes:
    """Return one page of a data set."""
    there = np.arange(len(dataset))
    if page.split is not None:
        there = np.flatnonzero(np.array(dataset.splits) == page.split)
    part = there[page.offset : page.offset + page.limit]
    response = {
        **dataset_out(dataset),
        "total": len(there),
        "offset": page.offset,
        "images": dataset.values[part],
        "labels": dataset.labels[part],
        "groups": [dataset.groups[position] for position in part],
        "splits": [dataset.splits[position] for position in part],
    }
    if page.offset + page.limit < len(there):
        response["next_offset"] = page.offset + page.limit
    return to_json(response)
