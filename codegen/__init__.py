"""Plans to text: pragma lines and the minimal, atomic edits that insert them."""
