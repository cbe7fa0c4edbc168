"""Figures for a monitoring system: counts by route, state and kind. Never a reference, a role's inbox or a name."""

from __future__ import annotations

from dataclasses import dataclass, field

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

_KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Metrics:
    """The figures of one web process, in a registry of their own so that two apps in one test do not clash."""

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    requests: Counter = field(init=False)
    seconds: Histogram = field(init=False)
    deliveries: Counter = field(init=False)
    notifications: Counter = field(init=False)
    records: Gauge = field(init=False)
    jobs: Gauge = field(init=False)
    sign_ins: Counter = field(init=False)

    def __post_init__(self) -> None:
        """Register each figure once."""
        made = {
            "requests": Counter(
                "convene_http_requests", "requests answered", ["method", "route", "status"], registry=self.registry
            ),
            "seconds": Histogram("convene_http_seconds", "time to answer", ["route"], registry=self.registry),
            "deliveries": Counter(
                "convene_webhook_deliveries", "webhook deliveries by outcome", ["outcome"], registry=self.registry
            ),
            "notifications": Counter(
                "convene_graph_notifications", "Graph notifications by outcome", ["outcome"], registry=self.registry
            ),
            "records": Gauge(
                "convene_records", "records by kind and state", ["partnership", "kind", "state"], registry=self.registry
            ),
            "sign_ins": Counter("convene_sign_ins", "sign-ins by outcome", ["outcome"], registry=self.registry),
            "jobs": Gauge(
                "convene_job_last_success_timestamp_seconds",
                "when a periodic job last ended well, in Unix time; 0: never",
                ["job"],
                registry=self.registry,
            ),
        }
        for name, metric in made.items():
            object.__setattr__(self, name, metric)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request. A made-up method does not make a new series."""
        known = method if method in _KNOWN_METHODS else "other"
        self.requests.labels(known, route, str(status)).inc()
        self.seconds.labels(route).observe(seconds)

    def exposition(self) -> web.Response:
        """All figures as text."""
        return web.Response(body=generate_latest(self.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


METRICS: web.AppKey[Metrics] = web.AppKey("metrics", Metrics)
