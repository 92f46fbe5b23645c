"""Tests of rfm_assets.publishing."""
