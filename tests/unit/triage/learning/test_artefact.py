"""Model files: equal bytes, exact return, and nothing in them that runs."""

import io
import json
import os
import pickle
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from services.triage.learning import ModelRefused, TaskModel, load, save
from services.triage.learning.artefact import _sha256

Encoder = Callable[[Sequence[str]], NDArray[np.float32]]


def test_a_model_comes_back_with_the_same_bits(model: TaskModel, encoder: Encoder, tmp_path: Path) -> None:
    path = tmp_path / "v1" / "model.skops"
    sha = save(path, {"category": model}, {"embedder": "abc"})
    bundle = load(path, sha)
    texts = ["my card", "refund", "password", "¿dónde está?"]
    assert bundle.tasks["category"].predict(texts, encoder(texts)) == model.predict(texts, encoder(texts))
    assert bundle.card["embedder"] == "abc"
    beside = json.loads((tmp_path / "v1" / "model.skops.card.json").read_text())
    assert beside["sha256"] == sha
    assert beside["tasks"]["category"]["labels"] == ["card", "login", "refund"]


def test_equal_models_are_equal_files(model: TaskModel, tmp_path: Path) -> None:
    assert save(tmp_path / "a", {"category": model}) == save(tmp_path / "b", {"category": model})


def test_no_word_of_a_ticket_is_in_the_file(model: TaskModel, tmp_path: Path) -> None:
    save(tmp_path / "m", {"category": model})
    raw = (tmp_path / "m").read_bytes()
    assert b"reimbursement" not in raw
    assert b"Monday" not in raw


def test_skops_itself_opens_the_file_with_nothing_trusted(model: TaskModel, tmp_path: Path) -> None:
    skops = pytest.importorskip("skops.io")
    save(tmp_path / "m.skops", {"category": model})
    assert skops.get_untrusted_types(file=tmp_path / "m.skops") == []
    tree = skops.load(tmp_path / "m.skops", trusted=[])
    assert np.array_equal(tree["tasks"]["category"]["alpha"], model.alpha)


@pytest.mark.hard("R-29")
@pytest.mark.parametrize("damage", ["missing", "cut", "flipped", "empty", "text"])
def test_a_damaged_file_is_refused_with_a_reason(model: TaskModel, tmp_path: Path, damage: str) -> None:
    path = tmp_path / "m.skops"
    sha = save(path, {"category": model})
    raw = path.read_bytes()
    changed = {
        "cut": raw[: len(raw) // 2],
        "flipped": raw[:999] + b"\xff" + raw[1000:],
        "empty": b"",
        "text": b"x",
    }
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(changed[damage])
    with pytest.raises(ModelRefused) as refused:
        load(path, sha)
    assert refused.value.reason
    if damage != "missing":  # even where the registry were tampered with to match
        with pytest.raises(ModelRefused):
            load(path, _sha256(path)) if damage != "flipped" else load(path, sha)


@pytest.mark.hard("R-29")
def test_an_older_schema_is_refused(
    model: TaskModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.triage.learning.artefact.SCHEMA", 0)
    sha = save(tmp_path / "m", {"category": model})
    monkeypatch.undo()
    with pytest.raises(ModelRefused, match="schema"):
        load(tmp_path / "m", sha)


class _Bomb:
    def __reduce__(self) -> tuple[Callable[..., object], tuple[str, str]]:
        return (open, (str(_MARK), "w"))


_MARK = Path(tempfile.gettempdir()) / f"triaje-bomb-{os.getpid()}"


def _zip(schema: dict[str, object], **parts: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("_npy", ".npy"), content)
        archive.writestr("schema.json", json.dumps(schema))
    return buffer.getvalue()


def _object_array() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.array([_Bomb()], dtype=object), allow_pickle=True)
    return buffer.getvalue()


def _malicious() -> dict[str, bytes]:
    call = {
        "__class__": "system",
        "__module__": "posix",
        "__loader__": "FunctionNode",
        "content": {},
        "protocol": 2,
    }
    array = {"__class__": "ndarray", "__module__": "numpy", "__loader__": "NdArrayNode", "type": "numpy"}
    keys = {"__class__": "list", "__module__": "builtins", "__loader__": "ListNode", "content": []}
    return {
        "pickle": pickle.dumps(_Bomb()),
        "function": _zip(call),
        "object array": _zip(
            {
                "__class__": "dict",
                "__module__": "builtins",
                "__loader__": "DictNode",
                "key_types": keys,
                "content": {"a": array | {"file": "0.npy"}},
                "protocol": 2,
            },
            **{"0_npy": _object_array()},
        ),
        "reduce node": _zip(
            call | {"__class__": "SVC", "__module__": "sklearn.svm", "__loader__": "ReduceNode"}
        ),
    }


@pytest.mark.hard("S-42")
@pytest.mark.parametrize("kind", ["pickle", "function", "object array", "reduce node"])
def test_a_malicious_file_is_refused_and_nothing_in_it_runs(kind: str, tmp_path: Path) -> None:
    _MARK.unlink(missing_ok=True)
    path = tmp_path / "m.skops"
    path.write_bytes(_malicious()[kind])
    with pytest.raises(ModelRefused):
        load(path, _sha256(path))
    assert not _MARK.exists()


def test_serving_does_not_import_torch_or_scikit_learn() -> None:
    import subprocess
    import sys

    heavy = "('torch','sklearn','skops')"
    code = f"import sys, services.triage.learning as l; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
