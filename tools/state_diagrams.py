"""Draw the state machines into docs/tickets.md, from the tables in the code.

    python -m tools.state_diagrams

A test compares the page with the tables, so a table that changed without its picture is noticed.
"""

import re
from pathlib import Path

from backend.refunds.states import REFUND
from backend.refunds.states import STARTS as REFUND_STARTS
from backend.tickets.states import CHANGE_TICKET, GOODS_TICKET, REFUND_TICKET, START, mermaid

PAGE = Path(__file__).resolve().parent.parent / "docs" / "tickets.md"


def diagrams() -> dict[str, str]:
    """Name of the diagram on the page -> Mermaid text."""
    return {
        "refund-ticket": mermaid(REFUND_TICKET, (START,)),
        "change-ticket": mermaid(CHANGE_TICKET, (START,)),
        "goods-ticket": mermaid(GOODS_TICKET, (START,)),
        "refund": mermaid(REFUND, REFUND_STARTS),
    }


def drawn(page: str) -> str:
    """The page with each diagram renewed. Raises: ValueError when a diagram has no place on it."""
    for name, diagram in diagrams().items():
        place = re.compile(rf"(<!-- diagram: {name} -->\n```mermaid\n).*?(```)", re.DOTALL)
        page, found = place.subn(lambda match: match[1] + diagram + match[2], page)  # noqa: B023
        if found != 1:
            raise ValueError(f"docs/tickets.md has {found} places for the diagram {name}")
    return page


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"drawn: {', '.join(diagrams())}")
