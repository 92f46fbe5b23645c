"""Tests of rfm_assets.defs."""
