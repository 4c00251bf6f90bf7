"""Carrying mail to the server: by SMTP where one is set, kept on this machine where none is."""

import asyncio
import ssl
import time
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aiosmtplib
from msgspec import Struct

from services.common.ids import uuid7
from services.common.settings import Settings
from services.common.text import single_line

TIMEOUT = 15.0  # seconds for a step of the conversation; a server that hangs must not hold a worker
WHOLE = 30.0  # seconds for all of it
AWAY = 20.0  # seconds in which nobody else tries a server that did not answer
LOOP = "X-Triaje-Loop"
"""On mail that no person wrote: what comes back with it is not answered."""


class Refused(Exception):
    """The server said no for good (5xx) to this mail; nothing is gained by asking again."""


class NotNow(Exception):
    """The server cannot be reached, hangs, or asks for patience (4xx). ``tried`` is False where it was left alone."""

    def __init__(self, reason: str, *, tried: bool = True) -> None:
        super().__init__(reason)
        self.tried = tried


class Server(Struct, frozen=True):
    """Where mail goes: ``smtp://[user:password@]host[:port]`` or ``smtps://…``."""

    host: str
    port: int
    tls: bool
    user: str | None = None
    password: str | None = None

    @classmethod
    def of(cls, url: str) -> "Server":
        parts = urlsplit(url)
        tls = parts.scheme == "smtps"
        port = parts.port or (465 if tls else 587 if parts.username else 25)
        user, word = parts.username, parts.password
        return cls(
            parts.hostname or "localhost",
            port,
            tls,
            unquote(user) if user else None,
            unquote(word) if word else None,
        )


class Outgoing:
    """The way out. Without a server, ``keep`` writes what has no row of its own into ``data/outbox``."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._server = Server.of(settings.smtp) if settings.smtp else None
        self._away_until = 0.0

    @property
    def reaches(self) -> bool:
        """Whether there is a server."""
        return self._server is not None

    @property
    def domain(self) -> str:
        """The domain of the desk's own address."""
        return self._settings.mail_from.rpartition("@")[2] or "localhost"

    async def send(self, to: str, subject: str, text: str) -> None:
        """Send one plain message of the desk's own, such as a link to sign in; raises like :meth:`carry`."""
        mail = EmailMessage()
        mail["From"] = self._settings.mail_from
        mail["To"] = single_line(to, 320)
        mail["Subject"] = single_line(subject)
        mail["Message-ID"] = make_msgid(domain=self.domain)
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(text)
        if self.reaches:
            await self.carry(mail, to)
        else:
            await asyncio.to_thread(self._keep, mail)

    async def carry(self, mail: EmailMessage, to: str) -> None:
        """Hand ``mail`` to the server; raises :class:`Refused` or :class:`NotNow`."""
        server = self._server
        if server is None:
            raise NotNow("No server is set.", tried=False)
        if time.monotonic() < self._away_until:
            raise NotNow("The server did not answer a moment ago.", tried=False)
        try:
            async with asyncio.timeout(WHOLE):
                await self._talk(server, mail, to)
        except (aiosmtplib.SMTPAuthenticationError, aiosmtplib.SMTPNotSupported) as error:
            raise NotNow(_said(error)) from error  # the desk's own settings are wrong, not the mail
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _verdict(error.recipients[0]) from error
        except aiosmtplib.SMTPConnectResponseError as error:
            raise self._gone(error) from error
        except aiosmtplib.SMTPResponseException as error:
            raise _verdict(error) from error
        except (aiosmtplib.SMTPException, OSError, ssl.SSLError, TimeoutError) as error:
            raise self._gone(error) from error

    async def _talk(self, server: Server, mail: EmailMessage, to: str) -> None:
        context = ssl.create_default_context()
        if server.user is None and not server.tls:  # a relay nearby: encrypted where it can be, as mail is
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        await aiosmtplib.send(
            mail,
            sender=self._settings.mail_from,
            recipients=[to],
            hostname=server.host,
            port=server.port,
            use_tls=server.tls,
            start_tls=True if server.user and not server.tls else None,
            username=server.user,
            password=server.password,
            tls_context=context,
            timeout=TIMEOUT,
        )

    def _gone(self, error: BaseException) -> NotNow:
        self._away_until = time.monotonic() + AWAY
        return NotNow(_said(error))

    def _keep(self, mail: EmailMessage) -> None:
        folder = Path(self._settings.data) / "outbox"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{uuid7().hex}.eml").write_bytes(mail.as_bytes())


def _verdict(error: aiosmtplib.SMTPResponseException) -> Exception:
    return Refused(_said(error)) if error.code >= 500 else NotNow(_said(error))


def _said(error: BaseException) -> str:
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return single_line(f"{error.code} {error.message}", 500)
    return single_line(f"{type(error).__name__}: {error}", 500)
