"""Four filters that start as known kernels learn all ten digits."""

from ..experiment import Examples, Experiment
from ..networks import digit_classifier

ORDER = 30

ENTRIES = (
    Experiment(
        id="ten-digits",
        name="Ten digits",
        about="Four filters start as Sobel, Prewitt, Laplacian and sharpen, and learn 301 drawings of the ten digits "
        "to the last one. Of scribbles in another hand, the test, they then read about two in three.",
        network=digit_classifier(4),
        presets=("sobel-vertical", "prewitt-horizontal", "laplacian-4", "sharpen"),
        examples=Examples(dataset="digits"),
        test=Examples(dataset="scribbles", split="test", limit=300),
        optimizer={"type": "adam", "learning_rate": 0.01, "betas": [0.9, 0.999], "eps": 1e-8},
        epochs=100,
        batch_size=16,
    ),
)
