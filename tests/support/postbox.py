"""A mail server of the tests: takes what it is given, refuses or hangs when it is told to."""

import asyncio
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP


@dataclass
class Postbox:
    """``answers`` maps a recipient to what the server says to it; ``hangs`` keeps it silent."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    hangs: bool = False
    tried: int = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        self.tried += 1
        if self.hangs:
            await asyncio.sleep(60)
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"


async def opened() -> tuple[Postbox, asyncio.Server]:
    """A server on a free port of loopback; close it at the end."""
    box = Postbox()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(box, hostname="mx.test", enable_SMTPUTF8=True, loop=loop), "127.0.0.1", 0
    )
    box.port = server.sockets[0].getsockname()[1]
    return box, server
