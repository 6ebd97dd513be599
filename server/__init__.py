"""The engine and its two thin faces: the command line and the language server."""
