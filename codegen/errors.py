"""What can go wrong between a plan and the user's file.

    CodegenError
    ├── UnsafePlan      a plan holds text that must not get into a program
    ├── CannotInsert    the loop or directive stands where its pragma cannot be placed
    ├── EditConflict    the text is no longer the one that the edit was made for
    └── WriteFailed     the file could not be replaced; it is as it was

Each message is one sentence or two for the user and says what to do. Whatever is raised, nothing has been written.
"""

from __future__ import annotations


class CodegenError(Exception):
    """Base of all errors of this folder."""


class UnsafePlan(CodegenError):
    """A name, section, condition or pragma that is not what it should be: the plan was not checked, or not by us."""


class CannotInsert(CodegenError):
    """The place takes no pragma: a macro, a directive that is there already, text that does not match the facts."""


class EditConflict(CodegenError):
    """The text is no longer the one that the edit was made for; analyse again and ask for a new edit."""


class WriteFailed(CodegenError):
    """The file was not replaced: no space, no permission, a special file. It and its directory are as they were."""
