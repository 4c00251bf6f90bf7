"""The encoder without PyTorch: a tokenizer and an ONNX graph, one text a run, on the thread that asks.

Dynamic int8 scales activations over the whole batch, so a vector would depend on its neighbours and a decision could
not be replayed. One text a run on one thread is bit-equal over threads and sessions.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import onnxruntime as ort  # type: ignore[import-untyped]

from services.common.ai.embedder import CONFIG_FILE
from services.common.ai.unigram import Markers, UnigramTokenizer

Floats = npt.NDArray[np.float32]

WEIGHTS_FILE: Final = "model.onnx"
MANIFEST_FILE: Final = "manifest.json"
# A token of this vocabulary has at most 16 characters in practice; what lies beyond can only be cut off, and
# tokenising five megabytes to throw them away would hold a core for seconds.
CHARACTERS_PER_TOKEN: Final = 32


class OnnxEngine:
    """Text to normalised vector by the files of one folder.

    Safe to call from several threads at once: each run stays on its caller's thread.
    """

    def __init__(self, folder: Path) -> None:
        config = json.loads((folder / CONFIG_FILE).read_text("utf-8"))
        self.max_tokens: int = config["max_seq_length"]
        self.dimensions: int = config["dimensions"]
        self._tokenizer = UnigramTokenizer(folder, Markers(**config["markers"]))
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
        self._session = ort.InferenceSession(
            str(folder / WEIGHTS_FILE),
            options,
            providers=["CPUExecutionProvider"],
            # The fused kernel is scalar code: 4.4 ms of a run of 45 tokens, where its two parts take 1.5.
            disabled_optimizers=["SkipLayerNormFusion"],
        )

    def tokens(self, text: str) -> list[int]:
        """Token ids with both ends marked, cut to `max_tokens`. Lone surrogates become question marks."""
        head = text[: self.max_tokens * CHARACTERS_PER_TOKEN].encode("utf-8", "replace").decode("utf-8")
        return self._tokenizer.encode(head, self.max_tokens)

    def run(self, ids: Sequence[int]) -> Floats:
        """The normalised vector of one row of token ids, shape (dimensions,)."""
        row = np.array([ids], dtype=np.int64)
        (vectors,) = self._session.run(["sentence_embedding"], {"input_ids": row})
        return np.asarray(vectors[0], dtype=np.float32)

    def encode(self, text: str) -> Floats:
        """The vector of one text, prompt included, shape (dimensions,)."""
        return self.run(self.tokens(text))


def spoiled(folder: Path) -> list[str]:
    """Names of files that are not what the folder's manifest says; all is well where there is no manifest."""
    try:
        hashes = json.loads((folder / MANIFEST_FILE).read_text("utf-8"))["files"]
    except FileNotFoundError:
        return []
    return [n for n, digest in hashes.items() if not (folder / n).is_file() or sha256(folder / n) != digest]


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
