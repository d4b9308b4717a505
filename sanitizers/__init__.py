"""Inspection: plain functions over bytes that report and do not decide."""
