"""A sandbox Graph, our adapter opened on it, and a recording server, each fresh for a test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from service.outlook.adapter import Graph, open_graph
from tests.outlook.stage import Place, Recorder, running_sandbox, serving


@pytest.fixture
async def sandbox() -> AsyncIterator[Place]:
    async with running_sandbox() as place:
        yield place


@pytest.fixture
async def graph(sandbox: Place) -> AsyncIterator[Graph]:
    async with open_graph(sandbox.settings) as opened:
        yield opened


@pytest.fixture
async def recorder() -> AsyncIterator[Recorder]:
    made = Recorder()
    async with serving(made.app()) as address:
        made.address = address
        yield made
