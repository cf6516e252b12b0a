"""Sixteen filters learn what people really wrote."""

from ..experiment import Examples, Experiment
from ..networks import digit_classifier

ORDER = 60

FILTERS = 16

ENTRIES = (
    Experiment(
        id="real-handwriting",
        name="Real handwriting",
        about="Sixteen filters learn from 7,000 digits that people wrote by hand, in grey levels, and are tested with "
        "1,000 others.",
        network=digit_classifier(FILTERS),
        presets=(None,) * FILTERS,
        examples=Examples(dataset="handwriting"),
        test=Examples(dataset="handwriting", split="test"),
        optimizer={"type": "adam", "learning_rate": 0.002, "betas": [0.9, 0.999], "eps": 1e-8},
        epochs=40,
        batch_size=32,
    ),
)
