"""The version of this package, and a check whether an optional extra is installed."""

from importlib import import_module

__version__ = "2.0.0.dev0"


def check_extra(extra: str, *modules: str) -> None:
    """Check that the packages of an optional extra are installed.

    :param extra: the name of the extra, such as ``redis``.
    :param modules: the modules that the extra must provide.
    :raises ImportError: if one of the modules cannot be imported. The error message does not name
        this client for ``pip install``, because a package index may have another project with the
        same name.
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
