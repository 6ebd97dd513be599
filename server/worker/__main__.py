"""`python -P -m pragmatist.server.worker`: started by `client.Worker`, never by hand."""

from .process import main

main()
