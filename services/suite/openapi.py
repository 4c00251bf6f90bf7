"""One OpenAPI document for the whole suite, and a page that shows it without a script from elsewhere."""

from typing import Any

import msgspec
from litestar import Litestar

DOCS_PAGE = b"""<!doctype html><html lang="en"><meta charset="utf-8"><title>API - Triaje</title>
<meta name="viewport" content="width=device-width,initial-scale=1">
<link rel="stylesheet" href="/static/dist/apidocs.css">
<script type="module" src="/static/dist/apidocs.js"></script>
<body><main id="apidocs" data-schema="/api/docs/openapi.json"><h1>Triaje API</h1>
<p>The document is at <a href="/api/docs/openapi.json">/api/docs/openapi.json</a> (OpenAPI 3.1).</p></main>
</body></html>
"""


def merged_schema(apps: dict[str, Litestar], url: str) -> bytes:
    """The union of the services' public paths and components as JSON.

    Components keep their names; where two services use one name for different things, the later one's gets
    its service in front.
    """
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "Triaje", "version": "1", "description": "A help desk that learns."},
        "servers": [{"url": url}],
        "security": [{"bearer": []}],
        "paths": {},
        "components": {"schemas": {}, "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
    }
    schemas = document["components"]["schemas"]
    for name, app in apps.items():
        part = msgspec.json.decode(msgspec.json.encode(app.openapi_schema.to_schema()))
        own = part.get("components", {}).get("schemas", {})
        renamed = {key: f"{name}_{key}" for key, schema in own.items() if schemas.get(key, schema) != schema}
        part = _renamed(part, renamed)
        schemas.update(part.get("components", {}).get("schemas", {}))
        document["paths"].update(
            {
                path: item
                for path, item in part["paths"].items()
                if path.startswith(("/api/", "/.well-known/"))
            }
        )
    return msgspec.json.encode(document)


def _renamed(node: Any, names: dict[str, str], inside_schemas: bool = False) -> Any:
    if isinstance(node, dict):
        found = {}
        for key, value in node.items():
            new = names.get(key, key) if inside_schemas else key
            if key == "$ref" and isinstance(value, str):
                last = value.rsplit("/", 1)[-1]
                found[key] = value.replace(last, names.get(last, last))
            else:
                found[new] = _renamed(value, names, key == "schemas")
        return found
    if isinstance(node, list):
        return [_renamed(item, names) for item in node]
    return node
