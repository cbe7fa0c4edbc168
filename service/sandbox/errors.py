"""Graph's errors, made in one place and in Graph's own JSON shape."""

from collections.abc import Mapping
from typing import Any


class GraphError(Exception):
    """An answer Graph would refuse with; the gateway turns it into the response.

    Source: learn.microsoft.com/graph/errors.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})

    def body(self, *, date: str, request_id: str, client_request_id: str) -> dict[str, Any]:
        """Return the JSON body, with the ids support staff ask for."""
        inner = {"date": date, "request-id": request_id, "client-request-id": client_request_id}
        return {"error": {"code": self.code, "message": self.message, **self.extra, "innerError": inner}}


def invalid_request(message: str) -> GraphError:
    """400: a property or an option Graph does not know, or one that may not be written."""
    return GraphError(400, "ErrorInvalidRequest", message)


def invalid_value(path: str, message: str) -> GraphError:
    """400: a known property with a value it cannot take."""
    return GraphError(400, "ErrorPropertyValidationFailure", f"The property '{path}' is not valid: {message}")


def invalid_recipients(message: str) -> GraphError:
    """400: an address that is not one, none at all, or too many."""
    return GraphError(400, "ErrorInvalidRecipients", message)


def malformed_json() -> GraphError:
    """400: the body is not a JSON object."""
    return GraphError(400, "BadRequest", "Unable to read JSON request payload.")


def invalid_token(message: str = "Access token is empty, invalid or has expired.") -> GraphError:
    """401: no bearer token, or one this tenant did not issue or no longer honours."""
    challenge = {"WWW-Authenticate": 'Bearer realm="", error="invalid_token"'}
    return GraphError(401, "InvalidAuthenticationToken", message, headers=challenge)


def access_denied() -> GraphError:
    """403: the application may not touch this mailbox."""
    return GraphError(403, "ErrorAccessDenied", "Access to OData is disabled.")


def invalid_user(user: str) -> GraphError:
    """404: no such mailbox in this tenant."""
    return GraphError(404, "ErrorInvalidUser", f"The requested user '{user}' is invalid.")


def item_not_found() -> GraphError:
    """404: no such item, or its id died when it moved to another folder."""
    return GraphError(404, "ErrorItemNotFound", "The specified object was not found in the store.")


def resource_not_found(what: str) -> GraphError:
    """404: a path or a subscription that does not exist."""
    return GraphError(404, "ResourceNotFound", f"Resource not found: {what}.")


def duplicate_transaction(existing_id: str) -> GraphError:
    """409: the transactionId already made a different event, whose id is given."""
    return GraphError(
        409,
        "ErrorDuplicateTransactionId",
        "Your request can't be completed. The TransactionId specified in the request has already been used to "
        "create a different event.",
        extra={"@event.existingEventId": existing_id},
    )


def lost_update() -> GraphError:
    """412: the item changed since the ETag in If-Match was read."""
    return GraphError(412, "ErrorIrresolvableConflict", "The send or update operation could not be performed.")


def sync_state_lost() -> GraphError:
    """410: the delta token is no longer known, a full round is needed."""
    return GraphError(410, "syncStateNotFound", "The sync state generation is not found; resync is required.")


def mailbox_concurrency() -> GraphError:
    """429: more requests in flight than one application may have on one mailbox."""
    message = "Application is over its MailboxConcurrency limit."
    return GraphError(429, "ApplicationThrottled", message, headers={"Retry-After": "1"})


def throttled(retry_after: int) -> GraphError:
    """429: over a rate, for this many more seconds."""
    message = "Too many requests. Retry after the time given."
    return GraphError(429, "ApplicationThrottled", message, headers={"Retry-After": str(retry_after)})


def too_many_recipients() -> GraphError:
    """429: the mailbox has sent to as many as it may within 24 hours. The code is a guess: none is documented."""
    message = "The mailbox has exceeded its limit of recipients in 24 hours."
    return GraphError(429, "ErrorExceededMessageLimit", message, headers={"Retry-After": "3600"})


def not_emulated(what: str) -> GraphError:
    """501: Graph has it, this sandbox has not."""
    return GraphError(501, "NotImplemented", f"{what} is not emulated.")


_PLAIN = {
    401: ("InvalidAuthenticationToken", "Access token has expired or is not yet valid."),
    403: ("ErrorAccessDenied", "Access is denied. Check credentials and try again."),
    404: ("ErrorItemNotFound", "The specified object was not found in the store."),
    408: ("RequestTimeout", "The request was not received in time."),
    409: ("Conflict", "The resource has changed meanwhile."),
    410: ("syncStateNotFound", "The sync state generation is not found; resync is required."),
    412: ("ErrorIrresolvableConflict", "The send or update operation could not be performed."),
    429: ("ApplicationThrottled", "Too many requests."),
    500: ("ErrorInternalServerError", "An internal server error occurred. The operation failed."),
    502: ("BadGateway", "The upstream server gave no usable answer."),
    503: ("serviceNotAvailable", "The service is temporarily unavailable."),
    504: ("GatewayTimeout", "The upstream server did not answer in time."),
    509: ("activityLimitReached", "The bandwidth limit is exceeded."),
}


def plain(status: int, retry_after: str | None = None, code: str = "") -> GraphError:
    """Return the ordinary error of a status, or the one of ``code``, for the fault switchboard."""
    ordinary, message = _PLAIN.get(status, ("generalException", "The request failed."))
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return GraphError(status, code or ordinary, message, headers=headers)
