"""WeCom's side of a callback: encrypts and signs it, written from the description, not from ours.

developer.work.weixin.qq.com, 加解密方案说明: AES-256-CBC, iv = the key's first 16 bytes, PKCS#7 to
blocks of 32; plain text = 16 random bytes, length (4 bytes, big endian), message, receiver's id.
"""

from __future__ import annotations

import base64
import hashlib
import os
import struct
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32


@dataclass(frozen=True)
class Envelope:
    """A callback as it is sent: query and body."""

    query: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class CallbackKeys:
    """What the admin console shows, known to both sides."""

    corp_id: str
    token: str
    aes_key: str

    @property
    def key(self) -> bytes:
        return base64.b64decode(self.aes_key + "=")

    def encrypt(self, message: bytes, receiver: str | None = None) -> str:
        """`message` for `receiver` (the company if left out), in base64."""
        tail = (self.corp_id if receiver is None else receiver).encode()
        plain = os.urandom(16) + struct.pack(">I", len(message)) + message + tail
        missing = BLOCK - len(plain) % BLOCK
        return self.encrypt_raw(plain + bytes([missing]) * missing)

    def encrypt_raw(self, plain: bytes) -> str:
        """Any whole blocks, also such as nobody can read."""
        encryptor = Cipher(algorithms.AES(self.key), modes.CBC(self.key[:16])).encryptor()
        return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()

    def decrypt(self, encrypted: str) -> bytes:
        """The message inside."""
        decryptor = Cipher(algorithms.AES(self.key), modes.CBC(self.key[:16])).decryptor()
        plain = decryptor.update(base64.b64decode(encrypted)) + decryptor.finalize()
        (length,) = struct.unpack(">I", plain[16:20])
        return plain[20 : 20 + length]

    def sign(self, encrypted: str, timestamp: int, nonce: str = "1372623149") -> dict[str, str]:
        """The query that goes with `encrypted`."""
        parts = sorted([self.token, str(timestamp), nonce, encrypted])
        signature = hashlib.sha1("".join(parts).encode()).hexdigest()  # noqa: S324
        return {"msg_signature": signature, "timestamp": str(timestamp), "nonce": nonce}

    def seal(self, message: bytes, timestamp: int, agent_id: int | str = "") -> Envelope:
        """A callback with `message` inside."""
        encrypted = self.encrypt(message)
        body = (
            f"<xml><ToUserName><![CDATA[{self.corp_id}]]></ToUserName>"
            f"<AgentID><![CDATA[{agent_id}]]></AgentID>"
            f"<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
        )
        return Envelope(self.sign(encrypted, timestamp), body.encode())

    def sign_anew(self, envelope: Envelope, timestamp: int) -> Envelope:
        """The same callback, sent again later."""
        encrypted = envelope.body.partition(b"<Encrypt><![CDATA[")[2].partition(b"]]>")[0]
        return Envelope(self.sign(encrypted.decode(), timestamp), envelope.body)


def xml_of(fields: dict[str, object]) -> bytes:
    """A message as WeCom writes it: numbers bare, texts in CDATA; lists repeat their element."""
    return f"<xml>{_children(fields)}</xml>".encode()


def _children(fields: dict[str, object]) -> str:
    return "".join(_element(name, value) for name, value in fields.items())


def _element(name: str, value: object) -> str:
    if isinstance(value, list):
        return "".join(_element(name, each) for each in value)
    if isinstance(value, dict):
        return f"<{name}>{_children(value)}</{name}>"
    if isinstance(value, int):
        return f"<{name}>{value}</{name}>"
    text = str(value).replace("]]>", "]]]]><![CDATA[>")
    return f"<{name}><![CDATA[{text}]]></{name}>"
