"""Templates whose fixed sentences are translated when the template is compiled, not each time it is rendered.

There is one environment a language, so ``_("Save")`` can only ever become one text: it is put in its place in the
tree, and the compiler joins it with the markup around it. Sentences with values in them stay calls.
"""

from collections.abc import Callable
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup


class Environment(jinja2.Environment):
    """An environment of one language; ``translate`` is set before the first template is compiled."""

    translate: Callable[[str], str] | None = None

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        if self.translate is not None:
            _Fixed(self.translate).visit(tree)
        return tree


class _Fixed(NodeTransformer):
    def __init__(self, translate: Callable[[str], str]) -> None:
        self._translate = translate

    def visit_Call(self, node: nodes.Call, *args: Any, **kwargs: Any) -> nodes.Node:  # noqa: N802 (jinja2's name)
        """The text itself in the place of a call that could give no other."""
        self.generic_visit(node, *args, **kwargs)
        given = node.args[0] if len(node.args) == 1 else None
        named = isinstance(node.node, nodes.Name) and node.node.name == "_"
        if not named or node.kwargs or node.dyn_args or node.dyn_kwargs or not isinstance(given, nodes.Const):
            return node
        text = Markup(self._translate(given.value)) % {}  # noqa: S704 (as the extension itself does it)
        return nodes.Const(text, lineno=node.lineno)
