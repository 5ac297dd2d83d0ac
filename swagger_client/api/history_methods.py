"""The methods of ``SMSApi`` that read all pages of a list, and the one that downloads files."""

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
    from swagger_client.attachments import _download
    from swagger_client.history import _iterate, _source, _syncs
else:
    parameters = LazyModule("swagger_client.api.parameters")
    attachments = LazyModule("swagger_client.attachments")
    history = LazyModule("swagger_client.history")
    _download = LazyModule("swagger_client.attachments._download")
    _iterate = LazyModule("swagger_client.history._iterate")
    _source = LazyModule("swagger_client.history._source")
    _syncs = LazyModule("swagger_client.history._syncs")


class HistoryMethods:
    """The methods of ``SMSApi`` that read all pages of a list, and the one that downloads files.

    The ``iter_…`` methods split a time span into months, request all pages of each month, and yield
    each conversation or message once. The options ``_request_timeout``, ``_deadline`` and
    ``_retries`` apply to the request for each page, not to the whole iteration.
    """

    api_client: ApiClient

    def iter_account_sms_session(
        self, **kwargs: Unpack[parameters.IterAccountSmsSession]
    ) -> Generator[models.InlineResponse20073SmsSessions, None, None]:
        """Yield each conversation of the account once, for a time span of any length.

        The result includes every conversation that Zoom lists when the iteration begins.

        :param _from: the start of the time span: a date, a datetime (in UTC if it has no time
            zone), or text such as ``2026-01-31`` or ``2026-01-31T12:00:00Z``. The default is 30
            days ago, or a month before ``to`` if that is given.
        :param to: the end of the time span; a date means the end of that day. The default is now.
        :param phone_number: yield only conversations in which this number sends or receives.
        :param session_type: the type of conversations to yield: ``user`` (the default),
            ``call_queue``, ``auto_receptionist``, ``service_endpoint`` or ``all``.
        :param filter_type: which messages decide whether a conversation is in the time span; see
            :meth:`account_sms_session`.
        :param sort: 2 for the newest month first (the default), 1 for the oldest month first.
            Within a month, the newest conversations are always the first.
        :param page_size: how many conversations to request at once, 1 to 100 (default 100).
        :param progress: a function that is called after each page with a
            :class:`swagger_client.history.Progress`.
        :returns: an iterator. The first request is sent when the first item is requested.
        :raises ValueError: if Zoom cannot accept an argument.
        :raises TypeError: if an argument has the wrong type.
        :raises PageTokenException: if page tokens repeat, so that the list would never end.
        :raises ApiException: if a call fails.
        """
        return _iterate.iterate_items(self.api_client, _source.ACCOUNT_SESSIONS, kwargs)

    def iter_user_sms_session(
        self, user_id: str, **kwargs: Unpack[parameters.IterUserSmsSession]
    ) -> Generator[models.InlineResponse20088SmsSessions, None, None]:
        """Yield each conversation of a user once, for a time span of any length.

        The other parameters and the exceptions are those of :meth:`iter_account_sms_session`, but
        ``session_type`` cannot be ``service_endpoint``.

        :param user_id: the id or email address of a user, or ``me`` for the user of the access
            token.
        """
        wanted = {**kwargs, "user_id": user_id}
        return _iterate.iterate_items(self.api_client, _source.USER_SESSIONS, wanted)

    def iter_sms_session_details(
        self, session_id: str, **kwargs: Unpack[parameters.IterSmsSessionDetails]
    ) -> Generator[models.InlineResponse20074SmsHistories, None, None]:
        """Yield each message of a conversation once, for a time span of any length.

        The result includes every message that Zoom lists when the iteration begins. If ``to`` is
        later than five minutes ago, the last minutes are requested again at the end, until Zoom
        returns no new message.

        :param session_id: the id of the conversation.
        :param _from: the start of the time span; see :meth:`iter_account_sms_session`.
        :param to: the end of the time span.
        :param sort: 1 for the oldest message first (the default), 2 for the newest first.
        :param delivery_status: yield only messages with this delivery status; see
            :meth:`sms_session_details`.
        :param page_size: how many messages to request at once, 1 to 100 (default 100).
        :param progress: a function that is called after each page with a
            :class:`swagger_client.history.Progress`.
        :returns: an iterator. The exceptions are those of :meth:`iter_account_sms_session`.
        """
        wanted = {**kwargs, "session_id": session_id}
        return _iterate.iterate_items(self.api_client, _source.MESSAGES, wanted)

    def iter_account_messages(
        self, **kwargs: Unpack[parameters.IterAccountMessages]
    ) -> Generator[history.AccountMessage, None, None]:
        """Yield each message of the account in a time span once, with its conversation.

        The result includes every message that Zoom lists when the iteration begins. If ``to`` is
        later than five minutes ago, the last minutes are requested again at the end, until Zoom
        returns no new message.

        The time span is read month by month, the oldest month first. Within a month, several
        conversations are read concurrently, so their messages are mixed. The messages of one
        conversation are in order, oldest first. Only a few pages are in memory at a time.

        :param _from: the start of the time span; see :meth:`iter_account_sms_session`.
        :param to: the end of the time span.
        :param session_type: yield only messages of this type of conversations: ``all`` (the
            default), ``user``, ``call_queue``, ``auto_receptionist`` or ``service_endpoint``.
        :param phone_number: yield only messages of conversations in which this number takes part.
        :param delivery_status: yield only messages with this delivery status; see
            :meth:`sms_session_details`.
        :param page_size: how many conversations or messages are on a page, 1 to 100 (default 100).
        :param concurrency: how many conversations are read concurrently (default 8). The request
            rate is still limited by ``configuration.rate_plan``.
        :param progress: a function that is called after each page with a
            :class:`swagger_client.history.Progress`.
        :returns: an iterator of (session, message) pairs. It uses threads. If you stop before the
            last pair, call the iterator's ``close()``, which ends the threads.
        :raises ValueError: if Zoom cannot accept an argument.
        :raises TypeError: if an argument has the wrong type.
        :raises PageTokenException: if page tokens repeat, so that a list would never end.
        :raises IncompleteException: at the end, if some conversations could not be read.
        :raises ApiException: if a call fails.
        """
        return _iterate.iterate_account(self.api_client, kwargs)

    def iter_sms_session_sync(
        self,
        session_id: str,
        sync_token: str | None = None,
        **kwargs: Unpack[parameters.IterSmsSessionSync],
    ) -> history.SyncIterator[models.InlineResponse20075SmsHistories]:
        """Yield all messages of a conversation, or only those that are newer than a sync token.

        Without a sync token, the iterator yields all messages, newest first, and then those that
        arrived meanwhile. With a sync token, the iterator yields the messages that are newer than
        the token. But if Zoom rejects the token, or has more new messages than it sends in one
        response, the iterator yields all messages of the conversation, also those that a previous
        call has yielded. So store messages by their id. The iterator keeps their ids in memory.

        :param session_id: the id of the conversation.
        :param sync_token: the token to continue from: the ``sync_token`` of the iterator that the
            previous call returned. None yields all messages.
        :param count: how many messages to request at once, 1 to 250 (default 250).
        :returns: an iterator. Its attribute ``sync_token`` is the token to store for the next call;
            it changes only at the end of the iteration. Its attribute ``resynced`` says whether
            Zoom rejected a token, so that the iterator yields all messages.
        :raises ValueError: if Zoom cannot accept an argument.
        :raises TypeError: if an argument has the wrong type.
        :raises PageTokenException: if sync tokens repeat, so that the iteration would never end.
        :raises ApiException: if a call fails.
        """
        wanted = {**kwargs, "session_id": session_id, "sync_token": sync_token}
        return _syncs.RecordIterator(self.api_client, _source.SYNCED_MESSAGES, wanted)

    def iter_get_sms_sessions(
        self,
        user_id: str,
        sync_token: str | None = None,
        **kwargs: Unpack[parameters.IterGetSmsSessions],
    ) -> history.SyncIterator[models.InlineResponse20089SmsSessions]:
        """Yield all conversations of a user, or only those with changes since a sync token.

        If a conversation receives a message during the iteration, the conversation is yielded again
        with that message as its latest message.

        :param user_id: the id or email address of a user, or ``me`` for the user of the access
            token.
        :param sync_token: the token to continue from: the ``sync_token`` of the iterator that the
            previous call returned. None yields all conversations.
        :param count: how many conversations to request at once, 1 to 250 (default 250).
        :param session_type: see :meth:`get_sms_sessions`. Pass the same type in every call.
        :returns: an iterator. Its attributes and the exceptions are those of
            :meth:`iter_sms_session_sync`.
        """
        wanted = {**kwargs, "user_id": user_id, "sync_token": sync_token}
        return _syncs.RecordIterator(self.api_client, _source.SYNCED_SESSIONS, wanted)

    def download_attachment(
        self,
        attachment: models.SmsAttachment,
        destination: str | PathLike[str] | BinaryIO,
        **kwargs: Unpack[parameters.DownloadAttachment],
    ) -> attachments.Download:
        """Download the file that an attachment describes, completely or not at all.

        The file is written with a temporary name in the same folder, and renamed when it is
        complete. An existing file with the same name is then replaced.

        :param attachment: an item of a message's ``attachments``.
        :param destination: the path of the file, an existing directory, or a file that is open for
            writing bytes. In a directory, the name of the file is the attachment's id.
        :param session_id: the id of the conversation. Pass both ids or neither. With both, a new
            URL is requested once if the URL has expired or the file has the wrong size.
        :param message_id: the id of the message that has the attachment.
        :param max_bytes: the largest accepted size in bytes (default 100 MiB).
        :returns: the path, size, SHA-256 and content type of the file.
        :raises InvalidArgumentException: if an argument is invalid. It is a ValueError too.
        :raises TypeError: if an argument has the wrong type.
        :raises AttachmentException: if the file has the wrong size or is too large, or if its URL
            redirects to a forbidden address.
        :raises ApiException: if the download fails.
        :raises StorageException: if the disk is full or fails. It is an OSError too.
        :raises OSError: if the path does not exist or cannot be written to.
        """
        return _download.download(self.api_client, attachment, destination, kwargs)
