"""Readings of two encoders: what is joined, what is named, and which part of it is the meaning."""

from typing import cast

import numpy as np
import pytest

from services.common.ai.embedder import Embedder
from services.triage.reader import SHARE, Reader
from tests.service.triage.fakes import WordEmbedder


def both(second: str = "second") -> tuple[Reader, WordEmbedder, WordEmbedder]:
    first, other = WordEmbedder("first"), WordEmbedder(second)
    return Reader(cast(Embedder, first), cast(Embedder, other)), first, other


async def test_a_reading_is_both_vectors_and_the_same_by_every_door() -> None:
    reader, first, other = both()
    texts = ["I lost my card", "where is my refund"]
    rows = reader.encode(texts)
    assert rows.shape == (2, reader.dimensions) == (2, 128)
    assert np.array_equal(rows[:, :64], first.encode_query(texts))
    assert np.array_equal(rows[:, 64:], SHARE * other.encode_query(texts))
    assert np.array_equal(rows, await reader.readings(texts))
    assert np.array_equal(rows[0], await reader.read(texts[0]))
    assert len(reader.encode([])) == len(await reader.readings([])) == 0


def test_the_meaning_is_the_embedder_s_vector_and_of_length_one() -> None:
    reader, first, _ = both()
    rows = reader.encode(["I lost my card", "hello"])
    assert np.array_equal(reader.meaning(rows), first.encode_query(["I lost my card", "hello"]))
    assert np.linalg.norm(reader.meaning(rows[0])) == pytest.approx(1.0, abs=1e-5)
    assert np.array_equal(reader.meaning(reader.meaning(rows[0])), reader.meaning(rows[0]))


def test_either_encoder_changes_the_fingerprint() -> None:
    names = {both()[0].fingerprint, both("another")[0].fingerprint, Reader(both()[1]).fingerprint}  # type: ignore[arg-type]
    assert len(names) == 3
    assert both()[0].fingerprint == both()[0].fingerprint


async def test_without_a_second_encoder_a_reading_is_the_embedder_s() -> None:
    first = WordEmbedder("first")
    reader = Reader(cast(Embedder, first))
    assert reader.fingerprint == "first"
    assert reader.dimensions == 64
    await reader.load()
    for rows in (
        reader.encode(["hello"]),
        await reader.readings(["hello"]),
        (await reader.read("hello"))[None],
    ):
        assert np.array_equal(rows, first.encode_query(["hello"]))
