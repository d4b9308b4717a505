"""The vocabulary: values, the lifecycle and small Protocols; standard library only, no I/O."""
