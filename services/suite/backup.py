"""The whole desk in one file, taken while it runs, and put back.

A backup has a consistent copy of every database, the files, the models and the secret. The search index is not
in it: it is made again from the databases. Core is copied first, so that what other services know of a later
ticket is only ever too much: an event that the copy of core has not delivered yet is delivered after a restore,
and one that arrives twice is taken once.
"""

import hashlib
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import msgspec
import sqlalchemy as sa
from filelock import FileLock, Timeout

from services.common.errors import DeskError
from services.common.settings import Settings
from services.suite.runtime import WITH_DATABASE

MANIFEST = "manifest.json"
FORMAT = 1
KEPT = ("files", "models", "secret")
"""What of the data folder goes along; ``vectors`` and the portal's sessions are made again."""
FRESH = ("secret", "kb")
"""What an empty data folder gets by being looked at: a secret of its own, and the lock of the index."""


class BackupFailed(DeskError):
    code, title = "suite.backup_failed", "The backup could not be made"


class RestoreRefused(DeskError):
    code, title = "suite.restore_refused", "The backup was not put back"


class Manifest(msgspec.Struct, kw_only=True):
    """What a backup says of itself; ``sha256`` by name inside the archive."""

    format: int
    version: str
    made_at: datetime
    database: str
    sha256: dict[str, str]


def back_up(settings: Settings, target: Path, at: datetime) -> Manifest:
    """Write the backup to ``target`` (a gzipped tar, readable by its owner only) and return its manifest.

    Raises :class:`BackupFailed`; a target that was there stays as it was then.
    """
    partial = target.with_name(f"{target.name}.part")
    dialect = sa.make_url(settings.database_url("core")).get_backend_name()
    with tempfile.TemporaryDirectory(prefix="triaje-backup-") as scratch:
        names = [_copied(settings, service, Path(scratch)) for service in WITH_DATABASE]
        names += [file for kept in KEPT for file in _files(settings.data, kept)]
        hashes: dict[str, str] = {}
        try:
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as out, tarfile.open(fileobj=out, mode="w:gz") as archive:
                for path, name in names:
                    hashes[name] = _sha256(path)
                    archive.add(path, arcname=name, recursive=False)
                manifest = Manifest(
                    format=FORMAT, version=version("triaje"), made_at=at, database=dialect, sha256=hashes
                )
                note = Path(scratch) / MANIFEST
                note.write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))
                archive.add(note, arcname=MANIFEST)
            os.replace(partial, target)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise BackupFailed(f"{target} cannot be written: {error.strerror or error}.") from error
    return manifest


def _copied(settings: Settings, service: str, scratch: Path) -> tuple[Path, str]:
    """A consistent copy of one service's database, and its name in the archive."""
    url = sa.make_url(settings.database_url(service))
    if url.get_backend_name() == "postgresql":
        return _dumped(url, service, scratch), f"databases/{service}.dump"
    source = Path(str(url.database))
    if not source.exists():
        raise BackupFailed(f"There is no desk in {settings.data}: {source.name} is missing.")
    copy = scratch / f"{service}.db"
    try:
        with _sqlite(source) as original, _sqlite(copy) as twin:
            original.backup(twin, pages=2_000, sleep=0.01)
    except sqlite3.Error as error:
        raise BackupFailed(f"{source.name} cannot be copied: {error}.") from error
    return copy, f"databases/{service}.db"


@contextmanager
def _sqlite(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path, timeout=30)
    try:
        yield connection
    finally:
        connection.close()


def _dumped(url: sa.URL, service: str, scratch: Path) -> Path:
    target = scratch / f"{service}.dump"
    _postgres("pg_dump", url, "--format=custom", "--no-owner", f"--file={target}", failed=BackupFailed)
    return target


def _postgres(tool: str, url: sa.URL, *arguments: str, failed: type[DeskError]) -> None:
    """Run one of PostgreSQL's own tools; the password goes by the environment, where no listing shows it."""
    program = shutil.which(tool)
    if program is None:
        raise failed(f"{tool} is not on the path; it comes with PostgreSQL's client packages.")
    plain = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    env = {**os.environ, "PGPASSWORD": str(url.password)} if url.password else dict(os.environ)
    done = subprocess.run(  # noqa: S603
        [program, *arguments, f"--dbname={plain}"], check=False, env=env, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise failed(f"{tool} failed: {done.stderr.strip()[-300:]}")


def _files(data: Path, kept: str) -> Iterator[tuple[Path, str]]:
    top = data / kept
    if top.is_file():
        yield top, f"data/{kept}"
    for path in sorted(top.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.suffix != ".part":
            yield path, f"data/{path.relative_to(data).as_posix()}"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def restore(settings: Settings, source: Path, at: datetime, *, force: bool = False) -> Manifest:
    """Put a backup in place of what is there, after every byte of it has been checked.

    A desk that is there already is refused, or with ``force`` moved aside into the data folder. Raises
    :class:`RestoreRefused`, and nothing has changed then.
    """
    data = settings.data
    data.mkdir(parents=True, exist_ok=True)
    with _nobody_serves(data), tempfile.TemporaryDirectory(prefix=".restore-", dir=data) as scratch:
        manifest = _unpacked(source, Path(scratch))
        dialect = sa.make_url(settings.database_url("core")).get_backend_name()
        if manifest.database != dialect:
            raise RestoreRefused(
                f"The backup is of {manifest.database} databases and TRIAJE_DATABASE names {dialect}."
            )
        if dialect == "postgresql" and not force:
            raise RestoreRefused("PostgreSQL's databases are replaced, not moved aside. --force does so.")
        present = [path for path in _places(settings) if path.exists()]
        if any(path.name not in FRESH for path in present) and not force:
            raise RestoreRefused(f"There is a desk in {data} already. --force moves it aside first.")
        aside = data / f"before-restore-{at:%Y%m%d-%H%M%S}"
        for path in present:
            aside.mkdir(exist_ok=True, mode=0o700)
            shutil.move(path, aside / path.name)
        for service in WITH_DATABASE:
            _put_back(settings, service, Path(scratch))
        for kept in KEPT:
            if (unpacked := Path(scratch) / "data" / kept).exists():
                shutil.move(unpacked, data / kept)
    return manifest


@contextmanager
def _nobody_serves(data: Path) -> Iterator[None]:
    """Hold what a running desk holds, or refuse."""
    (data / "vectors" / "kb").mkdir(parents=True, exist_ok=True)
    lock = FileLock(data / "vectors" / "kb" / ".lock", timeout=0)
    try:
        with lock:
            yield
    except Timeout:
        raise RestoreRefused(f"A desk is running on {data}. Stop it first.") from None


def _unpacked(source: Path, scratch: Path) -> Manifest:
    """The archive in a folder of its own, with every file checked against the manifest."""
    try:
        with tarfile.open(source, "r:*") as archive:
            archive.extractall(scratch, filter="data")
        manifest = msgspec.json.decode((scratch / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, EOFError, tarfile.TarError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        why = str(error).splitlines()[0].rstrip(":")
        raise RestoreRefused(f"{source} is no backup of Triaje, or a damaged one ({why}).") from error
    if manifest.format > FORMAT:
        raise RestoreRefused(
            f"The backup is of a newer Triaje ({manifest.version}); this is {version('triaje')}."
        )
    for name, expected in manifest.sha256.items():
        path = scratch / name
        if not path.is_file() or _sha256(path) != expected:
            raise RestoreRefused(f"{source} is damaged: {name} is not what it was.")
    return manifest


def _places(settings: Settings) -> list[Path]:
    """What a restore replaces in the data folder."""
    places = [settings.data / name for name in KEPT]
    places += [path for name in ("vectors", "portal") for path in (settings.data / name).glob("*")]
    for service in WITH_DATABASE:
        url = sa.make_url(settings.database_url(service))
        if url.get_backend_name() == "sqlite":
            file = Path(str(url.database))
            places += [file, *(file.with_name(f"{file.name}{end}") for end in ("-wal", "-shm"))]
    return places


def _put_back(settings: Settings, service: str, scratch: Path) -> None:
    url = sa.make_url(settings.database_url(service))
    if url.get_backend_name() == "sqlite":
        target = Path(str(url.database))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(scratch / "databases" / f"{service}.db", target)
        return
    dump = scratch / "databases" / f"{service}.dump"
    arguments = ("--clean", "--if-exists", "--no-owner", "--exit-on-error", "--single-transaction")
    _postgres("pg_restore", url, *arguments, str(dump), failed=RestoreRefused)
