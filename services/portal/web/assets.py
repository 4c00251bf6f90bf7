"""Where the bundled files are: names without hashes to addresses with them."""

from pathlib import Path

import msgspec

DIST = Path(__file__).resolve().parent.parent / "static" / "dist"
BASE = "/static/dist/"


class Assets:
    """Reads the bundle's manifest; again when a new bundle has been written."""

    def __init__(self, dist: Path = DIST) -> None:
        self._manifest = dist / "manifest.json"
        self._names: dict[str, str] = {}
        self._read_at = 0

    def __call__(self, name: str) -> str:
        """The address of ``name``. Raises SystemExit with what to do where there is no bundle."""
        try:
            changed = self._manifest.stat().st_mtime_ns
        except FileNotFoundError:
            raise RuntimeError("There is no bundle: run `python -m services.portal.build`.") from None
        if changed != self._read_at:
            self._names = msgspec.json.decode(self._manifest.read_bytes(), type=dict[str, str])
            self._read_at = changed
        return BASE + self._names[name]
