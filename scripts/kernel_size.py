"""Counts the kernel's lines of code; exits with 1 where services/common outgrew its budget.

The budget keeps the kernel a kernel: what belongs to one service alone belongs into that service. Blank lines,
comments and docstrings are not counted, so that nobody saves on explanations. The engines in ``ai`` (embedder and
vector stores) have a budget of their own: ADR 0010 says why, and ADR 0018 why it has grown.
"""

import ast
import io
import tokenize
from pathlib import Path

KERNEL = Path(__file__).resolve().parent.parent / "services" / "common"
BUDGET, AI_BUDGET = 3_000, 1_200
LAYOUT = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def code_lines(source: str) -> int:
    """How many lines of ``source`` have code on them."""
    code: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in LAYOUT:
            code |= set(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            said = node.body[0]
            code -= set(range(said.lineno, (said.end_lineno or said.lineno) + 1))
    return len(code)


def kernel_lines() -> dict[Path, int]:
    """Lines of code of every Python file of the kernel."""
    return {path: code_lines(path.read_text("utf-8")) for path in sorted(KERNEL.rglob("*.py"))}


def main() -> int:
    lines = kernel_lines()
    engines = {path: count for path, count in lines.items() if (KERNEL / "ai") in path.parents}
    ai, rest = sum(engines.values()), sum(lines.values()) - sum(engines.values())
    largest = sorted(lines.items(), key=lambda item: -item[1])[:8]
    print(f"services/common: {rest} lines of code, budget {BUDGET}; its ai engines: {ai}, budget {AI_BUDGET}")
    print("\n".join(f"  {count:5} {path.relative_to(KERNEL)}" for path, count in largest))
    return int(rest >= BUDGET or ai >= AI_BUDGET)


if __name__ == "__main__":
    raise SystemExit(main())
