"""Tests of the lists of customers, and of where they are sent."""
