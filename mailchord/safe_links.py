"""`mailchord safe-links key`: the keys that sign safe links."""

from __future__ import annotations

import argparse
import time

from mailchord.start import start
from mailio.safe_link_keys import key_directory, load_keys, make_new_key


def add_arguments(parser: argparse.ArgumentParser) -> None:
    things = parser.add_subparsers(dest="thing", required=True, metavar="THING")
    key = things.add_parser("key", help="the keys that sign safe links")
    actions = key.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("new", help="make a new key, which signs from the next start or reload on")
    actions.add_parser("list", help="the ids of the keys, the one that signs last")


def run(arguments: argparse.Namespace) -> int:
    """Raises ConfigurationError where the directory cannot be used."""
    settings = start(arguments, component="safe-links").settings
    directory = key_directory(settings)
    if arguments.action == "new":
        path = make_new_key(directory, now=time.time())
        keys = load_keys(directory)
        print(f"{path}: key {keys.signing.id}")
        if len(keys.keys) > 1:
            print("The older keys stay valid: remove one when the last link that it signed has expired.")
        return 0
    for key in load_keys(directory).keys:
        print(key.id)
    return 0
