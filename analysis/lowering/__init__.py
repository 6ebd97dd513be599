"""From the concrete syntax tree to the intermediate representation."""
