"""The chain of custody: events, the RFC 6962 ledger, checkpoints, verification and export."""
