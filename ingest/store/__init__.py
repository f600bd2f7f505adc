"""Bytes and tables at rest, written whole: the ledger, landing, the lake and the pseudonym key."""
