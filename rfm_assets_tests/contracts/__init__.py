"""Tests of rfm_assets.contracts."""
