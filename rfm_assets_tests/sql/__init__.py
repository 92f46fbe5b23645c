"""Tests of rfm_assets/sql, each SELECT through the engine."""
