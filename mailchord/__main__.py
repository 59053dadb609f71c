"""The command line. Each command is a module with `add_arguments(parser)` and `run(arguments) -> exit status`."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from mailcore.errors import ConfigurationError, StoreUnavailable

# Imported only when asked for: a front must not pay for the libraries of a trainer.
COMMANDS = {
    "serve": ("everything on this machine: private Redis, workers, milter, health endpoint", "mailchord.serve"),
    "front": ("the milter front alone", "mailchord.front"),
    "worker": ("one Celery worker, for some pools", "mailchord.worker"),
    "scan": ("judge messages here and now, without a broker", "mailchord.scan"),
    "check": ("validate configuration and rules, run every rule's examples", "mailchord.check"),
    "reload": ("check the configuration, and let every running part take it over", "mailchord.reload"),
    "doctor": ("is everything that mailchord needs here and well", "mailchord.doctor"),
    "reputation": ("what is known of a sender: show, set, forget, learn", "mailchord.reputation"),
    "logos": (
        "lines for the lists of known logos, icons and unwanted pictures: add, icon, unwanted",
        "mailchord.logos",
    ),
    "flower": ("the dashboard of pools and tasks", "mailchord.flower"),
    "train": ("fit the learned model to a corpus", "mailchord.train"),
    "evaluate": ("detection figures with confidence intervals", "mailchord.evaluate"),
    "tune": ("propose weights and thresholds from labelled mail", "mailchord.tune"),
    "dmarc": ("aggregate reports for the owners of domains: list, write, send", "mailchord.dmarc"),
    "safe-links": ("keys of safe links: new, list", "mailchord.safe_links"),
    "unwrap": ("where a link leads on to, as far as it says so itself", "mailchord.unwrap"),
    "click-service": (
        "what safe links lead to: links are checked again when they are clicked",
        "mailchord.click_service",
    ),
    "links": (
        "links that turned out to be bad or good, and who got them: bad, good, forget, who, list",
        "mailchord.links",
    ),
    "feeds": ("lists of bad and good links: update, list, check", "mailchord.feeds"),
    "replay": ("what another policy would have done with mail that was judged before", "mailchord.replay"),
}

CANNOT_RUN = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Exit status 2 with one clear line when it cannot run at all."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        arguments = parse_arguments(words)
        return int(arguments.run(arguments))
    except ConfigurationError as error:
        print(f"mailchord: {error}", file=sys.stderr)
        return CANNOT_RUN
    except StoreUnavailable as error:
        print(f"mailchord: {error}", file=sys.stderr)
        return CANNOT_RUN
    except BrokenPipeError:
        # The reader of our output has gone (`mailchord scan ... | head`): nothing is wrong.
        return 0
    except KeyboardInterrupt:
        return 130


def parse_arguments(words: list[str]) -> argparse.Namespace:
    """The command's arguments, with `run` in them. The flags of FOFF Milter are commands in another spelling."""
    common = common_options()
    parser = argparse.ArgumentParser(
        prog="mailchord", description="An email security gateway that explains its verdicts.", parents=[common]
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    named = next((word for word in translated(words) if word in COMMANDS), "")
    for name, (about, module) in COMMANDS.items():
        command = commands.add_parser(name, help=about, description=about, parents=[common])
        if name == named:
            implementation = importlib.import_module(module)
            implementation.add_arguments(command)
            command.set_defaults(run=implementation.run)
    arguments = parser.parse_args(translated(words))
    if arguments.command is None:
        parser.print_help()
        raise ConfigurationError("no command given")
    return arguments


def common_options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument(
        "-c", "--config", type=Path, default=argparse.SUPPRESS, metavar="FILE", help="the configuration file"
    )
    options.add_argument(
        "-v", "--verbose", action="store_true", default=argparse.SUPPRESS, help="log what is done in detail"
    )
    return options


# The flags of FOFF Milter, for whoever comes from there.
OLD_FLAGS = {"--test-config": "check", "--test-email": "scan"}


def translated(words: list[str]) -> list[str]:
    """`-c FILE --test-email MAIL` becomes `-c FILE scan MAIL`; other words stay as they are."""
    return [OLD_FLAGS.get(word, word) for word in words]


if __name__ == "__main__":
    sys.exit(main())
