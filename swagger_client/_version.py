"""The version of the package, and the check for the packages of its extras."""

from importlib import import_module

__version__ = "2.0.0.dev0"


def check_extra(extra: str, *modules: str) -> None:
    """Check that the packages of an extra are installed.

    :raises ImportError: when a package is missing. The error text does not say ``pip install`` with
        the name of this client, because a package index may have another project of that name.
    """
    for name in modules:
        try:
            import_module(name)
        except ImportError:
            raise ImportError(
                f"{name.partition('.')[0]} is not installed. Install this client again with the "
                f"extra `{extra}`: pip install 'PACKAGE[{extra}]', where PACKAGE is the wheel or "
                "the source folder of this client.",
                name=name,
            ) from None
