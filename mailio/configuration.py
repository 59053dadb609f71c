"""Reads `mailchord.yaml` and the environment into `Settings`, once, and stops the start on anything it does not know.

The file is the one given with -c, else `/etc/mailchord/mailchord.yaml` where it exists, else the one that is shipped.
Every value can come from the environment: `MAILCHORD_FRONT__LISTEN`, or from a file that the environment names:
`MAILCHORD_REDIS__BROKER_FILE=/run/secrets/broker`. The environment wins over the file.
"""

from __future__ import annotations

import difflib
import hashlib
import typing
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from yaml.nodes import MappingNode, Node

from mailcore.errors import ConfigurationError
from mailcore.message import Direction
from mailcore.policy import Policy
from mailcore.settings import Settings, default_pools
from mailcore.verdict import POOLS
from mailio.configuration_checks import check_settings
from mailio.policy_checks import check_policy
from mailio.yaml_document import (
    VARIABLE,
    Reader,
    compose,
    did_you_mean,
    empty_mapping,
    read_document,
    shape,
    text_scalar,
)
from mailio.yaml_document import place as place_of

SYSTEM_FILE = Path("/etc/mailchord/mailchord.yaml")
PREFIX = "MAILCHORD_"

# Mappings with free keys in the type, but with known keys in fact.
CLOSED = {
    "pools": tuple(default_pools()),
    "policy.missing_pools": POOLS,
    "policy.partial_pools": POOLS,
    "policy.directions": tuple(Direction),
}


def default_configs() -> Path:
    """The shipped `configs` directory: `mailchord/configs` of an installed package, `configs` of a checkout."""
    root = Path(__file__).resolve().parent.parent
    packaged = root / "mailchord" / "configs"
    return packaged if packaged.is_dir() else root / "configs"


def settings_file(path: Path | None) -> Path:
    """The file that `load_settings(path, ...)` reads."""
    if path is not None:
        return path
    return SYSTEM_FILE if SYSTEM_FILE.exists() else default_configs() / "mailchord.yaml"


def load_settings(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """The settings of this installation.

    Raises ConfigurationError, one line with file and line (or the name of the variable) and what to write instead,
    for a missing file, an unknown key, a wrong type or a value that makes no sense.
    """
    root = read_document(settings_file(path))
    for name in sorted(environ):
        _lay_over(root, name, environ)
    shadows = _take_shadows(root)
    reader = Reader(root, CLOSED)
    settings: Settings = reader.read(Settings())
    check_settings(settings, reader.reject)
    return _with_shadows(settings, shadows) if shadows else settings


def policy_version(settings: Settings, configs_dir: Path) -> str:
    """Twelve hex digits that change whenever a message might get another verdict, or other links.

    Raises ConfigurationError for a file that cannot be read.
    """
    digest = hashlib.sha256()
    # What is in the directories of own rules counts, not where they are: running parts read copies of them.
    rules = msgspec.structs.replace(settings.rules, directories=())
    services = {name: msgspec.structs.replace(service, key="") for name, service in settings.hashes.services.items()}
    hashes = msgspec.structs.replace(settings.hashes, directories=(), services=services)
    parts: tuple[object, ...] = (
        settings.mode,
        settings.policy,
        settings.pools,
        settings.limits,
        settings.networks,
        rules,
        settings.organisation,
    )
    parts += (settings.connections, settings.greylisting, settings.dns_lists, settings.feeds, settings.auth)
    parts += (settings.clamd, hashes, settings.locked_files, settings.pictures, settings.safe_links)
    parts += (settings.correspondents, settings.reputation, settings.following, settings.sandbox)
    for part in parts:
        digest.update(msgspec.json.encode(part, order="sorted"))
    own = (settings.rules.directories, settings.yara.directories, settings.hashes.directories)
    for folder in (configs_dir, *(Path(directory) for directories in own for directory in directories)):
        _add_files(digest, folder)
    return digest.hexdigest()[:12]


def _add_files(digest: hashlib._Hash, folder: Path) -> None:
    try:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.name != "mailchord.yaml":
                digest.update(path.relative_to(folder).as_posix().encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    except OSError as error:  # it may be edited at this moment
        raise ConfigurationError(f"{error.filename or folder}: cannot be read: {error.strerror}") from None


def _lay_over(root: MappingNode, name: str, environ: Mapping[str, str]) -> None:
    """Put the value of one environment variable into the document, in place of what the file says."""
    keys = _setting_of(name)
    if not keys:
        return
    source = VARIABLE + name
    if _is_setting(keys):
        text = environ[name]
        as_it_is = text_scalar(text, source)
        value: Node = as_it_is if _is_text(keys) else compose(text, source) or as_it_is
    elif keys[-1].endswith("_file") and _is_text((*keys[:-1], keys[-1].removesuffix("_file"))):
        keys = (*keys[:-1], keys[-1].removesuffix("_file"))
        if name.removesuffix("_FILE") in environ:
            raise ConfigurationError(f"{source}: {name.removesuffix('_FILE')} is set too; set one of them")
        value = text_scalar(_secret(Path(environ[name]), source), source)
    else:
        raise ConfigurationError(f"{source}: there is no such setting{_nearest(keys)}")
    _put(root, keys, value, source)


def _setting_of(name: str) -> tuple[str, ...]:
    """The setting that a variable names, () where it is none of ours.

    Kubernetes puts `MAILCHORD_SERVICE_HOST`, `MAILCHORD_PORT_8891_TCP` and the like into every container beside a
    service named mailchord: a name without `__` is ours only when it is a top-level setting or nearly one.
    """
    if not name.startswith(PREFIX):
        return ()
    keys = tuple(name.removeprefix(PREFIX).lower().split("__"))
    if len(keys) > 1:
        return keys
    return keys if difflib.get_close_matches(keys[0], Settings.__struct_fields__, cutoff=0.8) else ()


def _hint(keys: tuple[str, ...]) -> Any:
    """The type of a setting, None where there is no such setting."""
    hint: Any = Settings
    for key in keys:
        arms = [arm for arm in typing.get_args(hint) if arm is not type(None)]
        if typing.get_origin(hint) is dict:
            hint = arms[1]
        elif isinstance(hint, type) and issubclass(hint, msgspec.Struct):
            hint = typing.get_type_hints(hint).get(key)
        else:
            optional = arms[0] if len(arms) == 1 and isinstance(arms[0], type) else None
            hint = typing.get_type_hints(optional).get(key) if optional else None
        if hint is None:
            return None
    return hint


def _is_setting(keys: tuple[str, ...]) -> bool:
    return _hint(keys) is not None


def _is_text(keys: tuple[str, ...]) -> bool:
    hint = _hint(keys)
    return isinstance(hint, type) and issubclass(hint, str)


def _nearest(keys: tuple[str, ...]) -> str:
    """What may have been meant: the first key that is not known, against those that are."""
    for end in range(1, len(keys) + 1):
        if not _is_setting(keys[:end]):
            around = _hint(keys[: end - 1])
            known = (
                typing.get_type_hints(around) if isinstance(around, type) and around.__module__ != "builtins" else {}
            )
            return did_you_mean(keys[end - 1], known)
    return ""


def _secret(path: Path, source: str) -> str:
    """The content of a secret's file, without the line end that editors add."""
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        raise ConfigurationError(f"{source}: {path}: cannot be read: {reason}") from None


def _put(root: MappingNode, keys: tuple[str, ...], value: Node, source: str) -> None:
    node = root
    for key in keys[:-1]:
        inner = _child(node, key)
        if not isinstance(inner, MappingNode):
            inner = empty_mapping(source)
            _replace(node, key, inner, source)
        node = inner
    _replace(node, keys[-1], value, source)


def _child(node: Node | None, key: str) -> Node | None:
    pairs = node.value if isinstance(node, MappingNode) else ()
    return next((value for key_node, value in pairs if key_node.value == key), None)


def _replace(node: MappingNode, key: str, value: Node, source: str) -> None:
    node.value = [pair for pair in node.value if pair[0].value != key]
    node.value.append((text_scalar(key, source), value))


def _take_shadows(root: MappingNode) -> tuple[MappingNode, ...]:
    """The mapping `policy.shadows` taken out of the document (one or none): it is read over the live policy."""
    policy = _child(root, "policy")
    shadows = _child(policy, "shadows")
    if not isinstance(policy, MappingNode) or not isinstance(shadows, MappingNode):
        return ()
    policy.value = [pair for pair in policy.value if pair[0].value != "shadows"]
    return (shadows,)


def _with_shadows(settings: Settings, shadows: Iterable[MappingNode]) -> Settings:
    """The settings with the policies that are tried: the live policy, with what each of them says laid over it."""
    tried: dict[str, Policy] = {}
    for key, node in (pair for mapping in shadows for pair in mapping.value):
        place = f"policy.shadows.{key.value}"
        if not isinstance(node, MappingNode):
            raise ConfigurationError(f"{place_of(key)}: {place}: expected keys as in `policy`, got {shape(node)}")
        if _child(node, "shadows") is not None:
            raise ConfigurationError(f"{place_of(node)}: {place}: a shadow has no shadows")
        whole = MappingNode(node.tag, [(text_scalar("policy", ""), node)], node.start_mark, node.end_mark)
        reader = Reader(whole, CLOSED)
        own: Settings = reader.read(settings)
        check_policy(own.policy, reader.reject)
        tried[key.value] = own.policy
    return msgspec.structs.replace(settings, policy=msgspec.structs.replace(settings.policy, shadows=tried))
