"""Reading forms: text that is bounded and clean, files that are bounded."""

from typing import Any

import msgspec
from litestar import Request
from litestar.datastructures import UploadFile

from services.common.text import strip_control

MAX_FILES = 10


class Form(msgspec.Struct):
    """A submitted form. Values are stripped of control characters; line ends are ``\\n``."""

    values: dict[str, str]
    lists: dict[str, list[str]]
    files: list[UploadFile]

    def text(self, name: str, most: int = 10_000) -> str:
        """A value without surrounding white space, at most ``most`` characters."""
        return self.values.get(name, "").strip()[:most]

    def whole(self, name: str) -> str:
        """A value in full: what a person wrote is never cut."""
        return self.values.get(name, "").replace("\r\n", "\n").strip()

    def number(self, name: str, default: int = 0) -> int:
        raw = self.values.get(name, "")
        return int(raw) if raw.isdecimal() and len(raw) < 16 else default

    def flag(self, name: str) -> bool:
        return self.values.get(name, "") in {"1", "on", "true"}


async def read_form(request: Request[Any, Any, Any]) -> Form:
    """The form of a request."""
    raw = await request.form()
    form = Form({}, {}, [])
    for name, value in raw.multi_items():
        if isinstance(value, UploadFile):
            if value.filename and len(form.files) < MAX_FILES:
                form.files.append(value)
        else:
            clean = strip_control(str(value))
            form.values.setdefault(name, clean)
            form.lists.setdefault(name, []).append(clean)
    return form
