"""What the API's description says of each operation. A test holds it against the table of routes."""

from __future__ import annotations

from service.handlers.operations.arranging import ARRANGING
from service.handlers.operations.asking import ASKING
from service.handlers.operations.directory import DIRECTORY
from service.handlers.operations.disagreeing import DISAGREEING
from service.handlers.operations.papers import PAPERS
from service.handlers.operations.parameters import PARAMETERS
from service.handlers.operations.reading_mail import READING_MAIL
from service.handlers.operations.recording import RECORDING
from service.handlers.operations.reporting import REPORTING
from service.handlers.operations.shape import File, Operation

DESCRIBED: tuple[Operation, ...] = (
    *ASKING,
    *ARRANGING,
    *READING_MAIL,
    *RECORDING,
    *PAPERS,
    *DISAGREEING,
    *REPORTING,
    *DIRECTORY,
)

__all__ = ["DESCRIBED", "PARAMETERS", "File", "Operation"]
