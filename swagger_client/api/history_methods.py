"""The methods that read whole histories and files."""

from __future__ import annotations

from collections.abc import Generator
from os import PathLike
from typing import TYPE_CHECKING, BinaryIO, Unpack

from swagger_client import models
from swagger_client._lazy import LazyModule
from swagger_client.api_client import ApiClient

if TYPE_CHECKING:
    from swagger_client import attachments, history
    from swagger_client.api import parameters
else:
    parameters = LazyModule("swagger_client.api.parameters")
    attachments = LazyModule("swagger_client.attachments")
    history = LazyModule("swagger_client.history")


class HistoryMethods:
    """Methods that read all pages; the endpoint methods read one page.

    They read all pages of all months of a span, and yield each item once. The options
    ``_request_timeout``, ``_deadline`` and ``_retries`` apply to each call.
    """

    api_client: ApiClient

    def iter_account_sms_session(
        self, **kwargs: Unpack[parameters.IterAccountSmsSession]
    ) -> Generator[models.InlineResponse20073SmsSessions, None, None]:
        """Read the conversations of the account, each once, over any span.

        Every conversation that Zoom lists when the iteration begins is among them.

        :param _from: the start of the span: a date, a datetime (UTC when naive), or text such as
            ``2026-01-31`` or ``2026-01-31T12:00:00Z``. Left out: 30 days ago, or a month before
            ``to``.
        :param to: end of the span (a date includes the whole day); default now.
        :param phone_number: only conversations in which this number takes part.
        :param session_type: as for :meth:`account_sms_session`: only users' conversations unless
            it is ``all``.
        :param filter_type: the time that must be in the span, as for :meth:`account_sms_session`.
        :param sort: 2 for the newest month first (the default), 1 for the oldest; within a month
            the newest come first.
        :param page_size: records on a page, 1 to 100 (100).
        :param progress: called after each page with a :class:`swagger_client.history.Progress`.
        :returns: an iterator; nothing is sent before its first item is requested.
        :raises ValueError: for an argument that Zoom cannot accept; TypeError for its type.
        :raises PageTokenException: when Zoom's page tokens lead nowhere.
        :raises ApiException: when a call fails.
        """
        from swagger_client.history import _iterate, _source

        return _iterate.iterate_items(self.api_client, _source.ACCOUNT_SESSIONS, kwargs)

    def iter_user_sms_session(
        self, user_id: str, **kwargs: Unpack[parameters.IterUserSmsSession]
    ) -> Generator[models.InlineResponse20088SmsSessions, None, None]:
        """Read the conversations of a user, each once, over any span.

        :param user_id: a user's id or email, or ``me``.

        For everything else see :meth:`iter_account_sms_session`.
        """
        from swagger_client.history import _iterate, _source

        wanted = {**kwargs, "user_id": user_id}
        return _iterate.iterate_items(self.api_client, _source.USER_SESSIONS, wanted)

    def iter_sms_session_details(
        self, session_id: str, **kwargs: Unpack[parameters.IterSmsSessionDetails]
    ) -> Generator[models.InlineResponse20074SmsHistories, None, None]:
        """Read the messages of a conversation, each once, over any span.

        Every message of the span that Zoom lists when the iteration begins is among them. Those
        that arrive while it runs are read at its end.

        :param session_id: the conversation's id.
        :param _from: the start of the span, as for :meth:`iter_account_sms_session`.
        :param to: end of the span.
        :param sort: 1 for the oldest first (the default), 2 for the newest.
        :param delivery_status: only messages in this state, as for :meth:`sms_session_details`.
        :param page_size: records on a page, 1 to 100 (100).
        :param progress: called after each page with a :class:`swagger_client.history.Progress`.
        :returns: an iterator, as :meth:`iter_account_sms_session`; raises the same.
        """
        from swagger_client.history import _iterate, _source

        wanted = {**kwargs, "session_id": session_id}
        return _iterate.iterate_items(self.api_client, _source.MESSAGES, wanted)

    def iter_account_messages(
        self, **kwargs: Unpack[parameters.IterAccountMessages]
    ) -> Generator[history.AccountMessage, None, None]:
        """Read every message of the account in a span, each once, with its conversation.

        Every message of the span that Zoom lists when the iteration begins is among them, also if
        its conversation continued after the span. When the span reaches up to now, its end is read
        again until nothing new arrives.

        Messages come month by month. Within a month conversations are read concurrently, and their
        pages mix; the messages of each conversation are in order, oldest first. Memory grows
        neither with the span nor with the number of messages.

        :param _from: the start of the span, as for :meth:`iter_account_sms_session`.
        :param to: end of the span.
        :param session_type: ``all`` (the default), ``user``, ``call_queue``, ``auto_receptionist``
            or ``service_endpoint``.
        :param phone_number: only conversations in which this number takes part.
        :param delivery_status: only messages in this state, as for :meth:`sms_session_details`.
        :param page_size: records on a page, 1 to 100 (100).
        :param concurrency: how many conversations are read concurrently (8), within
            ``configuration.rate_plan``.
        :param progress: called after each page with a :class:`swagger_client.history.Progress`.
        :returns: an iterator of (session, message) pairs. Close it to end its threads early.
        :raises ValueError: for an argument that Zoom cannot accept; TypeError for its type.
        :raises PageTokenException: when Zoom's page tokens lead nowhere.
        :raises IncompleteException: at the end, when conversations could not be read.
        :raises ApiException: when a call fails.
        """
        from swagger_client.history import _iterate

        return _iterate.iterate_account(self.api_client, kwargs)

    def iter_sms_session_sync(
        self,
        session_id: str,
        sync_token: str | None = None,
        **kwargs: Unpack[parameters.IterSmsSessionSync],
    ) -> history.SyncIterator[models.InlineResponse20075SmsHistories]:
        """Synchronize the messages of a conversation: everything, or what is new.

        Without a token it reads everything, from the newest message back to the first, and then
        what arrived meanwhile. With a token it reads what is new. If Zoom rejects the token it
        reads everything again, so store messages by id. It remembers the ids of all messages.

        :param session_id: the conversation's id.
        :param sync_token: the ``sync_token`` of the iterator before.
        :param count: records in a response, 1 to 250 (250). If more are new, everything is read
            again.
        :returns: an iterator with ``sync_token``, for the next sync (until the iteration has ended,
            the token that it began with), and ``resynced``, whether everything was read again.
        :raises ValueError: for an argument that Zoom cannot accept; TypeError for its type.
        :raises PageTokenException: when Zoom's sync tokens lead nowhere.
        :raises ApiException: when a call fails.
        """
        from swagger_client.history import _source, _syncs

        wanted = {**kwargs, "session_id": session_id, "sync_token": sync_token}
        return _syncs.sync_records(self.api_client, _source.SYNCED_MESSAGES, wanted)

    def iter_get_sms_sessions(
        self,
        user_id: str,
        sync_token: str | None = None,
        **kwargs: Unpack[parameters.IterGetSmsSessions],
    ) -> history.SyncIterator[models.InlineResponse20089SmsSessions]:
        """Synchronize the list of a user's conversations: everything, or what is new.

        A conversation that gets a message meanwhile comes once more, with that message as its
        latest.

        :param user_id: a user's id or email, or ``me``.
        :param sync_token: the ``sync_token`` of the iterator before.
        :param count: records in a response, 1 to 250 (250).
        :param session_type: as for :meth:`get_sms_sessions`; use the same for each sync.
        :returns: an iterator as :meth:`iter_sms_session_sync` returns it; raises the same.
        """
        from swagger_client.history import _source, _syncs

        wanted = {**kwargs, "user_id": user_id, "sync_token": sync_token}
        return _syncs.sync_records(self.api_client, _source.SYNCED_SESSIONS, wanted)

    def download_attachment(
        self,
        attachment: models.SmsAttachment,
        destination: str | PathLike[str] | BinaryIO,
        **kwargs: Unpack[parameters.DownloadAttachment],
    ) -> attachments.Download:
        """Download the file of an attachment, completely or not at all.

        It is written beside its destination and renamed when all its bytes are on the disk. An
        existing file is replaced.

        :param attachment: one of a message's ``attachments``.
        :param destination: an existing directory, in which the file is named after the
            attachment's id; a path; or a file open for binary writing.
        :param session_id: the conversation, ...
        :param message_id: ... and the message of the attachment. With both, an expired URL is
            renewed once, and a file of the wrong length is fetched again once.
        :param max_bytes: the largest accepted size, in bytes (100 MiB).
        :returns: the path, size, SHA-256 and content type.
        :raises ValueError: for an argument that Zoom cannot accept; TypeError for its type.
        :raises AttachmentException: when the file is not as announced, is too large, or redirects
            to a forbidden address.
        :raises ApiException: when it cannot be fetched.
        :raises OSError: when it cannot be written.
        """
        from swagger_client.attachments._download import download

        return download(self.api_client, attachment, destination, kwargs)
