from importlib import import_module

__version__ = "2.0.0.dev0"


def check_extra(extra: str, *modules: str) -> None:
    """Raise an ImportError if a package of an optional extra is not installed.

    The message does not say ``pip install swagger-client``, because a package index may have
    another project with this name.

    :param extra: the name of the extra, such as ``redis``.
    :param modules: the modules that the extra must provide.
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
