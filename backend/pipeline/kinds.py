"""The job kinds by which the parts of the pipeline reach each other without an import."""

TURN = "turn"
"""Answer the oldest waiting message of a conversation. Payload: conversation_id."""


READ_PHOTO = "read_photo"
"""Look into a customer's photo. Payload: attachment_id."""

READING_KEY = "read_photo"
"""One photo after another, in all processes together: reading takes a whole processor."""


def turn_key(conversation_id: str) -> str:
    """Turns of one conversation run one after another."""
    return f"turn:{conversation_id}"
