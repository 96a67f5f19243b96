"""A scripted OpenAI-compatible server: checks what is asked, answers as told, keeps it all."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.understanding.llm.chat import Endpoint, OpenAiChat
from bot.understanding.llm.model import Completion, Question

KEY = "sk-test"
NOTHING: Mapping[str, Any] = {"commands": []}

Script = Callable[[Mapping[str, Any]], Mapping[str, Any] | str | Response]
"""What the user's part of a question (decoded) is answered with: an object, raw text, or a
whole response."""


def command(name: str, **given: Any) -> dict[str, Any]:
    """One command in the form strict structured output gives it."""
    slots = [{"slot": slot, "value": value} for slot, value in given.pop("slots", {}).items()]
    return {"command": name, "flow": "", "slot": "", "value": "", "slots": slots, **given}


def proposing(*commands: Mapping[str, Any]) -> Script:
    """A script that always proposes these."""
    return lambda asked: {"commands": list(commands)}


@dataclass
class LlmServer:
    """The server. `delay` in seconds before each answer; `bodies` are the requests as they came."""

    script: Script = lambda asked: NOTHING
    delay: float = 0.0
    tokens: tuple[int, int] = (300, 40)
    bodies: list[str] = field(default_factory=list)

    @property
    def sent(self) -> str:
        """Everything that ever left the house."""
        return "\n".join(self.bodies)

    @property
    def asked(self) -> Sequence[Mapping[str, Any]]:
        """The users' parts of all questions, decoded."""
        return [_user_part(json.loads(body)) for body in self.bodies]

    def chat(self, timeout: float = 4.0) -> OpenAiChat:
        """A client of it, without a socket."""
        http = httpx.AsyncClient(transport=httpx.ASGITransport(self.app))
        return OpenAiChat(Endpoint("http://llm.test/v1", "scripted", KEY, timeout), http)

    async def complete(self, question: Question) -> Completion:
        """Answer without HTTP: a `ChatModel` for tests of what is done with the answers."""
        self.bodies.append(f"{question.system}\n{question.user}")
        return Completion(json.dumps(self.script(json.loads(question.user))), *self.tokens)

    @property
    def app(self) -> Starlette:
        """The server as an ASGI application."""
        return Starlette(routes=[Route("/v1/chat/completions", self._complete, methods=["POST"])])

    async def _complete(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return JSONResponse({"error": {"message": "wrong key"}}, 401)
        raw = (await request.body()).decode()
        self.bodies.append(json.dumps(json.loads(raw), ensure_ascii=False))
        body = json.loads(raw)
        if fault := _fault(body):
            return JSONResponse({"error": {"message": fault}}, 400)
        await asyncio.sleep(self.delay)
        answer = self.script(_user_part(body))
        if isinstance(answer, Response):
            return answer
        text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
        return JSONResponse(_completion(text, *self.tokens))


def _user_part(body: Mapping[str, Any]) -> Mapping[str, Any]:
    part: Mapping[str, Any] = json.loads(body["messages"][-1]["content"])
    return part


def _fault(body: Mapping[str, Any]) -> str:
    """What a strict server would refuse."""
    if [one["role"] for one in body.get("messages", [])] != ["system", "user"]:
        return "one system and one user message, please"
    form = body.get("response_format", {})
    if form.get("type") != "json_schema" or not form["json_schema"].get("strict"):
        return "strict structured output, please"
    return _loose(form["json_schema"]["schema"])


def _loose(schema: Mapping[str, Any]) -> str:
    """Strict mode wants every property required and no others, at every depth."""
    if schema["type"] == "object":
        properties = schema["properties"]
        if schema.get("additionalProperties") is not False or set(schema["required"]) != set(
            properties
        ):
            return "a loose object in the schema"
        return next(filter(None, map(_loose, properties.values())), "")
    return _loose(schema["items"]) if schema["type"] == "array" else ""


def _completion(text: str, tokens_in: int, tokens_out: int) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "scripted",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": text},
            }
        ],
        "usage": {
            "prompt_tokens": tokens_in,
            "completion_tokens": tokens_out,
            "total_tokens": tokens_in + tokens_out,
        },
    }
