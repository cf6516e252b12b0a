"""Training steps: the gradient of each mini-batch in turn, by the fastest way that knows the network.

The planned ways decide who wins a window, and what passes a ReLU, by plain comparisons of numbers that they add up in
orders of their own. So they look at every step for a number so near to a tie or to 0 that this might not follow the
rule of `ties`; the gradient of such a step comes from `Network.backward`, as every gradient of the general way does.
"""

from __future__ import annotations

from typing import Protocol

from ..arrays import Array, IndexArray, Parameters
from ..network import Network
from ..parameter_vector import ParameterVector
from ..work import Work
from .batch import BatchStepper
from .conv_pool_dense import match, sizes_of
from .generic import GenericStepper
from .sgd import SgdStepper
from .update import ParameterUpdate


class TrainingStepper(Protocol):
    """One way to compute gradients, with all buffers of a run planned once."""

    vector: ParameterVector
    """The run's numbers, laid out as this way wants them."""

    def run(self, order: IndexArray, batch_size: int, update: ParameterUpdate) -> Array:
        """One step for each batch of `order`.

        For each, the gradient of the batch's mean loss, times the run's scale, goes to ``vector.gradient``; then
        `update` is applied, which changes ``vector.learning``. Returns the scores (logits) of each example just before
        its update, (N, n).
        """


def make_stepper(
    network: Network,
    parameters: Parameters,
    images: Array,
    labels: IndexArray,
    *,
    batch_size: int,
    scale: float = 1.0,
) -> TrainingStepper:
    """Choose the way for one run.

    `images` (N, *input_shape) and `labels` (N,) are its whole training set; every gradient comes times `scale`.
    """
    plan = match(network)
    if plan is None:
        return GenericStepper(network, parameters, images, labels, scale)
    return (SgdStepper if batch_size == 1 else BatchStepper)(network, plan, parameters, images, labels, scale)


def stepper_work(network: Network, examples: int, batch_size: int) -> tuple[Work, Work]:
    """Estimate of what `plan_steps` makes, and of one step of a whole batch without its update."""
    sizes, batch = sizes_of(network), min(examples, batch_size)
    if sizes is None:
        return GenericStepper.setup_work(network, examples, batch_size), GenericStepper.step_work(network, batch)
    way = SgdStepper if batch_size == 1 else BatchStepper
    return way.setup_work(sizes, examples, batch_size), way.step_work(sizes, batch)
