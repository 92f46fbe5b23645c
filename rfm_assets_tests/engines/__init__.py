"""Tests of rfm_assets.engines."""
