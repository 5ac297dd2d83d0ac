"""The version of the package, once."""

__version__ = "2.0.0.dev0"
