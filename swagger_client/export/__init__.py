"""Exports of an archive; `formats` has a module for each format.

`Archive.export` and `zoom-sms export` are how exports are written; this package has what readers
of an export need: its columns, and the values of CSV cells.
"""

from swagger_client.export.cells import from_cell
from swagger_client.export.columns import COLUMNS, Column
from swagger_client.export.registry import FORMATS

__all__ = ["COLUMNS", "FORMATS", "Column", "from_cell"]
