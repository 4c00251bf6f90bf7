"""`OnnxEncoder`: the first and only module of the `SentenceTransformer` folder that `make models` writes."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from sentence_transformers.base.modules import InputModule

from services.common.ai.embedder import CONFIG_FILE
from services.common.ai.onnx_engine import WEIGHTS_FILE, OnnxEngine
from services.common.ai.unigram import NORMALIZER_FILE, PIECES_FILE


class OnnxEncoder(InputModule):
    """Tokenises and encodes by onnxruntime; pooling and normalisation are part of the graph.

    Rows of a batch are run one by one, so that `encode` gives the same bits for any batch size.
    """

    config_file_name = CONFIG_FILE
    config_keys = ["max_seq_length", "dimensions"]  # noqa: RUF012  the base class declares it so

    def __init__(self, folder: str | Path) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.folder = Path(folder)
        self.engine = OnnxEngine(self.folder)
        self.max_seq_length = self.engine.max_tokens
        self.dimensions = self.engine.dimensions

    @classmethod
    def load(  # type: ignore[override]  # a local folder needs no hub's options
        cls, model_name_or_path: str, subfolder: str = "", **_options: Any
    ) -> Self:
        """Load from the local folder that `make models` wrote."""
        return cls(Path(model_name_or_path, subfolder))

    def preprocess(  # type: ignore[override]  # texts only: no pairs, images or sound
        self, inputs: Sequence[str], prompt: str | None = None, **kwargs: Any
    ) -> dict[str, torch.Tensor | Any]:
        """Token ids and mask, padded with zeros to the longest row."""
        rows = [self.engine.tokens((prompt or "") + str(text)) for text in inputs]
        ids = np.zeros((len(rows), max(map(len, rows), default=0)), dtype=np.int64)
        mask = np.zeros_like(ids)
        for number, row in enumerate(rows):
            ids[number, : len(row)] = row
            mask[number, : len(row)] = 1
        return {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}

    def forward(
        self, features: dict[str, torch.Tensor | Any], **kwargs: Any
    ) -> dict[str, torch.Tensor | Any]:
        """Add `sentence_embedding`, normalised, of shape (rows, dimensions)."""
        ids, mask = features["input_ids"].cpu().numpy(), features["attention_mask"].cpu().numpy()
        rows = [self.engine.run(row[kept.astype(bool)]) for row, kept in zip(ids, mask, strict=True)]
        vectors = np.stack(rows) if rows else np.zeros((0, self.dimensions), dtype=np.float32)
        return {**features, "sentence_embedding": torch.from_numpy(vectors)}

    def get_embedding_dimension(self) -> int:
        """Length of a vector, as the library asks for it."""
        return self.dimensions

    def save(self, output_path: str, *args: Any, **kwargs: Any) -> None:
        """Copy the graph, the tokenizer and the configuration to `output_path`."""
        for name in (CONFIG_FILE, WEIGHTS_FILE, PIECES_FILE, NORMALIZER_FILE):
            shutil.copyfile(self.folder / name, Path(output_path) / name)
