"""/metrics counts requests by their routes, shows what the rows say, and isn't for everyone."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from tests.pages import ROOT
from tests.queue_rows import library
from tests.visiting import START, Visitor, visiting

DASHBOARD = ROOT / "deploy" / "grafana" / "narrate.json"


def scraped(visitor: Visitor) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    answer = visitor.get("/metrics")
    assert answer.status_code == 200, answer.text
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_requests_are_counted_by_route_and_never_by_address(tmp_path: Path) -> None:
    with visiting(tmp_path / "home") as place:
        visitor = place.visitor()
        for path in ("/status", "/status", "/api/queue/lesswrong:none", "/feeds/private/s3cr3t.xml", "/no/such/s3cr3t"):
            visitor.get(path)
        found = scraped(visitor)
        text = visitor.get("/metrics").text
    counted = {labels: n for (name, labels), n in found.items() if name == "narrate_http_requests_total"}
    assert counted[("method", "GET"), ("route", "/status"), ("status", "200")] == 2
    assert counted[("method", "GET"), ("route", "/api/queue/{key}"), ("status", "404")] == 1
    assert found["narrate_http_request_seconds_count", (("route", "/status"),)] == 2
    assert "s3cr3t" not in text
    assert found["process_cpu_seconds_total", ()] > 0


def test_gauges_say_what_the_rows_say(tmp_path: Path) -> None:
    with visiting(tmp_path / "home", price_per_machine_hour=2, min_free_gb=3) as place:
        library(place.store, START, n_waiting=3, n_archived=4, n_done=10, minutes=30)
        found = scraped(place.visitor())
    lane = {"lane": "recent", "wish": "archive"}
    assert found["narrate_queue_posts", tuple(sorted(lane.items()))] == 2
    assert found["narrate_episodes", ()] == 10
    assert found["narrate_audio_seconds", ()] == 18_000
    assert found["narrate_busy_seconds_total", ()] == 3600
    assert found["narrate_wish_delay_seconds", (("quantile", "0.95"),)] == 7200
    assert found["narrate_audio_hour_price", ()] == pytest.approx(0.4)
    assert found["narrate_disk_least_free_bytes", ()] == 3e9
    assert found["narrate_disk_free_bytes", ()] > 0
    assert found["narrate_paused", ()] in (0, 1)


def test_without_a_token_only_this_machine_may_read_them_and_no_proxy(tmp_path: Path) -> None:
    with visiting(tmp_path / "home") as place:
        assert place.visitor().get("/metrics").status_code == 200
        for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP"):
            answer = place.visitor().get("/metrics", headers={header: "203.0.113.9", "Accept": "application/json"})
            assert answer.status_code == 403, header
            assert answer.json()["type"] == "/problems/metrics-local"


def test_with_a_token_whoever_has_it_may_read_them(tmp_path: Path) -> None:
    with visiting(tmp_path / "home", metrics_token="a-long-word") as place:
        visitor = place.visitor()
        for given, status in (("", 401), ("Bearer wrong", 401), ("Bearer ä", 401), ("Bearer a-long-word", 200)):
            headers = {"Authorization": given.encode(), "X-Forwarded-For": "203.0.113.9"}
            assert visitor.get("/metrics", headers=headers).status_code == status, given


def test_what_changes_something_is_logged_with_its_post_and_no_address(tmp_path: Path) -> None:
    with visiting(tmp_path / "home") as place:
        ana = place.member()
        with capture_logs() as lines:
            ana.post("/queue/lesswrong:abc/vote", data={"n": "1", "csrf": "wrong"})
            ana.get("/queue")
    answered = [line for line in lines if line["event"] == "answered"]
    assert [(line["method"], line["status"]) for line in answered] == [("POST", 403)]
    assert "ana" not in str(answered)


def queries() -> list[str]:
    """Every query of the dashboard."""
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    return [target["expr"] for panel in panels for target in panel.get("targets", [])]


def test_every_query_of_the_dashboard_names_metrics_there_are(tmp_path: Path) -> None:
    with visiting(tmp_path / "home", price_per_machine_hour=1) as place:
        library(place.store, START, n_waiting=2, n_done=2)
        place.visitor().get("/status")
        there = {name for name, _ in scraped(place.visitor())}
    asked = {name for query in queries() for name in re.findall(r"\b(?:narrate|process)_[a-z_]+", query)}
    assert len(queries()) >= 10
    assert asked - there == set()
