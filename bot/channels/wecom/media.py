"""Files in and out through WeCom's media store, where they live for three days."""

from __future__ import annotations

from collections.abc import Sequence

from bot.channels.base import SendContext, Undeliverable
from bot.channels.wecom.client import Refused, Upload, WecomClient
from bot.messages import Attachment, AttachmentKind

MAX_DOWNLOAD = 20 * 1024 * 1024
_LIMITS = {
    # type -> bytes; at least 6 each (上传临时素材)
    "image": 10 * 1024 * 1024,
    "voice": 2 * 1024 * 1024,
    "video": 10 * 1024 * 1024,
    "file": 20 * 1024 * 1024,
}
_MIN = 6
_SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png", "audio/amr": ".amr", "video/mp4": ".mp4"}


async def fetch(client: WecomClient, attachment: Attachment, limit: int) -> bytes:
    """See `Adapter.fetch`. Raises: Undeliverable (`too_large`, `unavailable`), RetryLater."""
    cap = min(limit, MAX_DOWNLOAD)
    if attachment.size is not None and attachment.size > cap:
        raise Undeliverable("too_large", f"{attachment.size} bytes, {cap} are allowed")
    try:
        return await client.download(attachment.source, cap)
    except Refused as refusal:
        error = refusal.translated()
        if isinstance(error, Undeliverable):
            raise Undeliverable("unavailable", error.detail) from None
        raise error from None


async def upload(
    client: WecomClient, attachment: Attachment, context: SendContext
) -> tuple[str, str]:
    """Put one of our attachments there; (msgtype, media_id). Raises: Undeliverable, Refused …"""
    if context.read is None:
        raise Undeliverable("unavailable", "no way to read the attachment")
    kind = _kind_of(attachment)
    content = await context.read(attachment)
    if not _MIN <= len(content) <= _LIMITS[kind]:
        raise Undeliverable("too_large" if len(content) > _MIN else "unavailable", kind)
    suffix = _SUFFIXES.get(attachment.media_type or "", "")
    name = attachment.name or f"{kind}{suffix}"
    return kind, await client.upload(kind, Upload(name, content))


def sendable(attachments: Sequence[Attachment]) -> list[Attachment]:
    """Those that hold something of ours to send."""
    return [item for item in attachments if item.ref is not None]


def _kind_of(attachment: Attachment) -> str:
    if attachment.kind is AttachmentKind.IMAGE and attachment.media_type in (
        None,
        "image/jpeg",
        "image/png",
    ):
        return "image"
    if attachment.kind is AttachmentKind.VOICE and attachment.media_type == "audio/amr":
        return "voice"
    return "file"
