"""Inspection: scanners, limits, policy and rule packs; plain functions over bytes that report and do not decide."""
