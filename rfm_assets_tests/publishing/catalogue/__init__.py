"""Tests of what the catalogue shows."""
