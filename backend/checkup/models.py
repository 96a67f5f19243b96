"""The language model's endpoint, and what reads customers' photos."""

from __future__ import annotations

from typing import Any

import httpx

from backend.checkup.finding import FAIL, OK, WARN, Finding
from backend.pipeline.photo_reader import PhotoChecks
from backend.settings import Settings

SECONDS = 5.0
NAME = "language model"


def photos(settings: Settings) -> Finding:
    """Whether what is asked for can be looked for on photos."""
    checks = PhotoChecks.of(settings.photo_checks)
    made = [name for name in ("blank", "reused", "text", "nudity") if getattr(checks, name)]
    told = f"looked at for: {', '.join(made)}" if made else "taken as they are"
    if not checks.missing:
        return Finding("photos", OK, told)
    advice = "pip install 'aftercare[photos]', or name fewer in AFTERCARE_PHOTO_CHECKS"
    return Finding("photos", WARN, f"{told}; not for {', '.join(checks.missing)}", advice)


async def llm(
    settings: Settings, transport: httpx.AsyncBaseTransport | None = None
) -> list[Finding]:
    """Whether the endpoint answers, knows the key, and has the model. Costs no tokens."""
    if not settings.llm_base_url:
        return []
    if not settings.llm_model:
        return [Finding(NAME, FAIL, "no model is named", "set AFTERCARE_LLM_MODEL")]
    headers = {"authorization": f"Bearer {settings.llm_api_key}"} if settings.llm_api_key else {}
    url = f"{settings.llm_base_url.rstrip('/')}/models"
    try:
        async with httpx.AsyncClient(timeout=SECONDS, transport=transport) as client:
            answer = await client.get(url, headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        # Its own words may hold an address with a password.
        told = f"does not answer: {type(error).__name__}"
        return [Finding(NAME, FAIL, told, "check AFTERCARE_LLM_BASE_URL and the server")]
    return [_judged(settings, answer)]


def _judged(settings: Settings, answer: httpx.Response) -> Finding:
    if answer.status_code in (401, 403):
        return Finding(NAME, FAIL, "refuses the key", "check AFTERCARE_LLM_API_KEY")
    if answer.status_code == 404:
        # Not every server lists its models.
        return Finding(NAME, OK, "answers, and lists no models")
    if answer.is_error:
        told = f"answers {answer.status_code}"
        return Finding(NAME, FAIL, told, "look at the server; the local understanding answers")
    names = _names(answer)
    if names and settings.llm_model not in names:
        told = f"has no model {settings.llm_model}"
        return Finding(NAME, FAIL, told, "correct AFTERCARE_LLM_MODEL")
    cap = settings.llm_daily_tokens
    if not cap:
        advice = "set AFTERCARE_LLM_DAILY_TOKENS: nothing else bounds what it costs"
        return Finding(NAME, WARN, "answers; no cap on tokens", advice)
    return Finding(NAME, OK, f"answers; at most {cap} tokens a day")


def _names(answer: httpx.Response) -> set[str]:
    try:
        listed: Any = answer.json()
    except ValueError:
        return set()
    models = listed.get("data") if isinstance(listed, dict) else None
    known = models if isinstance(models, list) else []
    return {str(one.get("id")) for one in known if isinstance(one, dict)}
