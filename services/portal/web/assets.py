"""Where the bundled files are: names without hashes to addresses with them."""

import time
from pathlib import Path

import msgspec

DIST = Path(__file__).resolve().parent.parent / "static" / "dist"
BASE = "/static/dist/"
LOOKED = 1.0  # seconds for which a manifest is taken for unchanged: a page names some forty files


class Assets:
    """Reads the bundle's manifest; again when a new bundle has been written."""

    def __init__(self, dist: Path = DIST) -> None:
        self._manifest = dist / "manifest.json"
        self._names: dict[str, str] = {}
        self._read_at = 0
        self._looked_at = float("-inf")

    def __call__(self, name: str) -> str:
        """The address of ``name``. Raises RuntimeError with what to do where there is no bundle."""
        if (now := time.monotonic()) - self._looked_at > LOOKED:
            self._look()
            self._looked_at = now
        return BASE + self._names[name]

    def _look(self) -> None:
        try:
            changed = self._manifest.stat().st_mtime_ns
        except FileNotFoundError:
            raise RuntimeError("There is no bundle: run `python -m services.portal.build`.") from None
        if changed != self._read_at:
            self._names = msgspec.json.decode(self._manifest.read_bytes(), type=dict[str, str])
            self._read_at = changed
