from __future__ import annotations

import copy
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path

from swagger_client.cli.conditions import Problem
from swagger_client.cli.conditions.arguments import NO_CONFIGURATION
from swagger_client.cli.console import Console
from swagger_client.cli.options import DATABASE, read_configuration_file, use_profile
from swagger_client.cli.problems import ProblemError, problem_of
from swagger_client.cli.profiles import ConfigurationFile, Profile, unusable
from swagger_client.cli.text import escape, quote

#: A function that runs a command for one account, and returns the result and the problems.
RunOne = Callable[[Namespace, Console], tuple[dict[str, object], list[Problem]]]

#: Options that cannot be combined with --all-profiles, and why.
_SINGLE_ACCOUNT_OPTIONS = {
    "profile": "--profile names one",
    "attachments": "each profile names its folder of files",
    "credentials_file": "each profile names its credentials",
}


def add_all_profiles(parser: ArgumentParser, help_text: str) -> None:
    parser.add_argument("--all-profiles", action="store_true", help=help_text)


def run_for_profiles(
    name: str, run_one: RunOne, options: Namespace, console: Console
) -> list[Problem]:
    """Run a command once, or with ``--all-profiles`` for each profile of the configuration file.

    If the command fails for one profile, it still runs for the others.
    """
    if not options.all_profiles:
        result, problems = run_one(options, console)
        console.result(result)
        return problems
    results: dict[str, object] = {}
    problems = []
    file = _read_file(options)
    profiles = list(file.profiles.values())
    for profile in profiles:
        own = copy.copy(options)
        own.profile, own.database = profile.name, None
        use_profile(own, profile)
        console.print(f"Profile {quote(profile.name)}, archive {escape(str(own.database))}:")
        found: list[Problem] = []
        try:
            if (conflict := _find_conflict(profile, profiles)) is not None:
                raise unusable(file.path, conflict)
            results[profile.name], found = run_one(own, console)
        except Exception as error:
            problem = problem_of(error, name)
            if problem is None:
                raise
            found = [problem]
        problems += [problem._replace(profile=profile.name) for problem in found]
    console.result({"profiles": results})
    return problems


def _read_file(options: Namespace) -> ConfigurationFile:
    for name, reason in _SINGLE_ACCOUNT_OPTIONS.items():
        if getattr(options, name, None):
            option = f"--{name.replace('_', '-')}"
            raise ValueError(f"--all-profiles and {option} cannot be combined: {reason}")
    if options.database != DATABASE:
        raise ValueError(
            "--all-profiles and --database cannot be combined: each profile names its own database"
        )
    file = read_configuration_file(options)
    if file is None:
        raise ProblemError(NO_CONFIGURATION(option="--all-profiles"))
    return file


def _find_conflict(profile: Profile, profiles: list[Profile]) -> str | None:
    """Return why a profile cannot be used: no database, or that of another profile; or None."""
    database = profile.settings.get("database")
    if database is None:
        return f"profile {profile.name} has no `database`; set one in the profile"
    same = [
        one.name
        for one in profiles
        if "database" in one.settings and _real_path(one) == _real_path(profile)
    ]
    if len(same) == 1:
        return None
    return (
        f"profiles {' and '.join(same)} have the same database; give each profile its own, because "
        "an archive can hold one account only"
    )


def _real_path(profile: Profile) -> Path:
    return Path(str(profile.settings["database"])).resolve()
