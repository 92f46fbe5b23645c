"""The published tables on a PostgreSQL server."""
