"""Makes the shipped models of our own phrases: `python -m tools.models [nlu] [sentiment]`."""

from __future__ import annotations

import sys

from bot.understanding.models.shipped import KINDS, make, shipped_path


def main(kinds: list[str]) -> None:
    """Make the named models, or all."""
    for kind in kinds or KINDS:
        make(kind)
        size = shipped_path(kind).stat().st_size
        sys.stdout.write(f"{kind}: {shipped_path(kind).name}, {size / 1e6:.2f} MB\n")


if __name__ == "__main__":
    main(sys.argv[1:])
