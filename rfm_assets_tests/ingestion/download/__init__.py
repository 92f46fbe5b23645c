"""Tests of rfm_assets.ingestion.download, against a real server on loopback."""
