"""Recording what a model said, and playing it again without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.dialogs.commands import CancelFlow, Clarify
from bot.understanding.base import DialogView
from bot.understanding.llm.chat import Endpoint
from bot.understanding.llm.opening import LlmConfig, with_llm
from bot.understanding.llm.transcript import Recording, Replay, transcript_of
from tests.support.llm_server import LlmServer, command, proposing
from tests.understanding.llm.support import Knowing, Ticking, said, understanding

IN_REFUND = DialogView("en", "refund", "items")


async def test_a_recording_is_played_again(tmp_path: Path) -> None:
    file = tmp_path / "said.jsonl"
    server = LlmServer(proposing(command("cancel_flow")))
    llm = understanding(server, model=Recording(server, file))
    await llm.understand(said("hm, LL20260512-0001, never mind"), IN_REFUND)
    assert "0001" not in file.read_text("utf-8")
    assert file.stat().st_mode & 0o077 == 0
    again = with_llm(Knowing(), LlmConfig(Endpoint("", ""), transcript=f"replay:{file}"), Ticking())
    # Another number under the same placeholder is the same question.
    understood = await again.understand(said("hm, LL20260512-0009, never mind"), IN_REFUND)
    assert understood.commands == (CancelFlow(),)
    assert understood.model is not None
    assert understood.model.tokens_in == 300


async def test_what_was_never_asked_is_local(tmp_path: Path) -> None:
    file = tmp_path / "said.jsonl"
    file.touch()
    understood = await understanding(LlmServer(), model=Replay(file)).understand(
        said("hm, that one"), IN_REFUND
    )
    assert understood.commands == (Clarify(),)


@pytest.mark.parametrize("setting", ["record", "replay:", "keep:file"])
def test_a_setting_that_is_none_is_refused(setting: str) -> None:
    with pytest.raises(ValueError, match="record:FILE"):
        transcript_of(setting)
