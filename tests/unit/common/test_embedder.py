"""The embedder as the services use it, on the folder that `make models` made."""

import asyncio
import base64
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from models.recipe.build import REFERENCE
from services.common.ai import embedder as module
from services.common.ai.embedder import DEFAULT_FOLDER, Embedder, EmbedderUnavailable, load_embedder
from services.common.settings import Settings
from tests.support.effort import within

TEXTS = json.loads(REFERENCE.read_text("utf-8"))["texts"]


@pytest.fixture(scope="module")
def embedder() -> Iterator[Embedder]:
    shared = Embedder(threads=2)
    yield shared
    shared.close()


def test_vectors_agree_with_the_reference_engine_in_ten_languages(embedder: Embedder) -> None:
    assert len({entry["language"] for entry in TEXTS}) == 10
    for entry in TEXTS:
        encode = embedder.encode_query if entry["kind"] == "query" else embedder.encode_document
        (vector,) = encode([entry["text"]])
        expected = np.frombuffer(base64.b64decode(entry["vector"]), dtype="<f2").astype(np.float32)
        assert vector @ expected / np.linalg.norm(expected) >= 0.99, entry["text"]


def test_vectors_are_normalised_rows_of_floats(embedder: Embedder) -> None:
    vectors = embedder.encode_document(["hola", "hello"])
    assert vectors.shape == (2, embedder.dimensions) == (2, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1], abs=1e-5)
    assert embedder.encode_query([]).shape == (0, 384)


def test_the_same_question_in_two_languages_is_nearer_than_another_question(embedder: Embedder) -> None:
    vectors = embedder.encode_query(
        ["My card has not arrived", "Mi tarjeta no ha llegado", "How do I change my PIN?"]
    )
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.05


def test_a_text_gets_the_same_bits_alone_in_bulk_and_from_every_thread(embedder: Embedder) -> None:
    texts = [entry["text"] for entry in TEXTS] * 4
    bulk = embedder.encode_document(texts)
    alone = np.concatenate([embedder.encode_document([text]) for text in texts])
    assert (bulk == alone).all()
    assert (bulk == embedder.encode_document(texts[::-1])[::-1]).all()


def test_sentence_transformers_gives_the_same_bits_from_the_same_folder(embedder: Embedder) -> None:
    from sentence_transformers import SentenceTransformer

    library = SentenceTransformer(
        str(DEFAULT_FOLDER), trust_remote_code=True, local_files_only=True, device="cpu"
    )
    texts = [entry["text"] for entry in TEXTS]
    assert library.get_embedding_dimension() == embedder.dimensions
    assert (library.encode_query(texts, batch_size=8) == embedder.encode_query(texts)).all()
    assert (library.encode_document(texts, batch_size=3) == embedder.encode_document(texts)).all()


def test_the_default_model_serves_without_importing_pytorch() -> None:
    program = (
        "import sys; from services.common.ai.embedder import Embedder\n"
        "e = Embedder(); e.encode_query(['hola']); e.close(); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    "text", ["", "   ", "\x00\x01", "\ud800 lone", "😡" * 40, "a" * 5_000_000, "\n" * 100_000]
)
def test_any_text_has_a_finite_vector_soon(embedder: Embedder, text: str) -> None:
    with within(5, time.process_time):
        (vector,) = embedder.encode_document([text])
    assert np.isfinite(vector).all()


def test_a_long_text_is_cut_at_512_tokens(embedder: Embedder) -> None:
    long = "tarjeta " * 600
    assert (embedder.encode_document([long]) == embedder.encode_document([long + "cajero " * 600])).all()


async def test_asking_the_same_again_is_answered_from_memory(embedder: Embedder) -> None:
    first = await embedder.query("where is my card")
    assert await embedder.query("where is my card") is first
    assert (first == embedder.encode_query(["where is my card"])[0]).all()
    with pytest.raises(ValueError, match="read-only"):
        first[0] = 1.0


async def test_the_asynchronous_calls_give_what_the_others_give(embedder: Embedder) -> None:
    texts = [entry["text"] for entry in TEXTS]
    queries, documents = await asyncio.gather(embedder.queries(texts), embedder.documents(texts))
    assert (queries == embedder.encode_query(texts)).all()
    assert (documents == embedder.encode_document(texts)).all()
    assert (await embedder.documents([])).shape == (0, 384)


async def test_a_question_overtakes_bulk_work_and_the_loop_stays_free(embedder: Embedder) -> None:
    await embedder.load()
    bulk = asyncio.create_task(embedder.documents([f"{n} " + TEXTS[1]["text"] for n in range(600)]))
    await asyncio.sleep(0.05)
    for number in range(5):
        await embedder.query(f"overtaking {number}")
        assert not bulk.done()
    assert (await bulk).shape == (600, 384)


async def test_a_cancelled_caller_leaves_no_work_behind(embedder: Embedder) -> None:
    await embedder.load()
    begun = time.process_time()
    await embedder.documents([entry["text"] for entry in TEXTS])
    alone = time.process_time() - begun
    bulk = asyncio.create_task(embedder.documents([f"{n} " + TEXTS[1]["text"] for n in range(5000)]))
    await asyncio.sleep(0.05)
    bulk.cancel()
    with pytest.raises(asyncio.CancelledError):
        await bulk
    begun = time.process_time()
    await embedder.documents([entry["text"] for entry in TEXTS])
    assert time.process_time() - begun < 4 * alone + 2, "five thousand texts are half a minute of work"


def test_constructing_loads_nothing_and_the_name_of_the_space_needs_no_model() -> None:
    embedder = load_embedder(Settings(secret="x"))
    assert len(embedder.fingerprint) == 12
    assert not embedder.loaded
    embedder.close()


async def test_a_missing_model_is_said_and_found_once_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "model"
    monkeypatch.setattr(module, "DEFAULT_FOLDER", folder)
    embedder = Embedder()
    with pytest.raises(EmbedderUnavailable, match="make models"):
        await embedder.query("hola")
    folder.symlink_to(DEFAULT_FOLDER)
    with pytest.raises(EmbedderUnavailable, match="make models"):  # not tried again by every request
        await embedder.query("hola")
    monkeypatch.setattr(embedder, "_retry_at", 0.0)
    assert (await embedder.query("hola")).shape == (384,)
    embedder.close()


async def test_a_model_that_was_tampered_with_is_refused(tmp_path: Path) -> None:
    for path in DEFAULT_FOLDER.iterdir():
        (tmp_path / path.name).symlink_to(path)
    prompts = tmp_path / "config_sentence_transformers.json"
    text = prompts.read_text("utf-8")
    prompts.unlink()
    prompts.write_text(text.replace("query: ", "passage: "), "utf-8")
    embedder = Embedder(tmp_path)
    with pytest.raises(EmbedderUnavailable, match="config_sentence_transformers"):
        await embedder.load()
    embedder.close()


@pytest.fixture(scope="module")
def other_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the library's own classes, tiny and untrained, with a prompt of its own."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling
    from transformers import BertConfig, BertModel, BertTokenizerFast

    plain, folder = tmp_path_factory.mktemp("plain"), tmp_path_factory.mktemp("other")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "card", "tarjeta", "lost", "ask", ":"]
    (plain / "vocab.txt").write_text("\n".join(words), "utf-8")
    BertTokenizerFast(str(plain / "vocab.txt")).save_pretrained(plain)
    torch.manual_seed(1)
    shape = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    BertModel(BertConfig(vocab_size=len(words), **shape), add_pooling_layer=False).save_pretrained(plain)
    modules = [Transformer(str(plain)), Pooling(16, pooling_mode="mean")]
    SentenceTransformer(modules=modules, device="cpu", prompts={"query": "ask : "}).save_pretrained(
        str(folder)
    )
    return folder


async def test_any_other_sentence_transformer_takes_its_place_by_setting(other_model: Path) -> None:
    embedder = load_embedder(Settings(secret="x", embedder=str(other_model)))
    vectors = await embedder.documents(["lost card", "tarjeta"])
    assert embedder.dimensions == 16
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1], abs=1e-5)
    asked = await embedder.query("lost card")
    assert (asked == embedder.encode_document(["ask : lost card"])[0]).all()
    assert not (asked == vectors[0]).all()
    assert embedder.fingerprint != Embedder().fingerprint
    embedder.close()


def test_other_weights_or_settings_make_another_space(other_model: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(other_model, tmp_path / "copy"))
    before = Embedder(other_model).fingerprint
    assert Embedder(copy).fingerprint == before
    prompts = copy / "config_sentence_transformers.json"
    prompts.write_text(prompts.read_text("utf-8").replace("ask : ", "say : "), "utf-8")
    assert Embedder(copy).fingerprint != before


async def test_a_folder_that_names_foreign_code_is_not_run(tmp_path: Path) -> None:
    foreign = {"idx": 0, "name": "0", "path": "", "type": "evil.Module"}
    (tmp_path / "modules.json").write_text(json.dumps([foreign]), "utf-8")
    (tmp_path / "evil.py").write_text("raise SystemExit('it ran')", "utf-8")
    embedder = Embedder(tmp_path)
    with pytest.raises(EmbedderUnavailable, match="trust_remote_code"):
        await embedder.load()
    embedder.close()
