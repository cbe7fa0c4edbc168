"""Graph's mail operations."""

from aiohttp import web

from service.sandbox.errors import GraphError, invalid_request, item_not_found
from service.sandbox.gateway import Call, Route
from service.sandbox.inboxes import Kind, Letter
from service.sandbox.mail import Message
from service.sandbox.mail_fields import check_recipients, read_message, read_send
from service.sandbox.mail_json import message_json
from service.sandbox.mime import read_mime
from service.sandbox.odata import ExtendedFilter, InternetIdFilter, only, read_count, read_expand, read_filter, select


async def create(call: Call) -> web.Response:
    """``POST /users/{id}/messages``: 201 with a draft, from JSON or from base64 MIME."""
    only(call.options)
    now = call.sandbox.clock.now()
    if call.request.content_type == "text/plain":
        message = read_mime(await call.raw(), now, call.mailbox.address)
    else:
        message = read_message(await call.body(), now)
    call.mailbox.messages.add(message)
    return _shown(call, message, 201)


async def read(call: Call) -> web.Response:
    """``GET /users/{id}/messages/{id}``."""
    only(call.options, "$expand", "$select")
    return _shown(call, _found(call), 200)


async def listed(call: Call) -> web.Response:
    """``GET /users/{id}/messages``: from every folder, all or those an extended property finds."""
    only(call.options, "$filter", "$expand", "$select", "$top")
    messages = list(call.mailbox.messages)
    if "$filter" in call.options:
        wanted = read_filter(call.options["$filter"])
        if isinstance(wanted, ExtendedFilter):
            messages = [message for message in messages if message.has_extended(wanted.id, wanted.value)]
        elif isinstance(wanted, InternetIdFilter):
            messages = [message for message in messages if message.internet_id == wanted.internet_id]
        else:
            raise invalid_request("The filter expression is not supported for this resource.")
    expand = read_expand(call.options.get("$expand"))
    top = read_count(call.options, "$top", 10)
    shown = [
        select(message_json(message, call.mailbox, call.preferences, expand), call.options.get("$select"))
        for message in messages[:top]
    ]
    context = call.context(f"users('{call.mailbox.object_id}')/messages")
    return call.reply(200, {"@odata.context": context, "value": shown})


async def send(call: Call) -> web.Response:
    """``POST /users/{id}/messages/{id}/send``: 202; a draft can be sent once."""
    only(call.options)
    message = _found(call)
    if not message.draft:
        raise GraphError(400, "ErrorInvalidOperation", "The message was already sent; only a draft can be sent.")
    check_recipients(message)
    call.mailbox.meter.mail(len(message.recipients()))
    call.mailbox.messages.mark_sent(message, call.sandbox.clock.now())
    _deliver(call, message)
    return call.reply(202)


async def send_mail(call: Call) -> web.Response:
    """``POST /users/{id}/sendMail``: 202; nothing tells two equal calls apart, so each sends."""
    only(call.options)
    now = call.sandbox.clock.now()
    if call.request.content_type == "text/plain":
        message, keep = read_mime(await call.raw(), now, call.mailbox.address), True
        check_recipients(message)
    else:
        message, keep = read_send(await call.body(), now)
        check_recipients(message)
    call.mailbox.meter.mail(len(message.recipients()))
    call.mailbox.messages.add(message)
    call.mailbox.messages.mark_sent(message, now)
    if not keep:
        call.mailbox.messages.discard(message)
    _deliver(call, message)
    return call.reply(202)


async def delete(call: Call) -> web.Response:
    """``DELETE /users/{id}/messages/{id}``: 204."""
    only(call.options)
    call.mailbox.messages.discard(_found(call))
    return call.reply(204)


def _deliver(call: Call, message: Message) -> None:
    letter = Letter(
        kind=Kind.MESSAGE,
        subject=message.subject,
        html=message.body_html,
        sender=call.mailbox.address,
        headers=message.headers,
        attachments=message.attachments,
        internet_id=message.internet_id,
    )
    for address in message.recipients():
        call.sandbox.post.deliver(address, letter, call.sandbox.clock.now())


def _found(call: Call) -> Message:
    message = call.mailbox.messages.find(call.item_id())
    if message is None:
        raise item_not_found()
    return message


def _shown(call: Call, message: Message, status: int) -> web.Response:
    expand = read_expand(call.options.get("$expand"))
    content = select(message_json(message, call.mailbox, call.preferences, expand), call.options.get("$select"))
    return call.item(status, content, context=f"users('{call.mailbox.object_id}')/messages/$entity")


ROUTES = [
    Route("POST", "/users/{user}/messages", "create_message", create),
    Route("GET", "/users/{user}/messages", "list_messages", listed),
    Route("GET", "/users/{user}/messages/{item}", "get_message", read),
    Route("DELETE", "/users/{user}/messages/{item}", "delete_message", delete),
    Route("POST", "/users/{user}/messages/{item}/send", "send_message", send),
    Route("POST", "/users/{user}/sendMail", "send_mail", send_mail),
]
