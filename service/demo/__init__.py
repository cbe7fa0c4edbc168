"""The demo's story: a day of cases, played over HTTP against the running service and the sandbox."""
