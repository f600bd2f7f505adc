"""Readers: the bytes of one delivered file become text tables with row numbers, or are refused."""
