"""How a small model for Pragmatist is made: loops, the truth about them, dialogues, training, export, measuring."""
