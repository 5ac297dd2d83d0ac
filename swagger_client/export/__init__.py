"""What a program needs to read an export: formats, columns, and cells of CSV files.

To write an export, call ``Archive.export`` or run ``zoom-sms export``.
"""

from swagger_client.export.cells import from_cell
from swagger_client.export.columns import COLUMNS, Column
from swagger_client.export.formats import FORMATS

__all__ = ["COLUMNS", "FORMATS", "Column", "from_cell"]
