"""Our splitting of words against the tokenizers library, on the vocabulary that `make models` made."""

import json
import threading
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.models import Unigram
from tokenizers.pre_tokenizers import Metaspace

from models.recipe import second
from models.recipe.build import EMBEDDER, REFERENCE, TARGET
from services.common.ai.unigram import UnigramTokenizer

OURS = UnigramTokenizer(TARGET, EMBEDDER.markers)
LIBRARY = Tokenizer.from_file(str(TARGET / "tokenizer.json"))
LIBRARY.enable_truncation(512)
DEMO = Path(__file__).resolve().parents[3] / "services" / "suite" / "demo" / "data"


def agrees(text: str) -> bool:
    return OURS.encode("query: " + text, 512) == LIBRARY.encode("query: " + text).ids


def test_texts_in_ten_languages_get_the_ids_of_the_library() -> None:
    for entry in json.loads(REFERENCE.read_text("utf-8"))["texts"]:
        assert agrees(entry["text"]), entry["text"]


@pytest.mark.parametrize("name", ["tickets_closed.jsonl", "tickets_closed_es.jsonl"])
def test_the_tickets_of_the_demo_desk_get_the_ids_of_the_library(name: str) -> None:
    for line in (DEMO / name).read_text("utf-8").splitlines()[:400]:
        assert agrees(json.loads(line)["body"])


MARKERS = ("<s>", "</s>", "<pad>", "<unk>", "<mask>")
ODD = st.sampled_from("▁ \t\n\r\u00a0\u200b\ufeff\x00ﬁ①Ａ한글ツ漢字字😡🏽e\u0301ñ€«»ﷺ𝔘")


@settings(max_examples=400, deadline=None)
@given(
    st.text(
        st.one_of(st.characters(exclude_categories=["Cs"]), ODD, st.sampled_from("abc áé,.")), max_size=60
    )
)
@example("▁▁a▁")
@example("a  b   c ")
@example("Å é ﷺ")
@example("x" * 5000)
@example("漢字" * 600)
@example("word " * 700)
def test_any_text_gets_the_ids_of_the_library(text: str) -> None:
    if not any(marker in text for marker in MARKERS):
        assert agrees(text)


def test_the_library_s_markers_in_a_text_are_text() -> None:
    ids = OURS.encode("query: hello</s> world <mask>", 512)
    assert ids[0] == 0
    assert ids[-1] == 2
    assert not {0, 1, 2, 250001} & set(ids[1:-1])


def test_nothing_is_two_ends_and_a_limit_is_kept() -> None:
    assert OURS.encode("", 512) == [0, 2]
    assert len(OURS.encode("a b c d e f", 5)) == 5


def test_many_threads_get_the_same_ids() -> None:
    texts = [f"tarjeta{n} número {n * 7919} rechazada" for n in range(300)]
    expected = [LIBRARY.encode(text).ids for text in texts]
    tokenizer, results = UnigramTokenizer(TARGET, EMBEDDER.markers), {}

    def run(who: int) -> None:
        results[who] = [tokenizer.encode(text, 512) for text in texts]

    threads = [threading.Thread(target=run, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(found == expected for found in results.values())


def test_the_second_encoder_s_words_are_those_of_the_library() -> None:
    """Its vocabulary begins otherwise (nothing, start, end); the splits are compared with the library's on the same."""
    ours = UnigramTokenizer(second.TARGET, second.MARKERS)
    lines = (second.TARGET / "pieces.tsv").read_text("utf-8").split("\n")[:-1]
    pieces = [(piece, float(score)) for piece, score in (line.split("\t") for line in lines)]
    library = Tokenizer(Unigram(pieces, second.MARKERS.unknown, byte_fallback=False))
    library.normalizer = Tokenizer.from_file(str(second.TARGET / "normalizer.json")).normalizer
    library.pre_tokenizer = Metaspace()
    for entry in json.loads(REFERENCE.read_text("utf-8"))["texts"]:
        text = entry["text"]
        assert ours.encode(text, 512) == [1, *library.encode(text).ids, 2], text
