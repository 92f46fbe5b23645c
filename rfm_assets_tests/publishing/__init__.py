"""Tests of rfm_assets.ingestion."""
