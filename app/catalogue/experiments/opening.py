"""What the page opens with: a network that already reads digits."""

import json
from pathlib import Path

from ..experiment import Examples, Experiment
from ..networks import digit_classifier

ORDER = 70

FILE = Path(__file__).parent.parent / "data" / "opening.json"
"""Its parameters, by scripts/train_opening."""

STARTED_AS = ("sobel-vertical", "prewitt-horizontal", "laplacian-4", "sharpen")
"""The kernels its filters were before they learned."""

ENTRIES = (
    Experiment(
        id="opening",
        name="Already trained",
        about="A network that has already learned to read drawings: its kernels started as Sobel, Prewitt, Laplacian "
        "and sharpen. Swap a kernel and it gets confused; training repairs it.",
        network=digit_classifier(len(STARTED_AS)),
        presets=STARTED_AS,
        parameters=json.loads(FILE.read_text(encoding="utf-8")),
        examples=Examples(dataset="digits"),
        test=Examples(dataset="scribbles", split="test", limit=300),
        optimizer={"type": "adam", "learning_rate": 0.003, "betas": [0.9, 0.999], "eps": 1e-8},
        epochs=30,
        batch_size=16,
        opening=True,
    ),
)
