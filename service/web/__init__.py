"""Pages: what a screen shows, as pure view models, and the templates that show it."""
