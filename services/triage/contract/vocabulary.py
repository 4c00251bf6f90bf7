"""Words that several features use."""

from typing import Literal

Task = Literal["category", "priority", "tags", "team"]
TASKS: tuple[Task, ...] = ("category", "priority", "tags", "team")
ModelState = Literal["champion", "challenger", "archived", "failed"]
Verdict = Literal["accepted", "edited", "refused"]
SourceKind = Literal["macro", "article", "ticket"]
