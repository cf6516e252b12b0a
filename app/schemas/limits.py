"""The limits of the service: declared here, set by the environment, listed by GET /limits, named in every error."""

from typing import Final

from pydantic import BaseModel, ConfigDict, Field

JSON_DEPTH: Final = 200
"""The JSON parser's own limit on nesting (jiter, inside pydantic); it cannot be set."""


LIMIT_OF_OPTION: Final = {
    "out_channels": "max_channels",
    "out_features": "max_features",
    "kernel_size": "max_kernel_size",
}
"""The limit of each option of a layer that one limit bounds by itself."""
LIMIT_OF_FIELD: Final = {**LIMIT_OF_OPTION, "epochs": "max_epochs", "size": "max_kernel_size"}
"""The same for every field of a request."""


class Limits(BaseModel):
    """The limits of a request. Exceeding one is a 422 (a 413 for the body) that names it."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "max_body_bytes": 12_582_912,
                    "max_parsed_bytes": 50_331_648,
                    "max_image_side": 512,
                    "max_images": 256,
                    "max_layers": 32,
                    "max_channels": 256,
                    "max_features": 4_096,
                    "max_kernel_size": 31,
                    "max_signal_length": 4_096,
                    "max_terms": 20_000,
                    "max_elements": 1_000_000,
                    "max_multiply_adds": 500_000_000,
                    "max_memory_bytes": 50_331_648,
                    "max_examples": 20_000,
                    "max_epochs": 10_000,
                    "max_training_multiply_adds": 1_000_000_000_000,
                    "max_unstreamed_multiply_adds": 100_000_000_000,
                    "max_snapshots": 1_000,
                    "max_json_depth": JSON_DEPTH,
                }
            ]
        },
    )

    max_body_bytes: int = Field(
        default=12 * 1024 * 1024, ge=1_024, description="Bytes of a request's body, after inflating it if it is gzip."
    )
    max_parsed_bytes: int = Field(
        default=48 * 1024 * 1024,
        ge=65_536,
        description="Bytes that a body's JSON takes once parsed, estimated from its punctuation: about 100 a list, 300 "
        "an object and 40 a number.",
    )
    max_image_side: int = Field(default=512, ge=1, description="Height or width of an image or a 2-D signal.")
    max_images: int = Field(default=256, ge=1, description="Images in one request.")
    max_layers: int = Field(default=32, ge=1, description="Layers of a network.")
    max_channels: int = Field(default=256, ge=1, description="Channels of an image, and filters of a conv2d layer.")
    max_features: int = Field(default=4_096, ge=1, description="Outputs of a dense layer.")
    max_kernel_size: int = Field(default=31, ge=1, description="Height or width of a 2-D kernel or a pooling window.")
    max_signal_length: int = Field(default=4_096, ge=1, description="Numbers of a 1-D signal or kernel.")
    max_terms: int = Field(
        default=20_000, ge=1, description="Terms that /convolve or /explain lists, and windows that /pool lists."
    )
    max_elements: int = Field(
        default=1_000_000, ge=1, description="Numbers in a network's parameters, and numbers in a response."
    )
    max_memory_bytes: int = Field(
        default=48 * 1024 * 1024,
        ge=1_024,
        description="Bytes that the work of one request takes at most, its response included and its body not, "
        "estimated before any work is done.",
    )
    max_multiply_adds: int = Field(
        default=500_000_000,
        ge=1,
        description="Multiply-adds of one request, or of the longest part of it that cannot be interrupted: of one "
        "step where it trains. What else takes time (calls, numbers moved and written) counts as the multiply-adds "
        "that take as long, about 5 * 10^9 a second.",
    )
    max_examples: int = Field(default=20_000, ge=1, description="Examples to train with, to test or to evaluate.")
    max_epochs: int = Field(default=10_000, ge=1, description="Epochs of one request to train.")
    max_training_multiply_adds: int = Field(
        default=1_000_000_000_000,
        ge=1,
        description="Multiply-adds of one request to train that streams its events; counted as for max_multiply_adds.",
    )
    max_unstreamed_multiply_adds: int = Field(
        default=100_000_000_000,
        ge=1,
        description="Multiply-adds of one request whose response is sent when all of it is done: to train without a "
        "stream, to evaluate or to check gradients. About 20 s of an otherwise idle typical core; clients and proxies "
        "often wait 30 s for the first byte.",
    )
    max_snapshots: int = Field(default=1_000, ge=1, description="Sets of parameters in one request to /replay.")


def limit_texts(name: str, most: int, what: str, value: int) -> tuple[str, str]:
    """Return the message and the `allowed` of an error: `value` exceeds the limit `name`.

    Parameters
    ----------
    name, most
        The limit and its setting.
    what
        What is limited, in the singular: "the number of layers". Empty if it is the value of the field itself.
    value
        Its value.
    """
    subject = f"{what[:1].upper()}{what[1:]} ({value})" if what else str(value)
    return f"{subject} exceeds the limit {name} = {most}", f"at most {most} ({name}, see /api/v1/limits)"


class LimitsResponse(Limits):
    """Every limit of this server."""

    max_json_depth: int = Field(default=JSON_DEPTH, description="Nesting of a request's JSON; fixed.")
