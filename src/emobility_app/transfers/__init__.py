"""Files of records: read row by row, written cell by cell, and the queue of those under way."""

from emobility_app.transfers.columns import Column, columns_of
from emobility_app.transfers.csv_rows import CsvRows
from emobility_app.transfers.ndjson_rows import NdjsonRows
from emobility_app.transfers.queue import Cancelled, Disowned, Transfers
from emobility_app.transfers.rows import LONGEST_ROW, MOST_ROWS, Row, RowReader, batches

__all__ = [
    "LONGEST_ROW",
    "MOST_ROWS",
    "Cancelled",
    "Column",
    "CsvRows",
    "Disowned",
    "NdjsonRows",
    "Row",
    "RowReader",
    "Transfers",
    "batches",
    "columns_of",
]
