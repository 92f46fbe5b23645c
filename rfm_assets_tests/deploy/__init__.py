"""A server as `deploy/` describes it: its processes with a real PostgreSQL, without a Docker engine."""
