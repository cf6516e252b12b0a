"""The notebook's second experiment: an 8 and a 2, tested on a distorted 2."""

from ..experiment import Examples, Experiment
from ..networks import digit_classifier

ORDER = 20

ENTRIES = (
    Experiment(
        id="8-and-2",
        name="8 and 2",
        about="The notebook's second run: one filter learns an 8 and a 2 and tells them apart, but only just "
        "(loss near 0.66), and it calls the distorted 2 an 8: four features are too few. More filters do better.",
        network=digit_classifier(1, padding=0, conv_bias=False, initialiser="notebook", tie_break="all"),
        presets=("notebook",),
        examples=Examples(dataset="notebook"),
        test=Examples(dataset="notebook", split="test"),
        optimizer={"type": "sgd", "learning_rate": 0.01, "momentum": 0},
        epochs=50,
        shuffle=False,
    ),
)
