"""The methods that read whole histories, and files."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator
    from os import PathLike
    from typing import BinaryIO

    from typing_extensions import Unpack

    from swagger_client.api import parameters
    from swagger_client.api_client import ApiClient
    from swagger_client.attachments import Download
    from swagger_client.history import AccountMessage, SyncIterator
    from swagger_client.models import (
        InlineResponse20073SmsSessions,
        InlineResponse20074SmsHistories,
        InlineResponse20075SmsHistories,
        InlineResponse20088SmsSessions,
        InlineResponse20089SmsSessions,
        SmsAttachment,
    )


class HistoryMethods:
    """Reads everything, where the other methods read a page.

    These methods take all the pages of all the months of a span, and hand out each item once. They
    take the options ``_request_timeout``, ``_deadline`` and ``_retries``, which hold for each call.
    """

    api_client: ApiClient

    def iter_account_sms_session(
        self, **kwargs: Unpack[parameters.IterAccountSmsSession]
    ) -> Generator[InlineResponse20073SmsSessions, None, None]:
        """Read the conversations of the account, each once, over any span.

        Every conversation that Zoom lists when the iteration begins is among them, and of those
        that get a message while it runs, those in the span.

        :param _from: where the span begins: a date, a datetime (UTC when naive), or text such as
            ``2026-01-31`` or ``2026-01-31T12:00:00Z``. Left out: 30 days ago, or a month before
            ``to``.
        :param to: where it ends, a date with its whole day; now, when left out.
        :param phone_number: only conversations in which this number takes part.
        :param session_type: as for :meth:`account_sms_session`: only users' conversations unless
            you say ``all``.
        :param filter_type: the time that has to lie in the span, as for
            :meth:`account_sms_session`.
        :param sort: 2 for the newest month first (the default), 1 for the oldest; within a month
            the newest come first.
        :param page_size: records on a page, 1 to 100 (100).
        :param progress: called after each page with a :class:`swagger_client.history.Progress`.
        :returns: an iterator; nothing is sent before its first item is asked for.
        :raises ValueError: for an argument that can only be a mistake; TypeError for its type.
        :raises PageTokenException: when Zoom's page tokens go in circles.
        :raises ApiException: when a call fails.
        """
        from swagger_client.history import _iterate, _source

        return _iterate.iterate_items(self.api_client, _source.ACCOUNT_SESSIONS, kwargs)

    def iter_user_sms_session(
        self, user_id: str, **kwargs: Unpack[parameters.IterUserSmsSession]
    ) -> Generator[InlineResponse20088SmsSessions, None, None]:
        """Read the conversations of a user, each once, over any span.

        :param user_id: a user's id or email, or ``me``.

        All else is as for :meth:`iter_account_sms_session`.
        """
        from swagger_client.history import _iterate, _source

        wanted = {**kwargs, "user_id": user_id}
        return _iterate.iterate_items(self.api_client, _source.USER_SESSIONS, wanted)

    def iter_sms_session_details(
        self, session_id: str, **kwargs: Unpack[parameters.IterSmsSessionDetails]
    ) -> Generator[InlineResponse20074SmsHistories, None, None]:
        """Read the messages of a conversation, each once, over any span.

        Every message of the span that Zoom lists when the iteration begins is among them; those
        that come while it runs are read at its end.

        :param session_id: the conversation's id.
        :param _from: where the span begins, as for :meth:`iter_account_sms_session`.
        :param to: where it ends.
        :param sort: 1 for the oldest first (the default), 2 for the newest.
        :param delivery_status: only messages in this state, as for :meth:`sms_session_details`.
        :param page_size: records on a page, 1 to 100 (100).
        :param progress: called after each page with a :class:`swagger_client.history.Progress`.
        :returns: an iterator, as :meth:`iter_account_sms_session` does; raises what that raises.
        """
        from swagger_client.history import _iterate, _source

        wanted = {**kwargs, "session_id": session_id}
        return _iterate.iterate_items(self.api_client, _source.MESSAGES, wanted)

    def iter_account_messages(
        self, **kwargs: Unpack[parameters.IterAccountMessages]
    ) -> Generator[AccountMessage, None, None]:
        """Read every message of the account in a span, each once, with its conversation.

        Every message of the span that Zoom lists when the iteration begins is among them, also when
        its conversation went on after the span. What arrives while it runs is read at its end, when
        the span reaches up to now, until nothing new comes.

        The messages come month by month. Within a month conversations are read side by side and
        their pages come as they arrive; each conversation's own messages are in order, the oldest
        first. Memory holds one page for each conversation being read, and the conversations of a
        page of their list; it grows with neither the span nor the number of messages.

        :param _from: where the span begins, as for :meth:`iter_account_sms_session`.
        :param to: where it ends.
        :param session_type: ``all`` unless you want ``user``, ``call_queue``,
            ``auto_receptionist`` or ``service_endpoint`` alone.
        :param phone_number: only conversations in which this number takes part.
        :param delivery_status: only messages in this state, as for :meth:`sms_session_details`.
        :param page_size: records on a page, 1 to 100 (100).
        :param concurrency: how many conversations are read at once; each page still waits for its
            turn within ``configuration.rate_plan``.
        :param progress: called after each page with a :class:`swagger_client.history.Progress`.
        :returns: an iterator of (session, message) pairs; its threads end with it.
        :raises ValueError: for an argument that can only be a mistake; TypeError for its type.
        :raises PageTokenException: when Zoom's page tokens go in circles.
        :raises ApiException: when a call fails.
        """
        from swagger_client.history import _iterate

        return _iterate.iterate_account(self.api_client, kwargs)

    def iter_sms_session_sync(
        self,
        session_id: str,
        sync_token: str | None = None,
        **kwargs: Unpack[parameters.IterSmsSessionSync],
    ) -> SyncIterator[InlineResponse20075SmsHistories]:
        """Synchronize the messages of a conversation: everything, or what is new.

        Without a token it reads everything, from the newest message back to the first, and at last
        what came meanwhile. With one it reads what is new. When Zoom refuses the token it reads
        everything again: store by id. It remembers the id of each message that it hands out.

        :param session_id: the conversation's id.
        :param sync_token: the ``sync_token`` of the iterator before.
        :param count: records in an answer, 1 to 250 (250). When more are new, Zoom wants everything
            read again.
        :returns: an iterator with ``sync_token``, to be stored for the next sync (until the
            iteration has ended it is the token that this one began with), and ``resynced``, whether
            everything was read again.
        :raises ValueError: for an argument that can only be a mistake; TypeError for its type.
        :raises PageTokenException: when Zoom's sync tokens go in circles.
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
    ) -> SyncIterator[InlineResponse20089SmsSessions]:
        """Synchronize the list of a user's conversations: everything, or what is new.

        A conversation that gets a message while the iteration runs comes once more, with that
        message as its latest.

        :param user_id: a user's id or email, or ``me``.
        :param sync_token: the ``sync_token`` of the iterator before.
        :param count: records in an answer, 1 to 250 (250).
        :param session_type: as for :meth:`get_sms_sessions`; keep to it from sync to sync.
        :returns: as :meth:`iter_sms_session_sync` does, whose other words hold here too.
        """
        from swagger_client.history import _source, _syncs

        wanted = {**kwargs, "user_id": user_id, "sync_token": sync_token}
        return _syncs.sync_records(self.api_client, _source.SYNCED_SESSIONS, wanted)

    def download_attachment(
        self,
        attachment: SmsAttachment,
        destination: str | PathLike[str] | BinaryIO,
        **kwargs: Unpack[parameters.DownloadAttachment],
    ) -> Download:
        """Download the file of an attachment; whole, or not at all.

        The file is written beside its place and moved there when all its bytes are on the disk. One
        that exists there is replaced.

        :param attachment: one of a message's ``attachments``.
        :param destination: a directory that exists, which gets a file named after the
            attachment's id; the path of the file itself; or a file open for binary writing.
        :param session_id: the conversation, ...
        :param message_id: ... and the message of the attachment. With both, a URL that has expired
            is renewed once, and a file that is not as long as announced is fetched once more.
        :param max_bytes: the largest file that is taken, in bytes.
        :returns: where it is, with its size, SHA-256 and content type.
        :raises ValueError: for an argument that can only be a mistake; TypeError for its type.
        :raises AttachmentException: when the file is not what was announced, is too large, or
            leads where a download must not lead.
        :raises ApiException: when it cannot be had.
        :raises OSError: when it cannot be written.
        """
        from swagger_client.attachments import download

        return download(self.api_client, attachment, destination, kwargs)
