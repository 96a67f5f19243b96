"""The job kinds by which the parts of the pipeline reach each other without an import."""

TURN = "turn"
"""Answer the oldest waiting message of a conversation. Payload: conversation_id."""


def turn_key(conversation_id: str) -> str:
    """Turns of one conversation run one after another."""
    return f"turn:{conversation_id}"
