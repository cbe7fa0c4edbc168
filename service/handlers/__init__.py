"""The doors: who is asking, is the shape right; nothing else."""
