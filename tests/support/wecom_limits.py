"""What WeCom's documentation allows in a message, and how it refuses the rest."""

from __future__ import annotations

import re
from collections.abc import Callable, Set
from typing import Any

_TASK_ID = re.compile(r"[0-9a-zA-Z_@-]{1,128}")

KindOf = Callable[[str], str]
"""The kind of a media_id. Raises: ApiError."""


class ApiError(Exception):
    """An errcode with its errmsg."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def check_content(body: dict[str, Any], kind_of: KindOf) -> None:
    """A message of kf/send_msg, and all of message/send but cards."""
    kind = body.get("msgtype")
    content = body.get(str(kind))
    if not isinstance(content, dict):
        raise ApiError(40063, f"{kind} is empty")
    if kind == "text":
        _size(content.get("content"), 1, 2048, "text.content")
    elif kind == "msgmenu":
        _check_menu(content)
    elif kind in ("image", "voice", "video", "file"):
        if kind_of(str(content.get("media_id"))) != kind:
            raise ApiError(40007, "invalid media_id")
    else:
        raise ApiError(40008, "invalid message type")


def check_app_content(body: dict[str, Any], kind_of: KindOf, task_ids: Set[str]) -> set[str]:
    """A message of message/send; the task_id that it uses up."""
    if body.get("msgtype") != "template_card":
        check_content(body, kind_of)
        return set()
    card = body.get("template_card", {})
    task_id = card.get("task_id", "")
    if not _TASK_ID.fullmatch(task_id) or task_id in task_ids:
        raise ApiError(42014, "taskid has existed or empty or exceed max len")
    if card.get("card_type") == "button_interaction":
        buttons = [(each.get("key"), each.get("text")) for each in card.get("button_list", ())]
        most, key_bytes = 6, 1024
    else:
        options = card.get("checkbox", {}).get("option_list", ())
        buttons = [(each.get("id"), each.get("text")) for each in options]
        most, key_bytes = 20, 128
    if not 1 <= len(buttons) <= most:
        raise ApiError(42016, "button or option number invalid")
    for key, text in buttons:
        _size(key, 1, key_bytes, "key")
        _size(text, 1, 1024, "text")
    return {task_id}


def _check_menu(menu: dict[str, Any]) -> None:
    _size(menu.get("head_content", ""), 0, 1024, "head_content")
    items = menu.get("list", [])
    if len(items) > 10:
        raise ApiError(95008, "menu item count exceed limit")
    for item in items:
        if item.get("type") != "click":
            raise ApiError(95009, "invalid menu item type")
        _size(item["click"].get("id"), 1, 64, "click.id")
        _size(item["click"].get("content"), 1, 128, "click.content")


def _size(value: object, least: int, most: int, name: str) -> None:
    if not isinstance(value, str) or not least <= len(value.encode()) <= most:
        raise ApiError(40058, f"{name} exceed max length")
