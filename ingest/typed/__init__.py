"""A text table and its contract become a typed table and its rejects. Pure: no file, no clock."""
