"""The vocabulary of Autoclave: values, the lifecycle and small Protocols; standard library only, no I/O."""
