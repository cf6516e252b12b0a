"""All parameters of a network in one flat vector, so that an optimizer's step is a handful of array operations."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any

import numpy as np

from .arrays import Array, IndexArray, Parameters
from .exceptions import ParameterError, bracketed
from .layers.base import Layer
from .network import Network

Layouts = Mapping[str, IndexArray]
"""Per layer, where the numbers of its block come from: positions in its arrays laid end to end (weight, then bias)."""


class ParameterVector:
    """The numbers of a run: those of the layers that learn first, then those of the frozen layers.

    Parameters
    ----------
    network
        Whose parameters these are.
    parameters
        The start of the run; copied, never written to.
    layouts
        The order in which the training steps want the numbers of a layer, as an index of the shape of the block that
        they want to see. A layer that is not named keeps its arrays one after the other.

    Attributes
    ----------
    values
        Every number, changed in place by the run.
    learning
        The view of `values` that an optimizer works on.
    gradient
        Gradient of the loss by `learning`, written by the training steps.
    still
        Positions in `gradient` of the filters that are frozen one by one; None if there are none.
    """

    def __init__(self, network: Network, parameters: Parameters, layouts: Layouts) -> None:
        self._shapes = network.parameter_shapes
        layers = [layer for layer in network.layers if layer.name in self._shapes]
        learners = [layer for layer in layers if not is_frozen(layer)]
        frozen = [layer for layer in layers if is_frozen(layer)]
        self.trainable_layers = tuple(layer.name for layer in learners)
        dtypes = {array.dtype for arrays in parameters.values() for array in arrays.values()}
        dtype = np.dtype(np.float32) if dtypes == {np.dtype(np.float32)} else np.dtype(np.float64)

        self._indices: dict[str, IndexArray] = {}
        self._places: dict[str, slice] = {}
        position = 0
        for layer in chain(learners, frozen):
            size = sum(int(np.prod(shape)) for shape in self._shapes[layer.name].values())
            self._indices[layer.name] = layouts.get(layer.name, np.arange(size))
            self._places[layer.name] = slice(position, position + size)
            position += size
        self.values = np.empty(position, dtype=dtype)
        self._write(self.values, parameters, self._places)
        self.trainable = self.values[: sum(self._indices[name].size for name in self.trainable_layers)]
        self.gradient = np.zeros_like(self.trainable)
        self.frozen_index = self._still(learners)

    def block(self, layer: str) -> Array:
        """View of a layer's numbers, shaped as its layout is."""
        return self.values[self._places[layer]].reshape(self._indices[layer].shape)

    def gradient_block(self, layer: str) -> Array | None:
        """View of the gradient by a layer's numbers, shaped as its layout is; None for a frozen layer."""
        if layer not in self.trainable_layers:
            return None
        return self.gradient[self._places[layer]].reshape(self._indices[layer].shape)

    def views(self, flat: Array, layer: str) -> dict[str, Array]:
        """One layer's arrays as views of `flat`; only for a layer without a layout."""
        start, arrays = self._places[layer].start, {}
        for name, shape in self._shapes[layer].items():
            stop = start + int(np.prod(shape))
            arrays[name] = flat[start:stop].reshape(shape)
            start = stop
        return arrays

    def of_layer(self, flat: Array, layer: str) -> Array:
        """One layer's part of a vector laid out as `learning` is."""
        return flat[self._places[layer]]

    def unpack(self, flat: Array) -> Parameters:
        """Arrays of their own with the numbers of a vector laid out as `values` or `learning` is."""
        parameters: Parameters = {}
        # In the order of the network, and of the learners alone if that is what the vector holds.
        for layer in self._shapes:
            if self._places[layer].stop <= len(flat):
                laid = np.empty(self._indices[layer].size, dtype=flat.dtype)
                laid[self._indices[layer].reshape(-1)] = flat[self._places[layer]]
                parameters[layer] = {}
                start = 0
                for name, shape in self._shapes[layer].items():
                    stop = start + int(np.prod(shape))
                    parameters[layer][name] = laid[start:stop].reshape(shape)
                    start = stop
        return parameters

    def pack_slot(self, slot: str, arrays: Mapping[str, Mapping[str, Any]] | None, *, signed: bool = True) -> Array:
        """Return the numbers of one slot of an optimizer's state, laid out as `learning`; missing layers are 0.

        Parameters
        ----------
        slot
            Name of the slot.
        arrays
            Its arrays by layer and parameter name.
        signed
            False if no number in it may be negative.

        Raises
        ------
        ParameterError
            If the slot names an unknown layer or array, or one does not have the shape of its parameter or holds a
            number that it cannot have.
        """
        flat = np.zeros_like(self.trainable)
        if arrays is None:
            return flat
        field = f"optimizer_state.{slot}"
        if not isinstance(arrays, Mapping):
            raise _misfit(field, "this is not an object", arrays, "arrays by layer and name")
        for layer, of_layer in arrays.items():
            expected = self._shapes.get(layer)
            if expected is None:
                allowed = ", ".join(self._shapes)
                raise _misfit(f"{field}.{layer}", "no layer with parameters has this name", of_layer, allowed)
            if not isinstance(of_layer, Mapping) or of_layer.keys() != expected.keys():
                allowed = f"an object with {' and '.join(expected)}"
                raise _misfit(f"{field}.{layer}", "these are not the layer's parameters", of_layer, allowed)
            for name, shape in expected.items():
                given = np.asarray(of_layer[name], dtype=np.float64)
                if given.shape != shape or not np.isfinite(given).all():
                    raise _misfit(
                        f"{field}.{layer}.{name}",
                        f"shape {bracketed(given.shape)} is not that of the parameter"
                        if given.shape != shape
                        else "not all numbers are finite",
                        given.shape,
                        f"finite numbers of shape {bracketed(shape)}",
                    )
                if not signed and (given < 0).any():
                    number = float(given[given < 0][0])
                    raise _misfit(f"{field}.{layer}.{name}", f"{number} is negative", number, "numbers of at least 0")
        learned = [layer for layer in self.trainable_layers if layer in arrays]
        self._write(flat, arrays, learned)
        if self.frozen_index is not None:
            flat[self.frozen_index] = 0
        return flat

    def pack_gradient(self, gradients: Parameters) -> None:
        """Write into `gradient` that of the layers that learn."""
        self._write(self.gradient, gradients, self.trainable_layers)

    def _write(self, flat: Array, arrays: Mapping[str, Mapping[str, Any]], layers: Any) -> None:
        for layer in layers:
            laid = np.concatenate([np.asarray(arrays[layer][name]).reshape(-1) for name in self._shapes[layer]])
            flat[self._places[layer]] = laid[self._indices[layer].reshape(-1)]

    def _still(self, learners: list[Layer]) -> IndexArray | None:
        """Positions of single frozen filters: kernel (and bias) of filter o for each o of `frozen_filters`."""
        found: list[IndexArray] = []
        for layer in learners:
            filters = np.array(getattr(layer, "frozen_filters", ()), dtype=np.intp)
            if filters.size:
                owner = np.concatenate(
                    [
                        np.repeat(np.arange(shape[0]), int(np.prod(shape[1:])))
                        for shape in self._shapes[layer.name].values()
                    ]
                )
                of_frozen = np.isin(owner[self._indices[layer.name].reshape(-1)], filters)
                found.append(self._places[layer.name].start + np.flatnonzero(of_frozen))
        return np.concatenate(found) if found else None


def is_frozen(layer: Layer) -> bool:
    """Whether training leaves every parameter of this layer as it is."""
    filters = len(getattr(layer, "frozen_filters", ()))
    return bool(getattr(layer, "frozen", False)) or (filters > 0 and filters == getattr(layer, "out_channels", None))


def _misfit(field: str, what: str, value: object, allowed: str) -> ParameterError:
    return ParameterError(what, where=field, field=field, value=value, allowed=allowed)
