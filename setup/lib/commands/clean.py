"""./setup/clean: remove everything generated, databases included."""

import argparse
import shutil

from lib import databases, environment, places, postgres, say
from lib.commands import stop


def main(arguments):
    argparse.ArgumentParser(
        prog='./setup/clean',
        description=f"Stops everything and removes {places.GENERATED} with all databases.",
    ).parse_args(arguments)
    if not places.GENERATED.exists():
        return
    if not places.MARKER.exists():
        raise say.Failure(f"{places.GENERATED} was not made by these commands: it stays.")
    if not stop.stop():
        raise say.Failure("Nothing was removed, for our PostgreSQL is in use.")
    _clear_named_servers()
    postgres.remove()
    shutil.rmtree(places.GENERATED)
    say.line(f"Removed {places.GENERATED}.")


def _clear_named_servers():
    """Drop what we made on a server that is not ours, as long as its PG* variables are set."""
    if postgres.is_named() and list(places.GENERATED.glob('data-*')):
        with environment.ready() as env:
            for name in databases.recorded(env):
                databases.drop(env, name)
            shutil.rmtree(env.data)
    for folder in places.GENERATED.glob('data-*'):
        names = ', '.join(sorted(path.stem for path in folder.glob('records/*')))
        server = folder.name.removeprefix('data-')
        say.line(f"Left on the server {server}, whose PG* variables are not set: {names}.")
