"""The real msgraph-sdk against the sandbox: create once, read back, delta, drafts, errors."""

import warnings
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Self

import httpx
import pytest

from tests.sandbox.conftest import CLIENT, ORGANISER, POLICE, PROPERTY, TENANT, Tenant

with warnings.catch_warnings():
    # The SDK warns about its own classes whenever one is imported, which no caller can help.
    warnings.simplefilter("ignore", DeprecationWarning)
    from azure.core.credentials import AccessToken
    from kiota_abstractions.base_request_configuration import RequestConfiguration
    from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
    from kiota_http.middleware.options import RedirectHandlerOption, RetryHandlerOption
    from msgraph.generated.models.attendee import Attendee
    from msgraph.generated.models.attendee_type import AttendeeType
    from msgraph.generated.models.body_type import BodyType
    from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
    from msgraph.generated.models.email_address import EmailAddress
    from msgraph.generated.models.event import Event
    from msgraph.generated.models.item_body import ItemBody
    from msgraph.generated.models.message import Message
    from msgraph.generated.models.o_data_errors.o_data_error import ODataError
    from msgraph.generated.models.recipient import Recipient
    from msgraph.generated.models.response_type import ResponseType
    from msgraph.generated.models.single_value_legacy_extended_property import SingleValueLegacyExtendedProperty
    from msgraph.generated.users.item.calendar_view.delta.delta_request_builder import DeltaRequestBuilder
    from msgraph.generated.users.item.events.events_request_builder import EventsRequestBuilder
    from msgraph.generated.users.item.events.item.cancel.cancel_post_request_body import CancelPostRequestBody
    from msgraph.generated.users.item.send_mail.send_mail_post_request_body import SendMailPostRequestBody
    from msgraph.graph_request_adapter import GraphRequestAdapter, options
    from msgraph.graph_service_client import GraphServiceClient
    from msgraph_core import GraphClientFactory  # type: ignore[import-untyped]

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

SCOPE = "https://graph.microsoft.com/.default"
PREFER = 'outlook.timezone="UTC", IdType="ImmutableId"'


@dataclass
class SecretCredential:
    """Client credentials over plain loopback HTTP, which azure-identity refuses to speak."""

    http: httpx.AsyncClient
    tenant: Tenant

    async def get_token(self, *scopes: str, **kwargs: Any) -> AccessToken:
        form = {
            "grant_type": "client_credentials",
            "client_id": CLIENT,
            "client_secret": self.tenant.config.client_secret,
            "scope": " ".join(scopes),
        }
        answer = (await self.http.post(f"{self.tenant.url}/{TENANT}/oauth2/v2.0/token", data=form)).json()
        return AccessToken(answer["access_token"], 2_000_000_000)

    async def close(self) -> None:
        """Nothing of its own to close."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing of its own to close."""


@pytest.fixture
async def graph(tenant: Tenant) -> AsyncIterator[GraphServiceClient]:
    """The SDK's client, its base address set to the sandbox and its own retries and redirects off."""
    transport = httpx.AsyncHTTPTransport()
    async with httpx.AsyncClient() as tokens:
        provider = AzureIdentityAuthenticationProvider(
            SecretCredential(tokens, tenant), scopes=[SCOPE], allowed_hosts=["127.0.0.1"]
        )
        chosen = {
            **options,
            RetryHandlerOption.get_key(): RetryHandlerOption(max_retries=0, should_retry=False),
            RedirectHandlerOption.get_key(): RedirectHandlerOption(should_redirect=False),
        }
        client = GraphClientFactory.create_with_default_middleware(
            client=httpx.AsyncClient(transport=transport), options=chosen
        )
        adapter = GraphRequestAdapter(provider, client=client)
        adapter.base_url = f"{tenant.url}/v1.0"
        yield GraphServiceClient(request_adapter=adapter)
    await transport.aclose()


def meeting(subject: str = "Professionals' meeting K7Q2", transaction_id: str = "t-1") -> Event:
    return Event(
        subject=subject,
        body=ItemBody(content_type=BodyType.Html, content="<p>Reference K7Q2</p>"),
        start=DateTimeTimeZone(date_time="2026-12-01T10:00:00", time_zone="Europe/London"),
        end=DateTimeTimeZone(date_time="2026-12-01T11:30:00", time_zone="Europe/London"),
        attendees=[Attendee(type=AttendeeType.Required, email_address=EmailAddress(address=POLICE))],
        hide_attendees=True,
        single_value_extended_properties=[SingleValueLegacyExtendedProperty(id=PROPERTY, value="mtg_1")],
        transaction_id=transaction_id,
    )


def asking(**query: Any) -> RequestConfiguration[Any]:
    asked: RequestConfiguration[Any] = RequestConfiguration(**query)
    asked.headers.add("Prefer", PREFER)
    return asked


async def test_the_sdk_creates_an_event_once_and_finds_it_again(graph: GraphServiceClient, tenant: Tenant) -> None:
    events = graph.users.by_user_id(ORGANISER).events
    first = await events.post(meeting(), asking())
    second = await events.post(meeting(), asking())
    assert first is not None
    assert second is not None
    assert first.id == second.id
    assert (await tenant.counts(POLICE))["invite"] == 1
    text = f"singleValueExtendedProperties/Any(ep: ep/id eq '{PROPERTY}' and ep/value eq 'mtg_1')"
    query = EventsRequestBuilder.EventsRequestBuilderGetQueryParameters(
        filter=text, expand=[f"singleValueExtendedProperties($filter=id eq '{PROPERTY}')"]
    )
    found = await events.get(asking(query_parameters=query))
    assert found is not None
    assert found.value is not None
    assert [event.id for event in found.value] == [first.id]
    properties = found.value[0].single_value_extended_properties
    assert properties is not None
    assert properties[0].value == "mtg_1"


async def test_the_sdk_reads_an_answer_by_delta(graph: GraphServiceClient, tenant: Tenant) -> None:
    user = graph.users.by_user_id(ORGANISER)
    made = await user.events.post(meeting(), asking())
    assert made is not None
    await tenant.respond(POLICE, str(made.i_cal_u_id), "accept")
    window = DeltaRequestBuilder.DeltaRequestBuilderGetQueryParameters(
        start_date_time="2026-11-01T00:00:00Z", end_date_time="2027-01-01T00:00:00Z"
    )
    page = await user.calendar_view.delta.get(asking(query_parameters=window))
    assert page is not None
    assert page.value == []
    assert page.odata_next_link is not None
    page = await user.calendar_view.delta.with_url(page.odata_next_link).get(asking())
    assert page is not None
    assert page.value is not None
    assert page.odata_delta_link is not None
    (event,) = page.value
    assert (event.id, event.transaction_id) == (made.id, "t-1")
    assert event.attendees is not None
    status = event.attendees[0].status
    assert status is not None
    assert status.response is ResponseType.Accepted


async def test_the_sdk_sees_graphs_errors(graph: GraphServiceClient, tenant: Tenant) -> None:
    user = graph.users.by_user_id(ORGANISER)
    made = await user.events.post(meeting(), asking())
    assert made is not None
    with pytest.raises(ODataError) as duplicate:
        await user.events.post(meeting(subject="Another"), asking())
    assert duplicate.value.response_status_code == 409
    assert duplicate.value.error is not None
    assert duplicate.value.error.code == "ErrorDuplicateTransactionId"
    assert duplicate.value.error.additional_data["@event.existingEventId"] == made.id
    cancelling = user.events.by_event_id(str(made.id)).cancel
    await cancelling.post(CancelPostRequestBody(comment="Facts are clear."))
    with pytest.raises(ODataError) as gone:
        await cancelling.post(CancelPostRequestBody(comment="Facts are clear."))
    assert gone.value.response_status_code == 404
    await tenant.fault("create_event", "status", status=429, retry_after="3")
    with pytest.raises(ODataError) as throttled:
        await user.events.post(meeting(transaction_id="t-2"), asking())
    assert throttled.value.response_headers is not None
    assert throttled.value.response_headers["retry-after"] == "3"


async def test_the_sdk_drafts_and_sends_messages(graph: GraphServiceClient, tenant: Tenant) -> None:
    user = graph.users.by_user_id(ORGANISER)
    message = Message(subject="Why", to_recipients=[Recipient(email_address=EmailAddress(address=POLICE))])
    made = await user.messages.post(message, asking())
    assert made is not None
    await user.messages.by_message_id(str(made.id)).send.post()
    await user.send_mail.post(SendMailPostRequestBody(message=message, save_to_sent_items=False))
    assert (await tenant.counts(POLICE))["message"] == 2
