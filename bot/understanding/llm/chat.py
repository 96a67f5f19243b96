"""Any OpenAI-compatible endpoint, by langchain-openai: loaded only where one is configured."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.understanding.llm.model import MAX_ANSWER, Completion, ModelError, Question

if TYPE_CHECKING:
    import httpx


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the model is. `api_key` may be empty for a server of one's own."""

    base_url: str
    model: str
    api_key: str = field(default="", repr=False)
    timeout: float = 4.0


class OpenAiChat:
    """The model at `endpoint`. The library (2.5 s of CPU, 100 MB) loads in a thread from the
    moment this is made; a question asked before that waits for it, within its deadline.

    `http` replaces the connection, for tests.
    """

    def __init__(self, endpoint: Endpoint, http: httpx.AsyncClient | None = None) -> None:
        self._endpoint = endpoint
        self._http = http
        pool = ThreadPoolExecutor(1, "load-llm")
        self._chat: Future[Any] = pool.submit(self._load)
        pool.shutdown(wait=False)

    async def complete(self, question: Question) -> Completion:
        """One answer. Raises ModelError("error") for all that goes wrong on the way."""
        # Shielded: a question that runs out of time must not take the library from the next.
        chat = await asyncio.shield(asyncio.wrap_future(self._chat))
        # Installed along with it. Without this an environment variable would send copies away.
        from langsmith import tracing_context
        from openai import OpenAIError

        bound = chat.bind(
            response_format={
                "type": "json_schema",
                "json_schema": {
                    "name": question.name,
                    "schema": dict(question.schema),
                    "strict": True,
                },
            },
            max_tokens=question.max_tokens,
        )
        try:
            with tracing_context(enabled=False):
                answer = await bound.ainvoke([("system", question.system), ("user", question.user)])
        except OpenAIError as error:
            # Its text may quote the question.
            raise ModelError("error", type(error).__name__) from None
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            # What the libraries make of an answer that is none: no choices, null, a page of HTML.
            raise ModelError("error", type(error).__name__) from None
        usage = answer.usage_metadata or {}
        return Completion(
            str(answer.text)[:MAX_ANSWER],
            int(usage.get("input_tokens", 0)),
            int(usage.get("output_tokens", 0)),
        )

    def _load(self) -> Any:
        from langchain_openai import ChatOpenAI
        from pydantic import SecretStr

        return ChatOpenAI(
            model=self._endpoint.model,
            base_url=self._endpoint.base_url,
            # Never empty: the client would take OPENAI_API_KEY to whatever address this is.
            api_key=SecretStr(self._endpoint.api_key or "none"),
            temperature=0,
            timeout=self._endpoint.timeout,
            max_retries=0,  # the customer waits: the local result is the second try
            use_responses_api=False,
            http_async_client=self._http,
        )
