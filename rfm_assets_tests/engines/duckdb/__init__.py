"""Tests of rfm_assets.engines.duckdb."""
