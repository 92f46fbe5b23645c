"""Tests of the copy on a real PostgreSQL."""
