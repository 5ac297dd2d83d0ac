"""The version of the package, once, and how its extras are installed."""

from importlib import import_module

__version__ = "2.0.0.dev0"


def check_extra(extra: str, *modules: str) -> None:
    """Check that the packages of an extra are installed.

    :raises ImportError: when one is missing. It does not name the package on an index, where
        another project may have this package's name.
    """
    for name in modules:
        try:
            import_module(name)
        except ImportError:
            raise ImportError(
                f"{name.partition('.')[0]} is not installed. Install this package again with the "
                f"extra `{extra}`: pip install 'PACKAGE[{extra}]', where PACKAGE is its wheel or "
                "the folder of its source.",
                name=name,
            ) from None
