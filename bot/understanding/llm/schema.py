"""The form of the model's answer: commands as JSON. Flat, as strict structured output wants it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.dialogs import slots as s
from bot.dialogs.menu import STARTS
from bot.ports import REASONS

NAME: Final = "commands"
MAX_COMMANDS: Final = 6
MAX_SLOTS: Final = 8

SLOTS: Final[Mapping[str, str]] = {
    s.ORDER: 'an order number, "latest", "other", or words that name an item',
    s.FACTOR: "what proves that an order is his: a phone number, its last digits, an e-mail",
    s.ITEMS: 'his words for the items, "all", or "other"',
    s.QUANTITIES: 'how many, in digits, or "all"',
    s.RECEIVED: '"yes" or "no": whether the parcel has arrived',
    s.REASON: f"one of {', '.join(REASONS)}",
    s.COMMENT: "his own words on what is wrong",
    s.EVIDENCE: '"none" when he says that he has no photo',
    s.TICKET: "a request's number",
    s.WHO: "what he says of who he is: an e-mail, or a name and a postal code",
    s.ADDRESS: "the address he wants, whole, without the words around it",
    s.VARIANTS: 'which colour, size or kind he wants instead: "the blue one in M"',
    s.METHOD: "his words for the way to pay, or to be paid back",
    s.CANCEL_REASON: "his words for why an order is to be cancelled",
}
"""The slots a model may fill. `confirmed` is none of them: a yes is read by us or pressed."""

COMMANDS: Final = (
    "start_flow",
    "set_slot",
    "correct_slot",
    "pick_option",
    "cancel_flow",
    "clarify",
    "answer",
    "small_talk",
    "change_language",
    "handoff",
)


class SlotValue(BaseModel):
    """A slot told along with a wish."""

    model_config = ConfigDict(extra="forbid", strict=True)

    slot: str = Field(max_length=40)
    value: str = Field(max_length=500)


class Proposal(BaseModel):
    """One command as proposed, unchecked."""

    model_config = ConfigDict(extra="forbid", strict=True)

    command: str = Field(max_length=40)
    flow: str = Field(default="", max_length=40)
    slot: str = Field(default="", max_length=40)
    value: str = Field(default="", max_length=500)
    slots: list[SlotValue] = Field(default_factory=list, max_length=MAX_SLOTS)


class Proposals(BaseModel):
    """The whole answer."""

    model_config = ConfigDict(extra="forbid", strict=True)

    commands: list[Proposal] = Field(max_length=MAX_COMMANDS)


def read_proposals(text: str) -> list[Proposal]:
    """The commands in an answer. Raises ValueError for anything but the form asked for; a fence
    around it, which servers without structured output give, is taken off."""
    bare = text.strip()
    if bare.startswith("```"):
        bare = bare.removeprefix("```json").removeprefix("```").removesuffix("```").strip()
    try:
        return Proposals.model_validate_json(bare).commands
    except ValidationError as error:
        # Its own text quotes what was answered.
        raise ValueError(f"{error.error_count()} faults in the answer") from None


@cache
def schema() -> Mapping[str, Any]:
    """The JSON schema that goes with the question."""
    text = {"type": "string"}
    slot = _object({"slot": {"type": "string", "enum": list(SLOTS)}, "value": text})
    command = _object(
        {
            "command": {"type": "string", "enum": list(COMMANDS)},
            "flow": {"type": "string", "enum": ["", *STARTS]},
            "slot": {"type": "string", "enum": ["", *SLOTS]},
            "value": text,
            "slots": {"type": "array", "items": slot},
        }
    )
    return _object({"commands": {"type": "array", "items": command}})


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        # Strict structured output knows no optional property.
        "required": list(properties),
        "additionalProperties": False,
    }
