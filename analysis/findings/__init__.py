"""Findings: one module a code, with its documentation."""
