"""The facts of a file while it is edited: what an edit cannot have changed is kept."""

from .session import FileAnalysis

__all__ = ["FileAnalysis"]
