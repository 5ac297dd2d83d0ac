"""The extensions, sessions and messages of the account, indexed by time.

The classes are not thread-safe: callers must hold `Components.lock`.
"""

from __future__ import annotations

import dataclasses
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator

from .records import Attachment, Extension, Message, Party, Session

__all__ = ["Account", "Conversation", "Key"]

Key = tuple[int, str]


class Conversation:
    """One session and its messages, sorted by time and then by id.

    :param session_id: the id of the session.
    :param session_type: `user`, `call_queue`, `auto_receptionist` or `service_endpoint`.
    :param participants: all participants, the owner first.
    :param watchers: the ids of the users whose lists of sessions contain the session.
    :param created_ms: the creation time in Unix milliseconds.
    :param visible_from: the time from which the API returns the session, in Unix seconds.
    """

    def __init__(
        self,
        session_id: str,
        session_type: str,
        participants: tuple[Party, ...],
        watchers: tuple[str, ...],
        created_ms: int,
        visible_from: float = 0.0,
    ) -> None:
        self.session_id = session_id
        self.session_type = session_type
        self.participants = participants
        self.watchers = watchers
        self.created_ms = created_ms
        self.visible_from = visible_from
        self.unread = 0
        self.keys: list[Key] = []
        self.times: dict[str, list[int]] = {}
        self._messages: dict[str, Message] = {}

    @property
    def last_ms(self) -> int:
        """The time of the newest message, or the creation time if there are no messages."""
        return self.keys[-1][0] if self.keys else self.created_ms

    @property
    def latest(self) -> Message | None:
        return self._messages[self.keys[-1][1]] if self.keys else None

    def load(self, messages: list[Message]) -> None:
        """Set the messages of a new conversation. The given list need not be sorted."""
        self._messages = {message.message_id: message for message in messages}
        self.keys = sorted(message.key for message in messages)
        for message in messages:
            self.times.setdefault(message.direction, []).append(message.at_ms)
        for times in self.times.values():
            times.sort()

    def add(self, message: Message) -> None:
        self._messages[message.message_id] = message
        insort(self.keys, message.key)
        insort(self.times.setdefault(message.direction, []), message.at_ms)

    def remove(self, message_id: str) -> None:
        message = self._messages.pop(message_id)
        del self.keys[bisect_left(self.keys, message.key)]
        times = self.times[message.direction]
        del times[bisect_left(times, message.at_ms)]

    def replace(self, message: Message) -> None:
        self._messages[message.message_id] = message

    def get(self, message_id: str) -> Message | None:
        return self._messages.get(message_id)

    def messages(self) -> list[Message]:
        return [self._messages[message_id] for _, message_id in self.keys]

    def has_direction(self, direction: str, start_ms: int, end_ms: int) -> bool:
        """Return whether a message of a direction was sent from `start_ms` to before `end_ms`."""
        times = self.times.get(direction, [])
        return bisect_left(times, start_ms) < bisect_left(times, end_ms)

    def ascending(self, start_ms: int, end_ms: int, after: Key | None = None) -> Iterator[Message]:
        """Yield the messages from `start_ms` to just before `end_ms`, oldest first.

        :param after: yield only messages after the message with this key; None yields all.
        """
        first = bisect_left(self.keys, (start_ms, ""))
        if after is not None:
            first = max(first, bisect_right(self.keys, after))
        for place in range(first, bisect_left(self.keys, (end_ms, ""))):
            yield self._messages[self.keys[place][1]]

    def descending(
        self, start_ms: int, end_ms: int, before: Key | None = None
    ) -> Iterator[Message]:
        """Yield the messages from just before `end_ms` down to `start_ms`, newest first.

        :param before: yield only messages before the message with this key; None yields all.
        """
        last = bisect_left(self.keys, (end_ms, ""))
        if before is not None:
            last = min(last, bisect_left(self.keys, before))
        for place in range(last - 1, bisect_left(self.keys, (start_ms, "")) - 1, -1):
            yield self._messages[self.keys[place][1]]

    def snapshot(self) -> Session:
        """Return an immutable copy of this session, without its messages."""
        return Session(
            self.session_id,
            self.session_type,
            self.participants,
            self.last_ms,
            len(self.keys),
            self.unread,
        )


class Account:
    """The extensions, sessions, messages and files of one Zoom account."""

    def __init__(self, account_id: str) -> None:
        self.account_id = account_id
        self.extensions: dict[str, Extension] = {}
        self.sessions: dict[str, Conversation] = {}
        self._emails: dict[str, str] = {}
        self._homes: dict[str, str] = {}
        self._files: dict[str, Attachment] = {}
        self._recent: dict[str | None, list[Key]] = {None: []}

    def add_extension(self, extension: Extension) -> None:
        """Add an extension, or replace the one with the same id."""
        self.extensions[extension.id] = extension
        if extension.type == "user":
            self._recent.setdefault(extension.id, [])
            if extension.email:
                self._emails[extension.email.lower()] = extension.id

    def users(self) -> list[Extension]:
        """Return the users in creation order, including deleted users."""
        return [one for one in self.extensions.values() if one.type == "user"]

    def user(self, name: str) -> Extension | None:
        """Return the user whose id or email address is `name`; None if unknown or deleted."""
        found = self.extensions.get(self._emails.get(name.lower(), name))
        if found is None or found.type != "user" or found.status == "deleted":
            return None
        return found

    def add_session(self, conversation: Conversation, messages: Iterable[Message] = ()) -> None:
        loaded = list(messages)
        conversation.load(loaded)
        self.sessions[conversation.session_id] = conversation
        for message in loaded:
            self._index(message)
        self._insert_in_lists(conversation)

    def add_message(self, message: Message) -> None:
        """Add a message to its session; a received message counts as unread."""
        conversation = self.sessions[message.session_id]
        self._update_order(conversation, lambda: conversation.add(message))
        self._index(message)
        if message.direction == "In":
            conversation.unread += 1

    def remove_message(self, message_id: str) -> None:
        conversation = self.sessions[self._homes.pop(message_id)]
        self._update_order(conversation, lambda: conversation.remove(message_id))

    def change_message(self, message_id: str, *, delivery_status: str) -> Message:
        changed = dataclasses.replace(self.message(message_id), delivery_status=delivery_status)
        self.sessions[changed.session_id].replace(changed)
        return changed

    def message(self, message_id: str) -> Message:
        found = self.sessions[self._homes[message_id]].get(message_id)
        assert found is not None
        return found

    def has_message(self, message_id: str) -> bool:
        return message_id in self._homes

    def attachment(self, attachment_id: str) -> Attachment | None:
        return self._files.get(attachment_id)

    def recent(self, user_id: str | None) -> list[Key]:
        """Return (time of the last message, session id) of each session, the oldest time first.

        :param user_id: the user whose sessions are returned; None returns all sessions.
        """
        return self._recent.get(user_id, [])

    def _index(self, message: Message) -> None:
        self._homes[message.message_id] = message.session_id
        for attachment in message.attachments:
            self._files[attachment.id] = attachment

    def _lists_with(self, conversation: Conversation) -> list[list[Key]]:
        known = [self._recent[None]]
        return known + [self._recent.setdefault(user, []) for user in conversation.watchers]

    def _insert_in_lists(self, conversation: Conversation) -> None:
        for listed in self._lists_with(conversation):
            insort(listed, (conversation.last_ms, conversation.session_id))

    def _update_order(self, conversation: Conversation, change: Callable[[], None]) -> None:
        key = (conversation.last_ms, conversation.session_id)
        change()
        if conversation.last_ms != key[0]:
            for listed in self._lists_with(conversation):
                del listed[bisect_left(listed, key)]
            self._insert_in_lists(conversation)
