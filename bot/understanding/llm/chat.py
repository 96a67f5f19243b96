"""Any OpenAI-compatible endpoint, by langchain-openai: loaded only where one is configured."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.understanding.llm.model import MAX_ANSWER, Completion, ModelError, Question

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)


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
        chat = await self._loaded()
        # Installed along with it. Without this an environment variable would send copies away.
        from langsmith import tracing_context

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
        except Exception as error:
            # Two libraries and anybody's server: whatever they raise, the customer is answered.
            # The error's own text may quote the question.
            raise ModelError("error", type(error).__name__) from None
        usage = answer.usage_metadata or {}
        return Completion(
            str(answer.text)[:MAX_ANSWER],
            int(usage.get("input_tokens", 0)),
            int(usage.get("output_tokens", 0)),
        )

    async def _loaded(self) -> Any:
        try:
            # Shielded: a question that runs out of time must not take the library from the next.
            return await asyncio.shield(asyncio.wrap_future(self._chat))
        except ImportError:
            raise ModelError("error", "not installed") from None
        except ValueError as error:  # pydantic's: a setting the client does not take
            raise ModelError("error", type(error).__name__) from None

    def _load(self) -> Any:
        try:
            return self._opened()
        except (ImportError, ValueError) as error:
            # Said at the start; every question says it again as an error.
            log.error("no language model can be asked: %s", type(error).__name__)
            if isinstance(error, ImportError):
                log.error("its library is missing: pip install 'aftercare[llm]'")
            raise

    def _opened(self) -> Any:
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
