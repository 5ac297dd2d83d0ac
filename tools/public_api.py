"""Record every public name with its signature in `test/release/public_api.txt`.

`python -m tools.public_api` prints the differences between the code and the record, and exits with
1 if there are any. `python -m tools.public_api --record` updates the record. The newest section of
CHANGELOG.md must mention each name that was added, removed or changed.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import griffe

ROOT = Path(__file__).parent.parent
RECORD = ROOT / "test" / "release" / "public_api.txt"
CHANGELOG = ROOT / "CHANGELOG.md"
PACKAGE = "swagger_client"

#: Packages whose modules are public too; of others, only what they export.
_OPEN = {PACKAGE, f"{PACKAGE}.api", f"{PACKAGE}.models"}


def surface(root: Path = ROOT) -> list[str]:
    """Return every public name below ``root`` with its signature, without importing it."""
    package = griffe.load(PACKAGE, search_paths=[root], try_relative_path=False)
    assert isinstance(package, griffe.Module)
    return sorted(set(_members(package, PACKAGE)))


def private_types(root: Path = ROOT) -> list[str]:
    """Return "public name: private type" for each public signature that names a private type.

    A type of a private module is public if a public module exports it.
    """
    package = griffe.load(PACKAGE, search_paths=[root], try_relative_path=False)
    assert isinstance(package, griffe.Module)
    public = dict(public_objects(package, PACKAGE))
    exported = {one.path for one in public.values()}
    found = {
        f"{path}: {name.canonical_path}"
        for path, one in public.items()
        for name in _named_types(one)
        if name.canonical_path.startswith(f"{PACKAGE}.")
        and re.search(r"\._", name.canonical_path)
        and _class_path(package, name.canonical_path) not in (None, *exported)
    }
    return sorted(found)


def public_objects(
    owner: griffe.Module | griffe.Class, path: str
) -> Iterator[tuple[str, griffe.Object]]:
    """Yield the public members of a module or class, recursively, by their public paths."""
    for member in owner.members.values():
        here = f"{path}.{member.name}"
        if not member.is_public or (member.name.startswith("__") and member.name != "__init__"):
            continue
        if isinstance(member, griffe.Alias):
            if not member.target_path.startswith(PACKAGE) or not _leads_somewhere(member):
                continue
            one = _target(member)
        elif _is_closed(owner) and member.is_module:
            continue
        else:
            one = member
        yield here, one
        if isinstance(one, (griffe.Module, griffe.Class)):
            yield from public_objects(one, here)


def _named_types(one: griffe.Object) -> Iterator[griffe.ExprName]:
    if isinstance(one, griffe.Function):
        annotations = [*(parameter.annotation for parameter in one.parameters), one.returns]
    elif isinstance(one, griffe.Attribute):
        annotations = [one.annotation]
    else:
        return
    for annotation in annotations:
        if isinstance(annotation, griffe.ExprName):
            yield annotation
        elif isinstance(annotation, griffe.Expr):
            for name in annotation.iterate(flat=True):
                if isinstance(name, griffe.ExprName):
                    yield name


def _class_path(package: griffe.Module, path: str) -> str | None:
    """Return the path at which a class is defined; None for aliases and type variables."""
    try:
        found = package[path.removeprefix(f"{PACKAGE}.")]
        target = found.final_target if isinstance(found, griffe.Alias) else found
    except (KeyError, griffe.AliasResolutionError):
        return path
    return target.path if target.is_class else None


def differences(before: Iterable[str], now: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the removed or changed lines, which break callers, and the new lines."""
    here, there = set(before), set(now)
    return sorted(here - there), sorted(there - here)


def unmentioned(lines: Iterable[str], changelog: str) -> list[str]:
    """Return the names in ``lines`` that the newest section of a changelog does not mention.

    The name of a method also covers its ``_with_http_info`` twin; a class covers its members.
    """
    newest = changelog.split("\n## ")[1] if "\n## " in changelog else ""
    quoted = " ".join(re.findall(r"`([^`]+)`", newest)).lower()
    said = set(re.findall(r"\w+", quoted))
    names = {re.split(r"[ (:]", line.removeprefix("class "))[0] for line in lines}
    return sorted(
        name
        for name in names
        if not said & set(name.lower().removesuffix("_with_http_info").split(".")[-2:])
    )


def _members(owner: griffe.Module | griffe.Class, path: str) -> Iterator[str]:
    closed = _is_closed(owner)
    for member in owner.members.values():
        here = f"{path}.{member.name}"
        if not member.is_public or member.name.startswith("__"):
            continue
        if not isinstance(member, griffe.Alias):
            if not (closed and member.is_module):
                yield from _object(member, here)
        elif member.target_path.startswith(PACKAGE):
            if not _leads_somewhere(member):
                yield here
            elif _is_listed(_target(member)):
                yield f"{here} = {member.target_path}"
            else:
                yield from _object(_target(member), here)  # its module is private


def _object(one: griffe.Object, path: str) -> Iterator[str]:
    if isinstance(one, griffe.Module):
        yield from _members(one, path)
    elif isinstance(one, griffe.Class):
        yield f"class {path}({', '.join(map(str, one.bases))})"
        for name in ("__new__", "__init__"):
            made = one.members.get(name)
            if isinstance(made, griffe.Function):
                yield from _leaf(made, path)
        yield from _members(one, path)
        yield from _inherited(one, path)
    else:
        yield from _leaf(one, path)


def _inherited(one: griffe.Class, path: str) -> Iterator[str]:
    """Yield the members that a class inherits from private bases."""
    listed = {name for base in one.resolved_bases if _is_listed(base) for name in base.all_members}
    for name, member in one.inherited_members.items():
        target = _target(member)
        if target.is_public and name not in listed and not name.startswith("__"):
            yield from _leaf(target, f"{path}.{name}")


def _leaf(one: griffe.Object, path: str) -> Iterator[str]:
    if isinstance(one, griffe.Function):
        yield path + one.signature().removeprefix(one.name)
    elif isinstance(one, griffe.Attribute) and not str(one.value).startswith("TypeVar("):
        yield f"{path}: {one.annotation}" if one.annotation else path


def _is_closed(owner: griffe.Object) -> bool:
    return owner.is_init_module and owner.path not in _OPEN


def _is_listed(one: griffe.Object | griffe.Alias) -> bool:
    """Return whether the module that defines an object lists it."""
    if "._" in one.path or one.parent is None:
        return False
    module = one.module
    return not (module.parent and _is_closed(module.parent)) and not _is_closed(module)


def _leads_somewhere(alias: griffe.Alias) -> bool:
    try:
        return bool(alias.final_target)
    except griffe.AliasResolutionError:  # a function with the name of its module hides that module
        return False


def _target(alias: griffe.Alias) -> griffe.Object:
    target = alias.final_target
    assert isinstance(target, griffe.Object)
    return target


def main(arguments: list[str]) -> int:
    """Compare the code with the record, or update the record; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.public_api")
    parser.add_argument("--record", action="store_true", help="update the record")
    given = parser.parse_args(arguments)
    now = surface()
    before = RECORD.read_text(encoding="utf-8").splitlines() if RECORD.exists() else []
    broken, new = differences(before, now)
    for line in broken:
        print(f"- {line}")
    for line in new:
        print(f"+ {line}")
    if not given.record:
        return 1 if broken or new else 0
    missing = unmentioned([*broken, *new], CHANGELOG.read_text(encoding="utf-8"))
    if missing and before:
        print(f"CHANGELOG.md does not mention: {', '.join(missing)}", file=sys.stderr)
        return 1
    RECORD.write_text("\n".join(now) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
