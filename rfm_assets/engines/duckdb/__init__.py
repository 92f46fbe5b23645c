"""The engine on DuckDB: the one room that knows how DuckDB is called."""
