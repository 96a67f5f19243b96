"""What happens at WeCom in tests: customers, members, sessions, and the documented limits.

Nothing here knows our code. `wecom_server` puts it behind WeCom's addresses.
"""

from __future__ import annotations

import itertools
import json
import re
import secrets
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.wecom_crypto import CallbackKeys, Envelope, xml_of
from tests.support.wecom_limits import ApiError, check_app_content, check_content

HOUR, DAY = 3_600, 86_400
WINDOW_MESSAGES, WINDOW_SECONDS = 5, 48 * HOUR
HISTORY = 3 * DAY
WELCOME_SECONDS = 20
MSGTOKEN_SECONDS = 600
MEDIA_SECONDS = 3 * DAY
UNTOUCHED, ASSISTANT, POOL, SERVICER, ENDED = range(5)
_MSGID = re.compile(r"[0-9a-zA-Z_-]{1,32}")
_TRANSITIONS = {
    UNTOUCHED: {ASSISTANT, POOL, SERVICER, ENDED},
    ASSISTANT: {POOL, SERVICER, ENDED},
    POOL: {SERVICER, ENDED},
    SERVICER: {SERVICER, ENDED},
    ENDED: set(),
}
REPEATED_MSGID = 40058
"""WeCom documents that a repeated msgid errors, not with which code: `invalid argument` here."""


@dataclass
class Delivered:
    """A message a person got."""

    to: str
    msgid: str
    body: dict[str, Any]
    at: float
    by: str = "send_msg"


@dataclass
class Customer:
    """One WeChat user at one customer service account."""

    state: int = ENDED
    servicer: str = ""
    wrote_at: float | None = None
    sent_since: int = 0
    code: str = ""
    code_ends: float = 0.0


@dataclass
class Media:
    kind: str
    name: str
    content: bytes
    at: float


@dataclass
class WecomWorld:
    """A company: its customer service accounts, its app, and everybody who uses them."""

    keys: CallbackKeys
    secret: str = "app-secret"
    agent_id: int = 1000002
    members: set[str] = field(default_factory=lambda: {"zhangsan", "lisi"})
    servicers: set[str] = field(default_factory=lambda: {"zhangsan"})
    accounts: dict[str, str] = field(default_factory=lambda: {"wkKettles": "Kettles"})
    now: Callable[[], float] = time.time
    token_seconds: int = 7_200
    bare_pulls_a_minute: int = 60

    def __post_init__(self) -> None:
        self.tokens: dict[str, float] = {}
        self.customers: dict[tuple[str, str], Customer] = defaultdict(Customer)
        self.log: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.msgtokens: dict[str, float] = {}
        self.msgids: set[tuple[str, str]] = set()
        self.task_ids: set[str] = set()
        self.media: dict[str, Media] = {}
        self.delivered: list[Delivered] = []
        self.dropped: list[Delivered] = []
        self.updated_cards: list[dict[str, Any]] = []
        self.refused: list[int] = []
        self._requests: dict[str, float] = {}
        self._sent_to: dict[str, deque[float]] = defaultdict(deque)
        self._bare_pulls: deque[float] = deque()
        self._numbers = itertools.count(1)

    # Tokens

    def new_token(self, corp_id: str, secret: str) -> str:
        if corp_id != self.keys.corp_id:
            raise ApiError(40013, "invalid corpid")
        if secret != self.secret:
            raise ApiError(40001, "invalid credential")
        for token, ends in self.tokens.items():
            if ends > self.now():
                return token  # the same one until it ends
        token = f"token-{secrets.token_hex(8)}"
        self.tokens[token] = self.now() + self.token_seconds
        return token

    def check_token(self, token: str) -> None:
        if not token:
            raise ApiError(41001, "access_token missing")
        if token not in self.tokens:
            raise ApiError(40014, "invalid access_token")
        if self.tokens[token] <= self.now():
            raise ApiError(42001, "access_token expired")

    def expire_tokens(self) -> None:
        """As if their two hours were over."""
        self.tokens = dict.fromkeys(self.tokens, 0.0)

    # What customers do (微信客服); each gives the callback that WeCom would make

    def says(self, kfid: str, user: str, text: str, menu_id: str = "") -> Envelope:
        content = {"content": text, **({"menu_id": menu_id} if menu_id else {})}
        return self.sends(kfid, user, "text", content)

    def sends_file(self, kfid: str, user: str, kind: str, content: bytes) -> Envelope:
        return self.sends(kfid, user, kind, {"media_id": self.add_media(kind, kind, content)})

    def sends(self, kfid: str, user: str, kind: str, content: dict[str, Any]) -> Envelope:
        """Any kind of message; it opens the window, and a session if there is none."""
        customer = self.customers[kfid, user]
        customer.wrote_at, customer.sent_since = self.now(), 0
        if customer.state == ENDED:
            customer.state = UNTOUCHED
        self._append(kfid, user, 3, kind, content)
        return self.callback(kfid)

    def enters(self, kfid: str, user: str, scene_param: str = "") -> Envelope:
        """He opens the chat; a welcome code only if he wrote nothing for 48 hours."""
        customer = self.customers[kfid, user]
        event: dict[str, Any] = {"event_type": "enter_session", "scene": "123"}
        if scene_param:
            event["scene_param"] = scene_param
        if customer.wrote_at is None or customer.wrote_at < self.now() - WINDOW_SECONDS:
            customer.code = f"CODE{secrets.token_hex(8)}"
            customer.code_ends = self.now() + WELCOME_SECONDS
            event["welcome_code"] = customer.code
        self._event(kfid, user, event)
        return self.callback(kfid)

    def fails(self, kfid: str, user: str, msgid: str, fail_type: int) -> Envelope:
        """A message that was taken does not arrive."""
        event = {"event_type": "msg_send_fail", "fail_msgid": msgid, "fail_type": fail_type}
        self._event(kfid, user, event)
        return self.callback(kfid)

    def servicer_takes(self, kfid: str, user: str, servicer: str) -> Envelope:
        return self._session(kfid, user, SERVICER, 1, servicer)

    def servicer_ends(self, kfid: str, user: str) -> Envelope:
        return self._session(kfid, user, ENDED, 3, "")

    def servicer_says(self, kfid: str, user: str, servicer: str, text: str) -> Envelope:
        self._append(kfid, user, 5, "text", {"content": text}, servicer_userid=servicer)
        return self.callback(kfid)

    def callback(self, kfid: str) -> Envelope:
        """There is news of an account."""
        token = f"ENC{secrets.token_hex(12)}"
        self.msgtokens[token] = self.now() + MSGTOKEN_SECONDS
        fields: dict[str, object] = {
            "ToUserName": self.keys.corp_id,
            "CreateTime": int(self.now()),
            "MsgType": "event",
            "Event": "kf_msg_or_event",
            "Token": token,
            "OpenKfId": kfid,
        }
        return self.keys.seal(xml_of(fields), int(self.now()))

    def _session(
        self, kfid: str, user: str, state: int, change_type: int, servicer: str
    ) -> Envelope:
        customer = self.customers[kfid, user]
        old, customer.state, customer.servicer = customer.servicer, state, servicer
        event = {
            "event_type": "session_status_change",
            "change_type": change_type,
            "old_servicer_userid": old,
            "new_servicer_userid": servicer,
        }
        self._event(kfid, user, event)
        return self.callback(kfid)

    def _event(self, kfid: str, user: str, event: dict[str, Any]) -> None:
        whose = {"open_kfid": kfid, "external_userid": user}
        self._append(kfid, user, 4, "event", {**event, **whose})

    def _append(
        self, kfid: str, user: str, origin: int, kind: str, content: dict[str, Any], **more: Any
    ) -> None:
        number = next(self._numbers)
        item = {
            "msgid": f"msg{number:08d}{secrets.token_hex(6)}",
            "send_time": int(self.now()),
            "origin": origin,
            "msgtype": kind,
            kind: content,
            **more,
        }
        if kind != "event":
            item |= {"open_kfid": kfid, "external_userid": user}
        self.log[kfid].append(item)

    # What members do in the app

    def member_calls(self, member: str, fields: dict[str, object]) -> Envelope:
        """A callback with `fields`; who, when and for which app are added."""
        message: dict[str, object] = {
            "ToUserName": self.keys.corp_id,
            "FromUserName": member,
            "CreateTime": int(self.now()),
            **fields,
            "AgentID": self.agent_id,
        }
        return self.keys.seal(xml_of(message), int(self.now()), self.agent_id)

    def member_sends(self, member: str, kind: str, **content: object) -> Envelope:
        number = 10_000_000_000 + next(self._numbers)
        return self.member_calls(member, {"MsgType": kind, **content, "MsgId": number})

    def member_says(self, member: str, text: str) -> Envelope:
        return self.member_sends(member, "text", Content=text)

    def member_presses(self, member: str, values: list[str], task_id: str = "task") -> Envelope:
        """A button of a card, or options of a list."""
        pressed: dict[str, object] = {
            "MsgType": "event",
            "Event": "template_card_event",
            "EventKey": values[0] if len(values) == 1 else "choice",
            "TaskId": task_id,
            "CardType": "button_interaction" if len(values) == 1 else "vote_interaction",
            "ResponseCode": secrets.token_hex(16),
        }
        if len(values) > 1:
            option_ids = {"OptionId": list(values)}
            picked = {"QuestionKey": "choice", "OptionIds": option_ids}
            pressed["SelectedItems"] = {"SelectedItem": picked}
        return self.member_calls(member, pressed)

    # The API

    def sync(self, body: dict[str, Any]) -> dict[str, Any]:
        kfid = str(body.get("open_kfid", ""))
        self._known_account(kfid)
        limit = body.get("limit", 1000)
        if not isinstance(limit, int) or not 1 <= limit <= 1000:
            raise ApiError(40058, "limit exceed max value")
        self._check_msgtoken(str(body.get("token", "")))
        start = self._position(str(body.get("cursor", "")), kfid)
        page = self.log[kfid][start : start + limit]
        end = start + len(page)
        more = int(end < len(self.log[kfid]))
        return {"next_cursor": f"cursor-{end}", "has_more": more, "msg_list": page}

    def _check_msgtoken(self, token: str) -> None:
        if token:
            if self.msgtokens.get(token, 0.0) <= self.now():
                raise ApiError(95007, "invalid msgtoken")
            return
        self._bare_pulls.append(self.now())
        while self._bare_pulls[0] <= self.now() - 60:
            self._bare_pulls.popleft()
        if len(self._bare_pulls) > self.bare_pulls_a_minute:
            raise ApiError(45009, "api freq out of limit")

    def _position(self, cursor: str, kfid: str) -> int:
        oldest = next(
            (
                index
                for index, item in enumerate(self.log[kfid])
                if item["send_time"] > self.now() - HISTORY
            ),
            len(self.log[kfid]),
        )
        if not cursor:
            return oldest
        if not re.fullmatch(r"cursor-\d{1,12}", cursor):
            raise ApiError(40058, "invalid cursor")
        return max(oldest, int(cursor.removeprefix("cursor-")))

    def send(self, body: dict[str, Any]) -> dict[str, Any]:
        kfid, user = str(body.get("open_kfid", "")), str(body.get("touser", ""))
        self._known_account(kfid)
        msgid = self._new_msgid(kfid, body)
        customer = self.customers.get((kfid, user))
        if customer is None:
            raise ApiError(40096, "invalid external userid")
        check_content(body, self._kind_of)
        if customer.state not in (UNTOUCHED, ASSISTANT):
            raise ApiError(95018, "send msg session status invalid")
        if customer.wrote_at is None or customer.wrote_at <= self.now() - WINDOW_SECONDS:
            raise ApiError(95002, "out of session time limit")
        if customer.sent_since >= WINDOW_MESSAGES:
            raise ApiError(95001, "send msg count limit")
        customer.sent_since += 1
        return self._deliver(kfid, user, msgid, body, "send_msg")

    def send_on_event(self, body: dict[str, Any]) -> dict[str, Any]:
        code = str(body.get("code", ""))
        for (kfid, user), customer in self.customers.items():
            if code and customer.code == code and customer.code_ends > self.now():
                msgid = self._new_msgid(kfid, body)
                if body.get("msgtype") not in ("text", "msgmenu"):
                    raise ApiError(40008, "invalid message type")
                check_content(body, self._kind_of)
                customer.code = ""
                return self._deliver(kfid, user, msgid, body, "send_msg_on_event")
        raise ApiError(40029, "invalid code")

    def transfer(self, body: dict[str, Any]) -> dict[str, Any]:
        customer = self._customer(body)
        state = body.get("service_state")
        if state not in _TRANSITIONS[customer.state]:
            raise ApiError(95016, "change service state not allowed")
        servicer = str(body.get("servicer_userid", ""))
        if state == SERVICER and servicer not in self.servicers:
            raise ApiError(95014, "user is not a servicer")
        customer.state, customer.servicer = int(state), servicer
        return {"msg_code": f"MSG{secrets.token_hex(8)}"}

    def session_of(self, body: dict[str, Any]) -> dict[str, Any]:
        customer = self._customer(body)
        return {"service_state": customer.state, "servicer_userid": customer.servicer}

    def app_send(self, body: dict[str, Any]) -> dict[str, Any]:
        if body.get("agentid") != self.agent_id:
            raise ApiError(301002, "not allow operate another agent with this accesstoken")
        user = str(body.get("touser", ""))
        if user not in self.members:
            raise ApiError(81013, "user & party & tag all invalid")
        self.task_ids |= check_app_content(body, self._kind_of, self.task_ids)
        msgid = f"app{next(self._numbers):08d}"
        message = Delivered(user, msgid, body, self.now(), "message/send")
        if self._was_asked_before(body) or self._too_many(user):
            self.dropped.append(message)
        else:
            self.delivered.append(message)
        return {"msgid": msgid, "response_code": secrets.token_hex(8)}

    def add_media(self, kind: str, name: str, content: bytes) -> str:
        limits = {"image": 10, "voice": 2, "video": 10, "file": 20}
        if kind not in limits:
            raise ApiError(40004, "invalid media type")
        if not 5 < len(content) <= limits[kind] * 1024 * 1024:
            raise ApiError(40006, "invalid meida size")
        media_id = f"media-{secrets.token_hex(16)}"
        self.media[media_id] = Media(kind, name, content, self.now())
        return media_id

    def get_media(self, media_id: str) -> Media:
        found = self.media.get(media_id)
        if found is None or found.at <= self.now() - MEDIA_SECONDS:
            raise ApiError(40007, "invalid media_id")
        return found

    def _kind_of(self, media_id: str) -> str:
        return self.get_media(media_id).kind

    def got(self, user: str) -> list[Delivered]:
        """What one person was shown."""
        return [message for message in self.delivered if message.to == user]

    def _deliver(
        self, kfid: str, user: str, msgid: str, body: dict[str, Any], by: str
    ) -> dict[str, Any]:
        self.msgids.add((kfid, msgid))
        self.delivered.append(Delivered(user, msgid, body, self.now(), by))
        return {"msgid": msgid}

    def _known_account(self, kfid: str) -> None:
        if kfid not in self.accounts:
            raise ApiError(95000, "invalid open_kfid")

    def _customer(self, body: dict[str, Any]) -> Customer:
        kfid, user = str(body.get("open_kfid", "")), str(body.get("external_userid", ""))
        self._known_account(kfid)
        if (kfid, user) not in self.customers:
            raise ApiError(40096, "invalid external userid")
        return self.customers[kfid, user]

    def _new_msgid(self, kfid: str, body: dict[str, Any]) -> str:
        msgid = body.get("msgid") or f"own{next(self._numbers):08d}"
        if not isinstance(msgid, str) or not _MSGID.fullmatch(msgid):
            raise ApiError(40058, "msgid exceed max length")
        if (kfid, msgid) in self.msgids:
            raise ApiError(REPEATED_MSGID, "invalid Request Parameter, msgid duplicated")
        return msgid

    def _was_asked_before(self, body: dict[str, Any]) -> bool:
        if body.get("enable_duplicate_check") != 1:
            return False
        interval = body.get("duplicate_check_interval", 1800)
        if not isinstance(interval, int) or not 0 < interval <= 4 * HOUR:
            raise ApiError(40058, "invalid duplicate_check_interval")
        request = json.dumps(body, sort_keys=True)
        before = self._requests.get(request)
        if before is not None and before > self.now() - interval:
            return True
        self._requests[request] = self.now()
        return False

    def _too_many(self, user: str) -> bool:
        """30 a minute, 1,000 an hour for each member: WeCom says ok and drops the rest."""
        sent = self._sent_to[user]
        while sent and sent[0] <= self.now() - HOUR:
            sent.popleft()
        if len(sent) >= 1000 or sum(at > self.now() - 60 for at in sent) >= 30:
            return True
        sent.append(self.now())
        return False
