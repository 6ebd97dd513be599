"""What the client can do, one predicate each."""

from __future__ import annotations

from lsprotocol import types


class Client:
    """The client's declared capabilities. What is not declared is not there."""

    def __init__(self, capabilities: types.ClientCapabilities) -> None:
        document = capabilities.text_document
        self._action = document.code_action if document else None
        self._diagnostics = document.publish_diagnostics if document else None
        self._hover = document.hover if document else None
        self._workspace = capabilities.workspace
        self._window = capabilities.window
        self._pull = document.diagnostic if document else None

    def resolves_edits(self) -> bool:
        """An action may come without its edit and get it by `codeAction/resolve`."""
        support = self._action.resolve_support if self._action else None
        return support is not None and "edit" in support.properties and bool(self._action and self._action.data_support)

    def action_literals(self) -> bool:
        """Code actions may be more than commands."""
        return bool(self._action and self._action.code_action_literal_support)

    def preferred_actions(self) -> bool:
        return bool(self._action and self._action.is_preferred_support)

    def versioned_edits(self) -> bool:
        """Edits may name the version that they are for (`documentChanges`)."""
        edit = self._workspace.workspace_edit if self._workspace else None
        return bool(edit and edit.document_changes)

    def applies_edits(self) -> bool:
        return bool(self._workspace and self._workspace.apply_edit)

    def shows_documents(self) -> bool:
        """By `window/showDocument`, a browser's page among them."""
        return bool(self._window and self._window.show_document and self._window.show_document.support)

    def refreshes_lenses(self) -> bool:
        lens = self._workspace.code_lens if self._workspace else None
        return bool(lens and lens.refresh_support)

    def refreshes_hints(self) -> bool:
        hint = self._workspace.inlay_hint if self._workspace else None
        return bool(hint and hint.refresh_support)

    def pulls_diagnostics(self) -> bool:
        """It asks for diagnostics (`textDocument/diagnostic`), so that none need be sent."""
        return self._pull is not None

    def refreshes_diagnostics(self) -> bool:
        support = self._workspace.diagnostics if self._workspace else None
        return bool(support and support.refresh_support)

    def configuration(self) -> bool:
        """It answers `workspace/configuration`."""
        return bool(self._workspace and self._workspace.configuration)

    def registers_configuration(self) -> bool:
        """It tells of changed configuration if that was registered for."""
        support = self._workspace.did_change_configuration if self._workspace else None
        return bool(support and support.dynamic_registration)

    def registers_watchers(self) -> bool:
        """It watches files that were registered for."""
        support = self._workspace.did_change_watched_files if self._workspace else None
        return bool(support and support.dynamic_registration)

    def work_done_progress(self) -> bool:
        return bool(self._window and self._window.work_done_progress)

    def related_information(self) -> bool:
        return bool(self._diagnostics and self._diagnostics.related_information)

    def code_descriptions(self) -> bool:
        return bool(self._diagnostics and self._diagnostics.code_description_support)

    def diagnostic_data(self) -> bool:
        return bool(self._diagnostics and self._diagnostics.data_support)

    def diagnostic_tag(self, tag: types.DiagnosticTag) -> bool:
        """Diagnostics may have this tag."""
        support = self._diagnostics.tag_support if self._diagnostics else None
        return support is not None and tag in support.value_set

    def versioned_diagnostics(self) -> bool:
        return bool(self._diagnostics and self._diagnostics.version_support)

    def markdown_hover(self) -> bool:
        formats = (self._hover.content_format if self._hover else None) or []
        return types.MarkupKind.Markdown in formats
