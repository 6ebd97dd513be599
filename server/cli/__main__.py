"""`python -m pragmatist.server.cli`: the same as the `pragmatist` command."""

import sys

from . import main

sys.exit(main())
