"""The methods of ``SMSApi`` that read whole histories and files."""

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
    """Methods that read all pages. The six endpoint methods read one page each.

    A method splits its time span into months, reads all pages of each month, and yields each item
    once. The options ``_request_timeout``, ``_deadline`` and ``_retries`` apply to each call.
    """

    api_client: ApiClient

    def iter_account_sms_session(
        self, **kwargs: Unpack[parameters.IterAccountSmsSession]
    ) -> Generator[models.InlineResponse20073SmsSessions, None, None]:
        """Yield the conversations of the account in a span of any length, each once.

        They include every conversation that Zoom lists when the iteration begins.

        :param _from: the start of the span: a date, a datetime (UTC without a time zone), or text
            such as ``2026-01-31`` or ``2026-01-31T12:00:00Z``. The default is 30 days ago, or a
            month before ``to`` if that is given.
        :param to: the end of the span; a date includes its whole day. The default is now.
        :param phone_number: yield only conversations with this number.
        :param session_type: the type of conversations; see :meth:`account_sms_session`. The default
            is ``user``; ``all`` yields every type.
        :param filter_type: the time that must lie in the span; see :meth:`account_sms_session`.
        :param sort: 2 for the newest month first (the default), 1 for the oldest. Conversations of
            a month are always newest first.
        :param page_size: records on a page, 1 to 100 (default 100).
        :param progress: called after each page with a :class:`swagger_client.history.Progress`.
        :returns: an iterator. The first request is sent when the first item is requested.
        :raises ValueError: if Zoom cannot accept an argument.
        :raises TypeError: if an argument has the wrong type.
        :raises PageTokenException: if page tokens repeat, so that the list would not end.
        :raises ApiException: if a call fails.
        """
        from swagger_client.history import _iterate, _source

        return _iterate.iterate_items(self.api_client, _source.ACCOUNT_SESSIONS, kwargs)

    def iter_user_sms_session(
        self, user_id: str, **kwargs: Unpack[parameters.IterUserSmsSession]
    ) -> Generator[models.InlineResponse20088SmsSessions, None, None]:
        """Yield the conversations of a user in a span of any length, each once.

        The other parameters are those of :meth:`iter_account_sms_session`.

        :param user_id: the id or email address of a user, or ``me``.
        """
        from swagger_client.history import _iterate, _source

        wanted = {**kwargs, "user_id": user_id}
        return _iterate.iterate_items(self.api_client, _source.USER_SESSIONS, wanted)

    def iter_sms_session_details(
        self, session_id: str, **kwargs: Unpack[parameters.IterSmsSessionDetails]
    ) -> Generator[models.InlineResponse20074SmsHistories, None, None]:
        """Yield the messages of a conversation in a span of any length, each once.

        They include every message of the span that Zoom lists when the iteration begins. Messages
        that arrive during the iteration are yielded at the end.

        :param session_id: the id of the conversation.
        :param _from: the start of the span; see :meth:`iter_account_sms_session`.
        :param to: the end of the span.
        :param sort: 1 for the oldest message first (the default), 2 for the newest.
        :param delivery_status: yield only messages with this status; see
            :meth:`sms_session_details`.
        :param page_size: records on a page, 1 to 100 (default 100).
        :param progress: called after each page with a :class:`swagger_client.history.Progress`.
        :returns: an iterator; see :meth:`iter_account_sms_session`, also for the exceptions.
        """
        from swagger_client.history import _iterate, _source

        wanted = {**kwargs, "session_id": session_id}
        return _iterate.iterate_items(self.api_client, _source.MESSAGES, wanted)

    def iter_account_messages(
        self, **kwargs: Unpack[parameters.IterAccountMessages]
    ) -> Generator[history.AccountMessage, None, None]:
        """Yield every message of the account in a span, each once, with its conversation.

        They include every message of the span that Zoom lists when the iteration begins. If the
        span ends now, its end is read again until nothing new arrives.

        The iteration goes month by month. Within a month, several conversations are read
        concurrently, so their messages are mixed. The messages of one conversation are in order,
        oldest first. The memory used does not depend on the number of messages.

        :param _from: the start of the span; see :meth:`iter_account_sms_session`.
        :param to: the end of the span.
        :param session_type: ``all`` (the default), ``user``, ``call_queue``, ``auto_receptionist``
            or ``service_endpoint``.
        :param phone_number: yield only messages of conversations with this number.
        :param delivery_status: yield only messages with this status; see
            :meth:`sms_session_details`.
        :param page_size: records on a page, 1 to 100 (default 100).
        :param concurrency: the number of conversations that are read concurrently (default 8).
            ``configuration.rate_plan`` still limits the request rate.
        :param progress: called after each page with a :class:`swagger_client.history.Progress`.
        :returns: an iterator of (session, message) pairs. If you stop early, close it to end its
            threads.
        :raises ValueError: if Zoom cannot accept an argument.
        :raises TypeError: if an argument has the wrong type.
        :raises PageTokenException: if page tokens repeat, so that a list would not end.
        :raises IncompleteException: at the end, if some conversations could not be read.
        :raises ApiException: if a call fails.
        """
        from swagger_client.history import _iterate

        return _iterate.iterate_account(self.api_client, kwargs)

    def iter_sms_session_sync(
        self,
        session_id: str,
        sync_token: str | None = None,
        **kwargs: Unpack[parameters.IterSmsSessionSync],
    ) -> history.SyncIterator[models.InlineResponse20075SmsHistories]:
        """Synchronize the messages of a conversation: all messages, or those since a sync token.

        Without a token, it yields all messages, newest first, and then those that arrived
        meanwhile. With a token, it yields the messages since that token. If Zoom rejects the token,
        it yields all messages again, so store messages by their id. It keeps the ids of all
        messages in memory.

        :param session_id: the id of the conversation.
        :param sync_token: the ``sync_token`` of the last iterator.
        :param count: records in a response, 1 to 250 (default 250). If there are more new
            messages, all messages are read again.
        :returns: an iterator. Its ``sync_token`` is for the next sync; it changes only at the end
            of the iteration. Its ``resynced`` says whether all messages were read again.
        :raises ValueError: if Zoom cannot accept an argument.
        :raises TypeError: if an argument has the wrong type.
        :raises PageTokenException: if sync tokens repeat, so that the sync would not end.
        :raises ApiException: if a call fails.
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
        """Synchronize a user's conversations: all, or those since a sync token.

        If a conversation gets a new message meanwhile, it is yielded again with that message as its
        latest message.

        :param user_id: the id or email address of a user, or ``me``.
        :param sync_token: the ``sync_token`` of the last iterator.
        :param count: records in a response, 1 to 250 (default 250).
        :param session_type: the type of conversations; see :meth:`get_sms_sessions`. Use the same
            type in every sync.
        :returns: an iterator; see :meth:`iter_sms_session_sync`, also for the exceptions.
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

        The file is written under another name beside the destination, and renamed when it is
        complete. An existing file is then replaced.

        :param attachment: an item of a message's ``attachments``.
        :param destination: a path, an existing directory, or a file that is open for binary
            writing. In a directory, the name is made from the attachment's id.
        :param session_id: the id of the conversation. Pass it with ``message_id`` to renew an
            expired URL.
        :param message_id: the id of the message. With both ids, an expired URL is renewed once, and
            a file with a wrong size is downloaded again once.
        :param max_bytes: the largest accepted size in bytes (default 100 MiB).
        :returns: the path, size, SHA-256 and content type of the file.
        :raises InvalidArgumentException: if an argument cannot be right. It is a ValueError too.
        :raises TypeError: if an argument has the wrong type.
        :raises AttachmentException: if the file has the wrong size, is too large, or its URL
            redirects to a forbidden address.
        :raises ApiException: if the download fails.
        :raises StorageException: if the disk is full or fails. It is an OSError too.
        :raises OSError: if the path does not exist or cannot be written to.
        """
        from swagger_client.attachments._download import download

        return download(self.api_client, attachment, destination, kwargs)
