"""Methods of the sandbox that read and change its account while it is served."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime

from .account_data import Conversation
from .announcer import FAILED
from .clock import milliseconds
from .components import Components
from .generate import message_type as usual_message_type
from .generate import new_id, new_message_id, new_session_id, session_type_of, watchers_of
from .records import Attachment, Extension, Message, Party, Session

__all__ = ["AccountControls"]


class AccountControls:
    """Read and change the account; safe to call from any thread."""

    @property
    def _components(self) -> Components:
        raise NotImplementedError

    # Ground truth.

    def users(self, *, deleted: bool = False) -> list[Extension]:
        """Return the users, inactive ones included; `me` is the first.

        :param deleted: whether to include deleted users, whose requests are rejected.
        """
        with self._components.lock:
            users = self._components.account.users()
        return [user for user in users if deleted or user.status != "deleted"]

    def extensions(self) -> list[Extension]:
        """Return everything that can own a conversation: users, queues, receptionists and so on."""
        with self._components.lock:
            return list(self._components.account.extensions.values())

    def sessions(self) -> list[Session]:
        """Return all conversations, the one with the newest message first."""
        with self._components.lock:
            account = self._components.account
            newest_first = reversed(account.recent(None))
            return [account.sessions[session_id].snapshot() for _, session_id in newest_first]

    def messages(self, session_id: str | None = None) -> list[Message]:
        """Return the messages of one conversation, or of all, oldest first.

        :raises KeyError: if the conversation does not exist.
        """
        with self._components.lock:
            sessions = self._components.account.sessions
            if session_id is not None:
                return sessions[session_id].messages()
            found = [message for one in sessions.values() for message in one.messages()]
        return sorted(found, key=lambda message: message.key)

    def message(self, message_id: str) -> Message:
        """Return one message.

        :raises KeyError: if the message does not exist.
        """
        with self._components.lock:
            return self._components.account.message(message_id)

    # Changes.

    def add_message(
        self,
        session_id: str | None = None,
        *,
        text: str | None = "Hello from the sandbox",
        at: datetime | float | None = None,
        direction: str = "In",
        sender: Party | None = None,
        attachments: Sequence[Attachment] = (),
        delivery_status: str | None = None,
        message_type: int | None = None,
        message_id: str | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> Message:
        """Add a message, as if it had been sent or received.

        :param session_id: the conversation; None starts a new conversation of the first user.
        :param text: the message text.
        :param at: an aware datetime or unix seconds; now if None.
        :param direction: `In` (received, counts as unread) or `Out` (sent).
        :param sender: None for the owner (`Out`) or the first other participant (`In`).
        :param attachments: files, made with `attachment`.
        :param delivery_status: None for `received` (`In`) or `delivered` (`Out`).
        :param message_type: Zoom's number for the kind of message; None derives it from the
            participants and the attachments.
        :param message_id: None generates an id.
        :param extra: fields to add to or replace in the message's JSON.
        :returns: the new message.
        :raises KeyError: if the conversation does not exist.
        :raises ValueError: if the message id is in use.
        """
        components = self._components
        with components.lock:
            if session_id is None:
                session_id = self.add_session(at=at)
            people = components.account.sessions[session_id].participants
            if message_id is not None and components.account.has_message(message_id):
                raise ValueError(f"message_id {message_id!r} already exists; choose another")
            who = sender or people[0 if direction == "Out" or len(people) < 2 else 1]
            usual_type = usual_message_type(people, bool(attachments))
            usual_status = "received" if direction == "In" else "delivered"
            message = Message(
                message_id=message_id or new_message_id(components.rng),
                session_id=session_id,
                at_ms=milliseconds(components.clock.time() if at is None else at),
                direction=direction,
                text=text,
                sender=who,
                to_members=tuple(one for one in people if one is not who),
                message_type=usual_type if message_type is None else message_type,
                delivery_status=delivery_status or usual_status,
                attachments=tuple(attachments),
                extra=extra,
            )
            components.account.add_message(message)
            components.announcer.message(message)
        return message

    def add_session(
        self,
        *,
        owner_id: str | None = None,
        others: Sequence[Party] | None = None,
        session_id: str | None = None,
        at: datetime | float | None = None,
    ) -> str:
        """Add a conversation.

        :param owner_id: the owner, which determines the session type; the first user if None.
        :param others: the other participants; one generated outsider if None.
        :param session_id: a new one if None.
        :param at: the creation time, an aware datetime or unix seconds; now if None.
        :returns: the session id.
        :raises KeyError: if the owner does not exist.
        :raises ValueError: if the session id is in use.
        """
        components = self._components
        with components.lock:
            account = components.account
            if session_id in account.sessions:
                raise ValueError(f"session_id {session_id!r} already exists; choose another")
            owner = account.extensions[owner_id] if owner_id else account.users()[0]
            if others is None:
                others = [
                    Party(f"1{components.rng.randrange(2_000_000_000, 9_999_999_999)}", "Visitor")
                ]
            participants = (owner.party, *others)
            conversation = Conversation(
                session_id or new_session_id(components.rng),
                session_type_of(owner),
                participants,
                watchers_of(owner, participants),
                milliseconds(components.clock.time() if at is None else at),
                components.clock.time() + components.rest_lag,
            )
            account.add_session(conversation)
        return conversation.session_id

    def attachment(
        self,
        content: bytes | None = None,
        *,
        name: str | None = "photo.jpg",
        type: str = "JPG",
        size: int | None = None,
    ) -> Attachment:
        """Return an attachment to pass to `add_message`.

        :param content: the file's bytes; generated bytes if None.
        :param name: the file name in responses; not checked, so that tests can use hostile names.
        :param type: `PNG`, `GIF`, `JPG`, `AUDIO`, `VIDEO`, `OTHER`, or anything else.
        :param size: the size in responses, in bytes; the length of `content` if None.
        """
        if size is None:
            size = 2048 if content is None else len(content)
        with self._components.lock:
            return Attachment(new_id(self._components.rng), name, type, size, content)

    def set_delivery_status(
        self, message_id: str, delivery_status: str, *, failure_reason: str | None = None
    ) -> Message:
        """Change the delivery status of a message and return the changed message.

        :param failure_reason: the reason in the event about a failure.
        :raises KeyError: if the message does not exist.
        """
        components = self._components
        with components.lock:
            changed = components.account.change_message(message_id, delivery_status=delivery_status)
            if delivery_status in FAILED:
                components.announcer.message(changed, failure_reason)
        return changed

    def remove_message(self, message_id: str) -> None:
        """Remove a message, as a retention policy would.

        :raises KeyError: if the message does not exist.
        """
        with self._components.lock:
            self._components.account.remove_message(message_id)

    def mark_read(self, session_id: str) -> None:
        """Mark a conversation as read.

        :raises KeyError: if the conversation does not exist.
        """
        with self._components.lock:
            self._components.account.sessions[session_id].unread = 0

    def add_user(self, *, name: str, email: str | None = None) -> Extension:
        """Add a user with a new id and phone number."""
        components = self._components
        with components.lock:
            number = f"1{components.rng.randrange(2_000_000_000, 9_999_999_999)}"
            user = Extension(new_id(components.rng), "user", name, email, number)
            components.account.add_extension(user)
        return user

    def delete_user(self, user_id: str, *, at: datetime | float | None = None) -> Extension:
        """Delete a user: only the account list still shows them, as deleted.

        :param at: an aware datetime or unix seconds; now if None.
        :raises KeyError: if the user does not exist.
        """
        when = self._components.clock.time() if at is None else at
        return self._set_status(user_id, "deleted", milliseconds(when))

    def deactivate_user(self, user_id: str) -> Extension:
        """Make a user inactive, which the account list shows.

        :raises KeyError: if the user does not exist.
        """
        return self._set_status(user_id, "inactive", None)

    def _set_status(self, user_id: str, status: str, deleted_at_ms: int | None) -> Extension:
        with self._components.lock:
            account = self._components.account
            changed = dataclasses.replace(
                account.extensions[user_id], status=status, deleted_at_ms=deleted_at_ms
            )
            account.add_extension(changed)
        return changed
