"""The current releases in PostgreSQL, for tools that read a database."""
