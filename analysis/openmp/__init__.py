"""OpenMP directives that stand in the text: their syntax, their data sharing, and whether what they govern races."""
