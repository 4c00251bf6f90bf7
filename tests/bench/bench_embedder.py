"""Texts embedded a second against the same weights in PyTorch fp32, in bulk and one at a time.

The reference is a BERT of the transformers library inside a `SentenceTransformer`, with the served int8 weights
multiplied out to fp32, on as many threads as the embedder uses. Rounds alternate, so that both meet the same machine.
"""

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper

from services.common.ai.embedder import DEFAULT_FOLDER, PROMPTS_FILE, Embedder
from tests.bench.table import Row, against, below, quantile

DATA = Path(__file__).resolve().parents[2] / "services" / "suite" / "demo" / "data"
BULK = 256
SINGLES = 60
ROUNDS = 3


def bench() -> list[Row]:
    texts = ticket_texts(BULK)
    queries = [text.split("\n")[0][:80] for text in texts[:SINGLES]]
    embedder = Embedder()
    with tempfile.TemporaryDirectory() as folder:
        reference = torch_reference(DEFAULT_FOLDER, Path(folder))
    same = np.sum(embedder.encode_document(texts[:16]) * reference.encode_document(texts[:16]), axis=1)
    ours_bulk, theirs_bulk, ours_one, theirs_one = [], [], [], []
    for _ in range(ROUNDS):
        ours_bulk.append(rate(lambda: embedder.encode_document(texts), BULK))
        theirs_bulk.append(rate(lambda: reference.encode_document(texts, batch_size=32), BULK))
        ours_one += each(embedder.encode_query, queries)
        theirs_one += each(reference.encode_query, queries)
    one, other = (1 / statistics.median(taken) for taken in (ours_one, theirs_one))
    embedder.close()
    name = "the same weights, PyTorch fp32"
    return [
        against("texts embedded in bulk", max(ours_bulk), max(theirs_bulk), "texts/s", name=name, at_least=2),
        against("texts embedded one at a time", one, other, "texts/s", name=name, at_least=5),
        below("one query embedded, p95", 1_000 * quantile(ours_one, 0.95), "ms"),
        Row(
            "cosine to those weights, least of 16",
            float(same.min()),
            "",
            bar="≥ 0.99",
            kept=bool(same.min() >= 0.99),
        ),
    ]


def ticket_texts(count: int) -> list[str]:
    """Closed tickets of the demo desk, both languages in turn."""
    files = [
        (DATA / name).read_text("utf-8").splitlines()
        for name in ("tickets_closed.jsonl", "tickets_closed_es.jsonl")
    ]
    rows = [json.loads(line) for pair in zip(*files, strict=False) for line in pair]
    texts = [f"{row['subject']}\n{row['body']}" for row in rows]
    return [texts[place % len(texts)] for place in range(count)]


def rate(work: Callable[[], object], count: int) -> float:
    started = time.perf_counter()
    work()
    return count / (time.perf_counter() - started)


def each(work: Callable[[list[str]], object], texts: list[str]) -> list[float]:
    taken = []
    for text in texts:
        started = time.perf_counter()
        work([text])
        taken.append(time.perf_counter() - started)
    return taken


def torch_reference(source: Path, folder: Path) -> Any:
    """A `SentenceTransformer` in PyTorch fp32 with the weights of the ONNX folder `source`, made in `folder`."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Transformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    graph = onnx.load(source / "model.onnx").graph
    weights = {tensor.name: tensor for tensor in graph.initializer}
    config = BertConfig(
        vocab_size=weights["emb.word"].dims[0],
        hidden_size=384,
        num_hidden_layers=12,
        num_attention_heads=12,
        intermediate_size=1536,
        max_position_embeddings=512,
        layer_norm_eps=1e-12,
    )
    model = BertModel(config, add_pooling_layer=False)
    state = {name: torch.from_numpy(value) for name, value in _state(weights).items()}
    model.load_state_dict(state, strict=True)
    model.save_pretrained(folder)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(source / "tokenizer.json"),
        model_max_length=512,
        bos_token="<s>",
        eos_token="</s>",
        cls_token="<s>",
        sep_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        mask_token="<mask>",
    )
    tokenizer.save_pretrained(folder)
    prompts = json.loads((source / PROMPTS_FILE).read_text("utf-8"))["prompts"]
    modules = [Transformer(str(folder)), Pooling(384, pooling_mode="mean"), Normalize()]
    return SentenceTransformer(modules=modules, device="cpu", prompts=prompts)


def _state(weights: dict[str, onnx.TensorProto]) -> dict[str, np.ndarray]:
    def floats(name: str) -> np.ndarray:
        return numpy_helper.to_array(weights[name]).astype(np.float32)

    def matrix(name: str) -> np.ndarray:
        """Int8 columns times their scales, turned as PyTorch keeps a matrix: a row an output."""
        return np.ascontiguousarray((floats(f"{name}.w_quantized") * floats(f"{name}.w_scale")).T)

    words = floats("emb.word").reshape(len(floats("emb.word.scale")), -1, 32)
    state = {
        "embeddings.word_embeddings.weight": (words * floats("emb.word.scale")[:, :, None]).reshape(
            len(words), -1
        ),
        "embeddings.position_embeddings.weight": floats("emb.pos"),
        "embeddings.token_type_embeddings.weight": np.zeros(
            (2, 384), dtype=np.float32
        ),  # part of the positions
        "embeddings.LayerNorm.weight": floats("emb.ln.w"),
        "embeddings.LayerNorm.bias": floats("emb.ln.b"),
    }
    for number in range(12):
        ours, theirs = f"l{number}", f"encoder.layer.{number}"
        names = [f"{theirs}.attention.self.{part}" for part in ("query", "key", "value")]
        for name, weight, bias in zip(
            names, np.split(matrix(f"{ours}.qkv"), 3), np.split(floats(f"{ours}.qkv.b"), 3), strict=True
        ):
            state |= {f"{name}.weight": weight, f"{name}.bias": bias}
        for part, name in (
            ("ao", f"{theirs}.attention.output.dense"),
            ("fi", f"{theirs}.intermediate.dense"),
            ("fo", f"{theirs}.output.dense"),
        ):
            state |= {f"{name}.weight": matrix(f"{ours}.{part}"), f"{name}.bias": floats(f"{ours}.{part}.b")}
        for part, name in (
            ("aln", f"{theirs}.attention.output.LayerNorm"),
            ("oln", f"{theirs}.output.LayerNorm"),
        ):
            state |= {
                f"{name}.weight": floats(f"{ours}.{part}.w"),
                f"{name}.bias": floats(f"{ours}.{part}.b"),
            }
    return state
