"""The joins, free of Prefect: settings, wiring, record-then-act and the steps."""
