"""Tests of rfm_assets.instance."""
