"""Periodic work goes on whatever one job does."""

import logging
import threading

import pytest

from fleet_server.core.jobs import Jobs


def test_a_job_that_fails_is_named_in_the_log_and_comes_again(caplog: pytest.LogCaptureFixture) -> None:
    jobs, runs = Jobs(), []

    def fail() -> None:
        raise RuntimeError("disk full")

    jobs.add("sweeping", 0, fail)
    jobs.add("counting", 0, lambda: runs.append(1))
    with caplog.at_level(logging.ERROR):
        jobs.run_due(1e12)
        jobs.run_due(1e12)
    assert len(runs) == 2
    assert jobs.jobs[0].failures == 2
    assert "sweeping" in caplog.text
    assert "disk full" in caplog.text


def test_a_job_waits_for_its_interval() -> None:
    jobs, runs = Jobs(), []
    jobs.add("counting", 1e9, lambda: runs.append(1))
    first = jobs.run_due(1e6)
    assert jobs.run_due(1e6) > first - 1
    assert len(runs) == 1


def test_the_thread_runs_jobs_and_stops_when_told() -> None:
    jobs, ran = Jobs(), threading.Event()
    jobs.add("telling", 0.01, ran.set)
    jobs.start()
    assert ran.wait(10)
    jobs.stop()
    jobs.stop()
    assert not any(thread.name == "jobs" and thread.is_alive() for thread in threading.enumerate())
