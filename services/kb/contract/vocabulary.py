"""Words that several features use."""

from typing import Literal

State = Literal["draft", "published", "archived"]
Visibility = Literal["public", "customers", "staff"]
