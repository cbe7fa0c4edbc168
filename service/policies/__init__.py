"""Policy packs: TOML seeds, the loader that merges and checks them, and the explanation of what they decide."""
