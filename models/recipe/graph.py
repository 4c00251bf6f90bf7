"""An ONNX graph that is being written: what both encoders' recipes share."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper


class Graph:
    """Nodes and weights in the order in which they were added. Every method gives the name of what it adds."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def add(
        self, operator: str, inputs: Sequence[str], outputs: Sequence[str] = (), **attributes: Any
    ) -> str:
        """An operator on named inputs; its outputs get names of their own unless they are given."""
        names = list(outputs) or [f"{operator.lower()}_{len(self.nodes)}"]
        self.nodes.append(helper.make_node(operator, inputs, names, name=names[0], **attributes))
        return names[0]

    def weight(self, name: str, value: npt.NDArray[Any]) -> str:
        """A constant as it is."""
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def number(self, name: str, value: float) -> str:
        """A constant number."""
        return self.weight(name, np.asarray(value, dtype=np.float32))

    def integers(self, name: str, *values: int) -> str:
        """A constant row of integers, as axes and ends are given."""
        return self.weight(name, np.asarray(values, dtype=np.int64))
