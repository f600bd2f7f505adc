"""The Dagster UI behind a guard of our own, with the pages of the releases beside it."""
