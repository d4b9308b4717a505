"""Withdraws what was promoted: planned whole, held against the breaker, recorded, then done."""
