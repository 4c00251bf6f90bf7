"""Model files: ``<data>/models/triage/<version>/model.skops`` with its card beside it.

The hash in the registry row is the authority. A file that does not have it is not opened, and what is opened
is read by skops with an explicit list of types: nothing in a model file is ever executed.
"""

import hashlib
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from services.triage.learning.types import ModelRefused

FILE = "model.skops"
_VERSION = re.compile(r"^v[0-9]{1,9}$")


@dataclass(frozen=True)
class Loaded:
    """A model in memory. ``tasks`` maps a task to its engine model."""

    version: str
    sha256: str
    fingerprint: str
    tasks: dict[str, Any]


@dataclass(frozen=True)
class Draft:
    """A model that is on disk and has no version yet."""

    folder: Path
    sha256: str
    loaded: Loaded


class Artefacts:
    """The folder of model files."""

    def __init__(self, data: Path) -> None:
        self.folder = data / "models" / "triage"

    def path(self, version: str) -> Path:
        """The file of ``version``; raises ``ModelRefused`` for a name that is none."""
        if not _VERSION.match(version):
            raise ModelRefused("not the name of a version")
        return self.folder / version / FILE

    def save(self, tasks: dict[str, Any], card: dict[str, Any], job: str) -> Draft:
        """Write a model to a scratch folder of ``job`` and read it back as it will serve.

        What is judged, certified and replayed is what the file gives, not what lay in memory before: numbers
        are stored shorter than they were fitted.
        """
        from services.triage.learning.artefact import save

        scratch = self.folder / f".{job}.part"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        sha256 = save(scratch / FILE, tasks, card=card)
        loaded = self._read(scratch / FILE, "challenger", sha256, str(card.get("embedder", "")))
        return Draft(scratch, sha256, loaded)

    def keep(self, draft: Draft, version: str, metrics: bytes) -> None:
        """Give a judged draft its version; the files appear under it at once and whole.

        A folder that a killed run left behind is replaced: no row points at it.
        """
        final = self.path(version).parent
        (draft.folder / "metrics.json").write_bytes(metrics)
        shutil.rmtree(final, ignore_errors=True)
        draft.folder.rename(final)

    def drop(self, draft: Draft) -> None:
        """Throw a draft away."""
        shutil.rmtree(draft.folder, ignore_errors=True)

    def remove(self, versions: Sequence[str]) -> None:
        """Delete the files of versions; one that is gone already is no error."""
        for version in versions:
            shutil.rmtree(self.path(version).parent, ignore_errors=True)

    def load(self, version: str, sha256: str, fingerprint: str) -> Loaded:
        """Read a version; raises ``ModelRefused`` where it is missing, altered or of another schema."""
        path = self.path(version)
        if not path.is_file() or path.is_symlink():
            raise ModelRefused("its file is missing")
        return self._read(path, version, sha256, fingerprint)

    def _read(self, path: Path, version: str, sha256: str, fingerprint: str) -> Loaded:
        from services.triage.learning.artefact import load
        from services.triage.learning.threads import one_thread

        one_thread()
        try:
            bundle = load(path, sha256)
        except OSError as error:
            raise ModelRefused(f"its file cannot be read ({error.strerror})") from error
        loaded = Loaded(version, sha256, fingerprint, dict(bundle.tasks))
        _probe(loaded)
        return loaded

    def problem(self, version: str, sha256: str) -> str:
        """Why a version cannot be loaded, without loading it; empty where its file is what it was."""
        try:
            path = self.path(version)
            if not path.is_file() or path.is_symlink():
                return "its file is missing"
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except ModelRefused as error:
            return error.reason
        except OSError as error:
            return f"its file cannot be read ({error.strerror})"
        return "" if found == sha256 else "its file was altered"


def _probe(loaded: Loaded) -> None:
    """Let a model speak once before it may serve: what fails now would fail on every ticket."""
    for task, model in loaded.tasks.items():
        try:
            nothing = np.zeros((1, len(model.dense.centre)), np.float32)
            model.predict(["probe"], nothing, [""])
        except Exception as error:  # a file of another release can be wrong in any way
            raise ModelRefused(f"it cannot predict {task} ({type(error).__name__})") from error
