"""Request models of layers, built from the engine's declarations: a new layer is one new engine module."""

from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import Field, create_model

from ..engine.layers import LAYERS, Layer
from .base import RequestModel, one_of
from .options import declared_fields, example_of, summary


class LayerSpec(RequestModel):
    """One step of a network."""

    def key(self) -> tuple[Any, ...]:
        """Return a key that is equal for equal layers, and cheap to hash."""
        return (type(self), *self.__dict__.values())

    def layer(self) -> Layer:
        """Return the engine's layer; raise `OptionError` if its options are incompatible."""
        options = dict(self.__dict__)
        return LAYERS[options.pop("type")](**options)


def _spec_of(kind: str, layer: type[Layer]) -> type[LayerSpec]:
    """Return the request model of a type of layer."""
    kind_field: Any = (Literal[kind], Field(description=f"The kind of layer: {kind}."))
    options = declared_fields(layer)
    return create_model(
        f"{layer.__name__}Spec",
        __base__=LayerSpec,
        __doc__=summary(layer),
        __cls_kwargs__={"json_schema_extra": {"examples": [{"type": kind, **example_of(options)}]}},
        type=kind_field,
        **options,
    )


LAYER_SPECS: Final[dict[str, type[LayerSpec]]] = {kind: _spec_of(kind, layer) for kind, layer in LAYERS.items()}
"""The request model of each kind of layer, by its `type`."""

if TYPE_CHECKING:
    AnyLayerSpec = LayerSpec
else:
    AnyLayerSpec = one_of(LAYER_SPECS, "layer")
"""Any layer, chosen by its `type`; the types are known only at run time."""
