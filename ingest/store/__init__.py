"""Bytes and tables at rest, written whole: the ledger, the lake, the key and who stands in them."""
