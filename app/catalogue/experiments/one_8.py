"""The notebook's first experiment: one filter, one drawing, learned by heart."""

from ..experiment import Examples, Experiment
from ..networks import digit_classifier

ORDER = 10

ENTRIES = (
    Experiment(
        id="one-8",
        name="One 8",
        about="The notebook's first run: one filter, one drawing of an 8, 50 epochs of plain SGD. It learns the 8 by "
        "heart (loss near 0.10) and calls a distorted 2 an 8 as well: it has seen nothing else.",
        network=digit_classifier(1, padding=0, conv_bias=False, initialiser="notebook", tie_break="all"),
        presets=("notebook",),
        examples=Examples(dataset="notebook", limit=1),
        test=Examples(dataset="notebook", split="test"),
        optimizer={"type": "sgd", "learning_rate": 0.01, "momentum": 0},
        epochs=50,
        shuffle=False,
    ),
)
