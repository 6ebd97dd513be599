"""All that is compiled or run for the user happens in here.

run.py says how, bubblewrap.py or landlock.py what it may do.
"""

from .limits import MIB, Completed, Limits
from .run import Sandbox, SandboxUnavailable

__all__ = ["MIB", "Completed", "Limits", "Sandbox", "SandboxUnavailable"]
