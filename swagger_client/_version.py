"""The version of the package, once."""

__version__ = "1.0.0"
