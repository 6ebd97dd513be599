"""`training` is no part of the package: it is imported from the repository."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2]))
