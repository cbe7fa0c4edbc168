"""A pretend Microsoft 365: Graph, Entra and the agencies' inboxes, in a process of its own."""
