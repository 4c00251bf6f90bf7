"""Writes the encoder of an `E5File` as ONNX: token ids in, normalised sentence vectors out.

The graph is BERT as multilingual-e5-small has it (post-norm, exact GELU, absolute positions from zero), with mean
pooling and L2 normalisation inside, so that a run gives the finished vector. Query, key and value are one matrix.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

from models.recipe.e5file import BLOCK, E5File, Floats, Quantised
from models.recipe.graph import Graph

OPSET = 20  # the first with the Gelu operator
# onnxruntime's own operators: GatherBlockQuantized keeps the vocabulary in its four bits (50 MB instead of 384), and
# MultiHeadAttention took a third off a run of 512 tokens and a tenth off one of 45 against the standard operators.
CONTRIB = "com.microsoft"


def write_graph(source: E5File, path: Path) -> None:
    """Write the fp32 graph of `source` (vocabulary in four bits, exactly) to `path`.

    Input `input_ids` (rows, tokens), without padding: the rows of a run have one length. Output
    `sentence_embedding` (rows, hidden).
    """
    graph = Graph()
    x = _embeddings(graph, source)
    for number in range(source.shape.layers):
        x = _layer(graph, source, number, x)
    # The mean's divisor falls out of the normalisation, so the sum is normalised as it is.
    total = graph.add("ReduceSum", [x, "one"], keepdims=0)
    graph.add("LpNormalization", [total], ["sentence_embedding"], axis=-1, p=2)
    ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["rows", "tokens"])
    out = helper.make_tensor_value_info(
        "sentence_embedding", TensorProto.FLOAT, ["rows", source.shape.hidden]
    )
    body = helper.make_graph(graph.nodes, "multilingual-e5-small", [ids], [out], graph.weights)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, 1)]
    model = helper.make_model(body, opset_imports=opsets, ir_version=10, producer_name="triaje")
    onnx.save(model, path)


def _embeddings(g: Graph, source: E5File) -> str:
    shape = source.shape
    words = source.quantised("emb.word", shape.vocabulary, shape.hidden)
    g.weights.append(_packed("emb.word", words))
    g.weight("emb.word.scale", words.scales.astype(np.float32))
    g.add(
        "GatherBlockQuantized",
        ["emb.word", "input_ids", "emb.word.scale"],
        ["words"],
        domain=CONTRIB,
        gather_axis=0,
        quantize_axis=1,
        block_size=BLOCK,
    )
    positions = source.floats("emb.pos", shape.positions, shape.hidden)
    kinds = source.floats("emb.type", shape.token_types, shape.hidden)
    g.weight("emb.pos", positions + kinds[0])  # every token is of kind 0
    g.integers("zero", 0)
    g.integers("one", 1)
    length = g.add("Slice", [g.add("Shape", ["input_ids"]), "one", g.integers("two", 2)])
    places = g.add("Slice", ["emb.pos", "zero", length, "zero"])
    x = g.add("Add", ["words", places])
    return _norm(g, source, "emb.ln", x)


def _packed(name: str, matrix: Quantised) -> onnx.TensorProto:
    nibbles = matrix.values.view(np.uint8) & 15
    packed = nibbles[:, 0::2] | (nibbles[:, 1::2] << 4)
    return helper.make_tensor(name, TensorProto.INT4, matrix.values.shape, packed.tobytes(), raw=True)


def _norm(g: Graph, source: E5File, name: str, x: str) -> str:
    hidden = source.shape.hidden
    scale = g.weight(f"{name}.w", source.floats(f"{name}.w", hidden))
    bias = g.weight(f"{name}.b", source.floats(f"{name}.b", hidden))
    return g.add("LayerNormalization", [x, scale, bias], axis=-1, epsilon=source.shape.epsilon)


def _dense(g: Graph, name: str, x: str, weight: Floats, bias: Floats) -> str:
    product = g.add("MatMul", [x, g.weight(f"{name}.w", weight.T)])
    return g.add("Add", [product, g.weight(f"{name}.b", bias)])


def _layer(g: Graph, source: E5File, number: int, x: str) -> str:
    s, name = source.shape, f"l{number}"

    def matrix(part: str, rows: int, columns: int) -> Floats:
        return source.quantised(f"{name}.{part}.w", rows, columns).floats()

    joined = np.concatenate([matrix(part, s.hidden, s.hidden) for part in "qkv"])
    joined_bias = np.concatenate([source.floats(f"{name}.{part}.b", s.hidden) for part in "qkv"])
    parts = [f"{name}.{part}" for part in "qkv"]
    g.add("Split", [_dense(g, f"{name}.qkv", x, joined, joined_bias)], parts, axis=-1, num_outputs=3)
    attended = g.add("MultiHeadAttention", parts, domain=CONTRIB, num_heads=s.heads)
    out = _dense(
        g, f"{name}.ao", attended, matrix("ao", s.hidden, s.hidden), source.floats(f"{name}.ao.b", s.hidden)
    )
    x = _norm(g, source, f"{name}.aln", g.add("Add", [x, out]))
    inner = _dense(
        g,
        f"{name}.fi",
        x,
        matrix("fi", s.feed_forward, s.hidden),
        source.floats(f"{name}.fi.b", s.feed_forward),
    )
    out = _dense(
        g,
        f"{name}.fo",
        g.add("Gelu", [inner]),
        matrix("fo", s.hidden, s.feed_forward),
        source.floats(f"{name}.fo.b", s.hidden),
    )
    return _norm(g, source, f"{name}.oln", g.add("Add", [x, out]))
