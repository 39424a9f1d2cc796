"""All SQL and only SQL, and the files beside it. Rows become records in here; nobody else sees a row."""

from narrate.store.db import Store, open_store, open_to_read
from narrate.store.files import Files, open_files

__all__ = ["Files", "Store", "open_files", "open_store", "open_to_read"]
