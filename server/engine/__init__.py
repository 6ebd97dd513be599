"""The engine: the only part that knows every stage. The command line and the language server are faces of it."""
