"""What can go wrong with a view."""

from services.common.errors import NotFound


class ViewNotFound(NotFound):
    code, title = "core.view_not_found", "There is no such view"
