"""One request model a layer, built from the engine's own declarations: a new layer is one new engine file."""

from dataclasses import MISSING, fields
from dataclasses import Field as LayerField
from types import NoneType
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Union, get_args, get_type_hints

from pydantic import AfterValidator, Field, create_model

from app.engine.arrays import Padding, Pair
from app.engine.layers import LAYERS, Layer
from app.schemas.base import NotNull, RequestModel
from app.schemas.geometry import MAX_SIZE, LayerPaddingSpec, pair

MAX_NAME_LENGTH: Final = 64

_EXAMPLES: Final[dict[str, Any]] = {
    "name": "conv",
    "out_channels": 1,
    "kernel_size": [3, 3],
    "out_features": 10,
}

_BOUNDS: Final = ("ge", "gt", "le", "lt")


class LayerSpec(RequestModel):
    """One step of a network."""

    def key(self) -> tuple[Any, ...]:
        """What tells two layers apart, cheap to hash; field order is declaration order."""
        return (type(self), *self.__dict__.values())

    def layer(self) -> Layer:
        """The engine's layer; raises `OptionError` if its options do not go together."""
        options = dict(self.__dict__)
        return LAYERS[options.pop("type")](**options)


def _without_minus_zero(value: float) -> float:
    """-0.0 -> 0.0: they compare equal, so a network cached for one would serve the other."""
    return value + 0.0


def _field(hint: Any, option: LayerField[Any]) -> tuple[Any, Any]:
    """The pydantic field that declares what a layer's dataclass field declares."""
    metadata = option.metadata
    bounds = {bound: metadata[bound] for bound in _BOUNDS if bound in metadata}
    default = ... if option.default is MISSING else option.default
    optional = NoneType in get_args(hint)
    if optional:
        (hint,) = (part for part in get_args(hint) if part is not NoneType)
    annotation: Any
    if hint == Pair:
        annotation = pair(bounds.get("ge", 0))
    elif hint == Padding:
        annotation = LayerPaddingSpec
    elif hint is int:
        annotation = Annotated[int, Field(**{"le": MAX_SIZE, **bounds})]
    elif hint is float:
        annotation = Annotated[float, Field(**bounds), AfterValidator(_without_minus_zero)]
    elif hint is str:
        annotation = Annotated[str, Field(max_length=MAX_NAME_LENGTH)]
    else:  # bool and Literal need no bounds
        annotation = hint
    if optional:
        annotation = Annotated[annotation | None, NotNull()]
    examples = [_EXAMPLES[option.name]] if option.name in _EXAMPLES else None
    return annotation, Field(default=default, description=metadata.get("doc"), examples=examples)


def _spec_of(kind: str, layer: type[Layer]) -> type[LayerSpec]:
    """The request model of one kind of layer."""
    hints = get_type_hints(layer)
    declared: dict[str, Any] = {option.name: _field(hints[option.name], option) for option in fields(layer)}
    about = (layer.__doc__ or "").strip().splitlines()[0]
    kind_field: Any = (Literal[kind], Field(description=f"The kind of layer: {kind}."))
    return create_model(
        f"{layer.__name__}Spec",
        __base__=LayerSpec,
        __doc__=about,
        type=kind_field,
        **declared,
    )


LAYER_SPECS: Final[dict[str, type[LayerSpec]]] = {kind: _spec_of(kind, layer) for kind, layer in LAYERS.items()}
"""The request model of each kind of layer, by its `type`."""

if TYPE_CHECKING:
    AnyLayerSpec = LayerSpec
else:
    AnyLayerSpec = Annotated[Union[tuple(LAYER_SPECS.values())], Field(discriminator="type")]  # noqa: UP007
"""Any layer, told apart by its `type`; which there are is known only when the engine's files are found."""
