"""Passwords: argon2id, checked off the event loop, in the same time whether the account exists or not."""

import asyncio
from functools import cache

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError

from services.common.errors import FieldError, Invalid
from services.core.settings import MIN_PASSWORD

_hasher = PasswordHash.recommended()
MAX_PASSWORD = 1024


class WeakPassword(Invalid):
    code, title = "core.weak_password", "The password is too easy to guess"


@cache
def _nobody() -> str:
    """A hash of something that nobody can type, so that unknown accounts cost the same time."""
    return _hasher.hash("\x00 nobody \x00")


def hash_password(password: str) -> str:
    """The argon2id hash; takes tens of milliseconds on purpose."""
    return _hasher.hash(password)


def check_strength(password: str) -> None:
    """Raise :class:`WeakPassword` for what is short, endless, or one character over and over."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD or len(set(password)) < 4:
        raise WeakPassword(
            errors=[
                FieldError("password", f"Use at least {MIN_PASSWORD} characters, and a few different ones.")
            ]
        )


async def matches(password: str, stored: str | None) -> bool:
    """Whether ``password`` is the one behind ``stored``. An absent or empty hash matches nothing."""
    return await asyncio.to_thread(_matches, password, stored)


def _matches(password: str, stored: str | None) -> bool:
    if len(password) > MAX_PASSWORD:
        password = ""
    try:
        right = _hasher.verify(password, stored or _nobody())
    except UnknownHashError:
        return False
    return right and bool(stored)
