"""The scanners: each looks at opened content and says what it saw, or why it could not look."""
