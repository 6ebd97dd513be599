"""Text changes as the client wants them."""

from __future__ import annotations

from lsprotocol import types

from ...codegen.edit import Edit
from .capabilities import Client
from .documents import Document


def workspace_edit(document: Document, edit: Edit, client: Client) -> types.WorkspaceEdit:
    """The edit against this version of the document, by version where the client can tell versions apart."""
    changes = [
        types.TextEdit(range=document.range(change.start, change.end), new_text=change.text) for change in edit.changes
    ]
    if not client.versioned_edits():
        return types.WorkspaceEdit(changes={document.uri: changes})
    identifier = types.OptionalVersionedTextDocumentIdentifier(uri=document.uri, version=document.version)
    return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(text_document=identifier, edits=list(changes))])
