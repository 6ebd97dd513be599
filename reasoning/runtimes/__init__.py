"""Model runtimes: each completes a chat under a JSON schema or a grammar, behind the protocol in `protocol.py`."""
