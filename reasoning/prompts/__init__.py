"""Prompts: versioned files, and the abstract of a loop that they carry."""
