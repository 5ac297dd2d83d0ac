"""Receives and archives webhook events, for `zoom-sms listen`."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from swagger_client.archive import locks
from swagger_client.archive.errors import ArchiveLockedError
from swagger_client.archive.event_queue import EventQueue
from swagger_client.archive.event_worker import EventWorker

if TYPE_CHECKING:
    from swagger_client.api import SMSApi
    from swagger_client.archive.archive import Archive


@contextlib.contextmanager
def archiving_events(archive: Archive, api: SMSApi) -> Iterator[EventQueue]:
    """Yield a queue of webhook events; archive the submitted events in threads during the block.

    Events that are not archived when the block ends stay in the queue, which is in the archive's
    database. The next call archives them.
    """
    with locks.listening(archive.path):
        with contextlib.suppress(ArchiveLockedError), archive._store(wait_for_listener=False):
            pass  # opening creates or migrates the archive; a run with the lock has done that
        open_store = functools.partial(archive._store, wait_for_listener=False)
        with EventQueue(archive.path).running() as events:
            worker = EventWorker(open_store, api.api_client, events.stored)
            thread = threading.Thread(target=worker.run, name="event-worker", daemon=True)
            thread.start()
            try:
                yield events
            finally:
                worker.stop()
                thread.join()
