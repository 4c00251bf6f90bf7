"""A skops archive of plain arrays, written and read without importing skops.

The files are what `skops.io.load` opens with nothing trusted (a test does it), and two things differ from
`skops.io.dump`: equal content gives equal bytes (skops names parts after memory addresses and stamps the
time), and importing `skops.io` pulls in PyTorch, 200 MB that a process which only serves does not need. The
reader accepts dictionaries, strings and numeric arrays, each named in `TRUSTED`; everything else in the
archive is refused before it is looked at.
"""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .types import ModelRefused

PROTOCOL = 2
TRUSTED = frozenset(
    {
        ("builtins", "dict", "DictNode"),
        ("builtins", "str", "JsonNode"),
        ("numpy", "ndarray", "NdArrayNode"),
    }
)
DTYPES = frozenset({"<f2", "<f4", "<f8", "<i4", "<i8"})
_LARGEST = 2 << 30
_EPOCH = (1980, 1, 1, 0, 0, 0)

Tree = dict[str, "Tree | str | NDArray[Any]"]


def write(path: Path, tree: Tree) -> None:
    """Write a tree of dictionaries, strings and arrays; equal trees give equal files."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        writer = _Writer(archive)
        schema = writer.node(tree)
        schema |= {"protocol": PROTOCOL, "_skops_version": "0.16.0"}
        writer.part("schema.json", json.dumps(schema).encode())


def read(path: Path) -> Tree:
    """Read what `write` wrote; ModelRefused for anything else, damaged or not ours."""
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(part.file_size for part in archive.infolist()) > _LARGEST:
                raise ModelRefused("the model file unpacks to more than 2 GiB")
            schema = json.loads(archive.read("schema.json"))
            if not isinstance(schema, dict) or schema.get("protocol") != PROTOCOL:
                raise ModelRefused("the model file follows another version of the format")
            _inspect(schema)
            tree = _build(schema, archive)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, EOFError, RecursionError, TypeError) as error:
        raise ModelRefused(f"the model file cannot be read: {type(error).__name__}") from error
    if not isinstance(tree, dict):
        raise ModelRefused("the model file does not hold a model")
    return tree


class _Writer:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._count = 0

    def part(self, name: str, content: bytes) -> None:
        self._archive.writestr(zipfile.ZipInfo(name, _EPOCH), content)

    def node(self, value: "Tree | str | NDArray[Any]") -> dict[str, Any]:
        number = self._count
        self._count += 1
        if isinstance(value, str):
            return _head("builtins", "str", "JsonNode", number) | {
                "content": json.dumps(value),
                "is_json": True,
            }
        if isinstance(value, dict):
            return _head("builtins", "dict", "DictNode", number) | {
                "content": {key: self.node(child) for key, child in value.items()},
                "key_types": self._keys(len(value)),
            }
        buffer = io.BytesIO()
        np.lib.format.write_array(buffer, np.ascontiguousarray(value), allow_pickle=False)
        name = f"{number}.npy"
        self.part(name, buffer.getvalue())
        return _head("numpy", "ndarray", "NdArrayNode", number) | {"type": "numpy", "file": name}

    def _keys(self, count: int) -> dict[str, Any]:
        number = self._count
        self._count += 2
        kind = _head("builtins", "str", "TypeNode", number)
        return _head("builtins", "list", "ListNode", number + 1) | {"content": [kind] * count}


def _head(module: str, name: str, loader: str, number: int) -> dict[str, Any]:
    return {"__class__": name, "__module__": module, "__loader__": loader, "__id__": number}


def _inspect(node: Any) -> None:
    """Walk the whole schema before any part is opened; refuse on the first type that is not on the list."""
    found = (node["__module__"], node["__class__"], node["__loader__"])
    if found not in TRUSTED:
        raise ModelRefused(f"the model file holds a type that is not trusted: {found[0]}.{found[1]}")
    if found[1] == "dict":
        keys = node["key_types"]
        wanted = ("builtins", "list", "ListNode")
        if (keys["__module__"], keys["__class__"], keys["__loader__"]) != wanted:
            raise ModelRefused("the model file holds a dictionary with strange keys")
        for key in keys["content"]:
            if (key["__module__"], key["__class__"], key["__loader__"]) != ("builtins", "str", "TypeNode"):
                raise ModelRefused("the model file holds a dictionary with strange keys")
        for child in node["content"].values():
            _inspect(child)


def _build(node: dict[str, Any], archive: zipfile.ZipFile) -> "Tree | str | NDArray[Any]":
    if node["__class__"] == "dict":
        return {key: _build(child, archive) for key, child in node["content"].items()}
    if node["__class__"] == "str":
        text = json.loads(node["content"])
        if not isinstance(text, str):
            raise ModelRefused("the model file holds a string that is none")
        return text
    if node.get("type") != "numpy":
        raise ModelRefused("the model file holds an array of objects")
    with archive.open(node["file"]) as part:
        array: NDArray[Any] = np.lib.format.read_array(part, allow_pickle=False)
    if array.dtype.str not in DTYPES or not np.isfinite(array).all():
        raise ModelRefused("the model file holds an array that is not numbers")
    return array
