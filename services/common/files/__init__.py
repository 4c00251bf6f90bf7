"""Files: attachments, raw mail, artefacts. Names from outside never reach the file system."""

import asyncio
import hashlib
import os
import re
from pathlib import Path

from services.common.errors import NotFound
from services.common.ids import uuid7

_KEY = re.compile(r"[0-9a-f]{32}")


class Files:
    """A folder of immutable files under random keys; a write is on disk before its key is given out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def put(self, content: bytes) -> str:
        """Store ``content`` and return its key."""
        key = uuid7().hex
        await asyncio.to_thread(self._write, self._path(key), content)
        return key

    async def get(self, key: str) -> bytes:
        """The bytes behind ``key``; raises :class:`NotFound`."""
        try:
            return await asyncio.to_thread(self._path(key).read_bytes)
        except FileNotFoundError as error:
            raise NotFound("The file is gone.") from error

    async def delete(self, key: str) -> None:
        """Forget a file; one that is gone already is no error."""
        await asyncio.to_thread(self._path(key).unlink, missing_ok=True)

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise NotFound("The file is gone.")
        return self.folder / key[-2:] / key

    @staticmethod
    def _write(path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".part")
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)


def sha256(content: bytes) -> str:
    """The SHA-256 of ``content`` in hex."""
    return hashlib.sha256(content).hexdigest()
