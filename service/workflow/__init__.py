"""One function per thing a person or a system can ask for. Each is one transaction: state, outbox intent and audit."""
