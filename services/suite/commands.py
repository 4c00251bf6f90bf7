"""The commands that start something: the embedded suite, one service, one worker, the migrations."""

import asyncio
import ipaddress
import os
from pathlib import Path
from typing import Any

import click
import msgspec

from services.common.clock import SystemClock
from services.common.db import DatabaseBroken
from services.common.observability import configure_logging
from services.common.settings import Settings
from services.suite.topology import SERVICES

WITH_JOBS = ("core", "triage", "kb")


@click.command()
@click.option(
    "--demo/--no-demo", default=False, help="Load the demo desk at first start; binds loopback only."
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option(
    "--port", default=lambda: int(os.environ.get("PORT", "8000")), type=int, help="[default: $PORT or 8000]"
)
def run(demo: bool, host: str, port: int) -> None:
    """Serve the embedded suite: everything in one process."""
    settings = _settings(port)
    _migrate(settings, WITH_JOBS)
    from services.suite.demo.load import has_demo_people, load_demo
    from services.suite.embedded import EmbeddedApp
    from services.suite.runtime import Process
    from services.suite.server import serve

    if demo and not _loopback(host):
        raise click.ClickException("The demo desk has a known password, so it is served on loopback only.")
    if not demo and not _loopback(host) and asyncio.run(has_demo_people(settings)):
        raise click.ClickException(
            "The demo people can still sign in with their known password. Remove them (triaje demo remove) "
            "before serving another address than loopback."
        )
    if demo:
        os.environ.setdefault("TRIAJE_PORTAL_NAME", "Banco Faro")
        os.environ.setdefault("TRIAJE_PORTAL_DEMO", "yes")
        asyncio.run(load_demo(settings, click.echo))

    async def main() -> None:
        process = Process(settings)
        await serve(
            process, EmbeddedApp(process), host, port, ready=lambda: _announce(process, host, port, demo)
        )

    asyncio.run(main())


@click.command("backup")
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def back_up_desk(path: Path, as_json: bool) -> None:
    """Write the whole desk to PATH (.tar.gz), also while it runs. It has the secret in it: keep it safe."""
    from services.suite import backup

    manifest = backup.back_up(Settings.load(), path, SystemClock().now())
    if as_json:
        click.echo(
            msgspec.json.encode(
                {"path": str(path), "size": path.stat().st_size, "files": len(manifest.sha256)}
            )
        )
    else:
        click.echo(f"{path}: {path.stat().st_size / 1e6:.1f} MB, {len(manifest.sha256)} files.")


@click.command("restore")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Move a desk that is there aside.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def restore_desk(path: Path, force: bool, as_json: bool) -> None:
    """Put a backup back, checked first; the search index is made again at the next start."""
    from services.suite import backup

    manifest = backup.restore(Settings.load(), path, SystemClock().now(), force=force)
    if as_json:
        click.echo(msgspec.json.encode({"made_at": manifest.made_at, "version": manifest.version}))
    else:
        click.echo(f"The desk of {manifest.made_at:%Y-%m-%d %H:%M} UTC (Triaje {manifest.version}) is back.")


@click.command("serve")
@click.argument("name", type=click.Choice(SERVICES))
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
def serve_one(name: str, host: str, port: int) -> None:
    """Serve one service of the distributed suite."""
    settings = _settings(port)
    from services.suite.runtime import Process
    from services.suite.server import serve

    async def main() -> None:
        process = Process(settings, (name,), background=False)
        await serve(process, process.services[name].app, host, port)

    asyncio.run(main())


@click.command()
@click.argument("name", type=click.Choice(WITH_JOBS))
def worker(name: str) -> None:
    """Run the jobs of one service of the distributed suite."""
    settings = _settings(None)
    from services.suite.runtime import Process
    from services.suite.server import work

    async def main() -> None:
        await work(Process(settings, (name,), serves=False))

    asyncio.run(main())


@click.command("migrate")
def migrate_all() -> None:
    """Bring every database to this version; run it once, before the workers."""
    _migrate(_settings(None), WITH_JOBS)
    click.echo("The databases are up to date.")


def _settings(port: int | None) -> Settings:
    environ = dict(os.environ)
    if port is not None and not environ.get("TRIAJE_URL"):
        environ["TRIAJE_URL"] = f"http://127.0.0.1:{port}"
    settings = Settings.load(environ)
    configure_logging(settings.log_level, as_json=settings.log_json)
    return settings


def _migrate(settings: Settings, names: tuple[str, ...]) -> None:
    from services.suite.runtime import migrate

    try:
        migrate(settings, names)
    except DatabaseBroken as error:
        raise click.ClickException(str(error)) from error


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _announce(process: Any, host: str, port: int, demo: bool) -> None:
    shown = f"[{host}]" if ":" in host else host
    click.secho(f"\nTriaje is at http://{shown}:{port}", bold=True)
    if demo:
        click.echo(
            "Demo desk: admin@demo.test, lead@demo.test, agent@demo.test, customer@demo.test; password: demo"
        )
        from services.suite.demo.load import first_training

        await first_training(process, click.echo)
