"""Settings from the environment, read once. Everything that is wrong is said in one list."""

import os
import secrets
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self, Union
from urllib.parse import urlsplit

import msgspec

from services.common.outside import networks

PREFIX = "TRIAJE_"


class SettingsError(Exception):
    """The environment does not make valid settings; ``problems`` has a sentence for each variable."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the kernel needs to know. A field ``url`` is the variable ``TRIAJE_URL``.

    ``database`` is a SQLAlchemy URL with the placeholders ``{data}`` and ``{service}``: one database a
    service. ``peers`` maps a service to its base URL (``name=url,name=url``); a service that is not in it
    runs in this process. Empty ``redis`` and ``qdrant`` choose the embedded implementations.
    ``outside_allowed`` are private networks (``10.0.0.0/8,…``) that calls to given addresses may enter.
    """

    url: str = "http://127.0.0.1:8000"
    data: Path = Path("var")
    database: str = "sqlite:///{data}/{service}.db"
    redis: str = ""
    qdrant: str = ""
    qdrant_key: str = ""
    embedder: str = ""
    secret: str = ""
    peers: dict[str, str] = {}
    chat_url: str = ""
    chat_model: str = ""
    chat_key: str = ""
    smtp: str = ""
    mail_from: str = "support@localhost"
    log_level: str = "INFO"
    log_json: bool = False
    metrics_token: str = ""
    max_body_mb: int = 26
    worker_threads: int = 4
    outside_allowed: str = ""

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read ``TRIAJE_*`` from ``environ`` (the process's own unless given).

        Raises :class:`SettingsError` with every problem at once. Where no secret is set, one is made and
        kept in the data folder, readable by its owner only.
        """
        env = os.environ if environ is None else environ
        values: dict[str, Any] = {}
        problems: list[str] = []
        hints = typing.get_type_hints(cls)
        for field in msgspec.structs.fields(cls):
            name = PREFIX + field.name.upper()
            raw = env.get(name)
            if raw is None or raw == "":
                continue
            try:
                values[field.name] = _parse(raw, hints[field.name])
            except ValueError as error:
                problems.append(f"{name}: {error}")
        problems += _unreasonable(values)
        if problems:
            raise SettingsError(problems)
        settings = cls(**values)
        if not settings.secret:
            settings = msgspec.structs.replace(settings, secret=_kept_secret(settings.data))
        return settings

    def database_url(self, service: str) -> str:
        """The SQLAlchemy URL of a service's own database."""
        return self.database.format(data=self.data, service=service)

    @property
    def secure(self) -> bool:
        """Whether people reach the desk over https, so that cookies may insist on it."""
        return self.url.startswith("https://")

    @property
    def embedded(self) -> bool:
        """Whether every service runs in this process."""
        return not self.peers


def _parse(raw: str, kind: Any) -> Any:
    origin = typing.get_origin(kind)
    if origin in (Union, types.UnionType):
        kind = next(k for k in typing.get_args(kind) if k is not type(None))
    if kind is bool:
        if raw.lower() in {"1", "true", "yes", "on"}:
            return True
        if raw.lower() in {"0", "false", "no", "off"}:
            return False
        raise ValueError(f"expected yes or no, got {raw!r}")
    if kind in (int, float):
        try:
            return kind(raw)
        except ValueError:
            raise ValueError(f"expected a number, got {raw!r}") from None
    if kind is Path:
        return Path(raw)
    if origin is dict:
        pairs = [part.partition("=") for part in raw.split(",") if part.strip()]
        if any(not sep or not value for _, sep, value in pairs):
            raise ValueError("expected name=url,name=url")
        return {name.strip(): value.strip().rstrip("/") for name, _, value in pairs}
    return raw


def _unreasonable(values: dict[str, Any]) -> list[str]:
    problems = []
    for key, schemes in (
        ("url", {"http", "https"}),
        ("redis", {"redis", "rediss", "unix"}),
        ("qdrant", {"http", "https"}),
        ("chat_url", {"http", "https"}),
    ):
        if (value := values.get(key)) and urlsplit(value).scheme not in schemes:
            wanted = " or ".join(sorted(schemes))
            problems.append(
                f"{PREFIX}{key.upper()}: expected an address that begins with {wanted}, got {value!r}"
            )
    if (database := values.get("database")) and not database.startswith(
        ("sqlite:///", "postgresql+asyncpg://")
    ):
        problems.append(f"{PREFIX}DATABASE: expected sqlite:///… or postgresql+asyncpg://…")
    elif database and "{service}" not in database:
        problems.append(f"{PREFIX}DATABASE: needs the placeholder {{service}}, one database a service")
    try:
        networks(values.get("outside_allowed", ""))
    except ValueError as error:
        problems.append(f"{PREFIX}OUTSIDE_ALLOWED: {error}")
    if (level := values.get("log_level")) and level.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        problems.append(f"{PREFIX}LOG_LEVEL: expected DEBUG, INFO, WARNING or ERROR, got {level!r}")
    if (secret := values.get("secret")) and len(secret) < 32:
        problems.append(f"{PREFIX}SECRET: needs at least 32 characters")
    if values.get("peers") and not values.get("secret"):
        problems.append(f"{PREFIX}SECRET: must be set, and the same, where services run apart")
    return problems


def _kept_secret(data: Path) -> str:
    path = data / "secret"
    if path.exists():
        return path.read_text().strip()
    data.mkdir(parents=True, exist_ok=True)
    secret = secrets.token_urlsafe(48)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(secret)
    return secret
