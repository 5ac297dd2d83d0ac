"""What it costs to archive an account: requests, rate, CPU and memory.

    python -m benchmarks.archive                     # 100,000 messages on the Business plan
    python -m benchmarks.archive --messages 10000 --attachments

The account is a sandbox that counts requests as Zoom's plan does, by its own clock, which runs with
the real one; the archive is made by a process of its own, whose CPU and memory are measured.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from swagger_client.sandbox import Sandbox

_PERMITTED = {"pro": 10, "business": 20}

_CHILD = """\
import json, resource, sys, time
from swagger_client import ApiClient, Configuration, SMSApi
from swagger_client.archive import Archive
database, files, since, plan = sys.argv[1:]
configuration = Configuration.from_env()
configuration.rate_plan = plan
def peak():
    with open("/proc/self/status") as status:
        return int(status.read().partition("VmHWM:")[2].split()[0]) / 1024
memory = peak()
idle = resource.getrusage(resource.RUSAGE_SELF)
started = time.monotonic()
with ApiClient(configuration) as client:
    report = Archive(database).mirror(SMSApi(client), since=since, attachments=files or None)
took = time.monotonic() - started
used = resource.getrusage(resource.RUSAGE_SELF)
most = peak()
cpu = used.ru_utime + used.ru_stime - idle.ru_utime - idle.ru_stime
started = time.monotonic()
sound = Archive(database).verify().sound
print(json.dumps({"messages": report.new_messages, "files": report.files_done, "seconds": took,
                  "cpu": cpu, "memory": most, "idle": memory,
                  "verify": time.monotonic() - started, "sound": sound}))
"""


def main() -> None:
    """Archive an account once, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--sessions", type=int, default=200)
    parser.add_argument("--years", type=float, default=1.0)
    parser.add_argument("--plan", choices=tuple(_PERMITTED), default="business")
    parser.add_argument("--attachments", action="store_true")
    options = parser.parse_args()
    with (
        Sandbox(
            seed=11, users=40, queues=4, receptionists=2, sessions=options.sessions,
            messages=options.messages, years=options.years, plan=options.plan,
        ) as zoom,
        tempfile.TemporaryDirectory() as folder,
    ):  # fmt: skip
        held = len(zoom.messages())
        since = time.strftime("%Y-%m-%d", time.gmtime(zoom.messages()[0].at_ms / 1000))
        database = Path(folder, "sms.sqlite3")
        files = str(Path(folder, "files")) if options.attachments else ""
        done = subprocess.run(
            [sys.executable, "-c", _CHILD, str(database), files, since, options.plan],
            env={**os.environ, "ZOOM_API_HOST": zoom.host, "ZOOM_ACCESS_TOKEN": zoom.access_token},
            capture_output=True,
            check=True,
        )
        report = json.loads(done.stdout)
        asked = [r for r in zoom.requests if r.operation not in ("download", "oauth_token")]
        statuses = Counter(r.status for r in asked)
        seconds = asked[-1].at - asked[0].at
        permitted = _PERMITTED[options.plan] * seconds
        print(f"messages          {report['messages']:,} of {held:,}, sound: {report['sound']}")
        print(f"files             {report['files']:,}")
        print(f"requests          {len(asked):,} in {seconds:.0f} s, statuses {dict(statuses)}")
        print(f"permitted rate    {len(asked) / permitted:.1%} used, {statuses[429]} times 429")
        print(f"CPU               {report['cpu']:.1f} s")
        print(f"peak memory       {report['memory']:.0f} MiB, {report['idle']:.0f} before the run")
        print(f"database          {database.stat().st_size / (1 << 20):.0f} MiB")
        print(f"verify            {report['verify']:.1f} s")


if __name__ == "__main__":
    main()
