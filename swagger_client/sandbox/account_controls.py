"""The methods of `Sandbox` that read and change the account."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime

from .account_data import Conversation
from .announcer import FAILED
from .clock import milliseconds
from .components import Controls
from .generate import message_type as usual_message_type
from .generate import new_id, new_message_id, new_session_id, session_type_of, watchers_of
from .records import Attachment, Extension, Message, Party, Session

__all__ = ["AccountControls"]


class AccountControls(Controls):
    """The methods of `Sandbox` that read and change the account. All of them are thread-safe."""

    # Read the account.

    def users(self, *, deleted: bool = False) -> list[Extension]:
        """Return the users in creation order, including inactive ones.

        In the path of a request, `me` stands for the first user.

        :param deleted: whether to include deleted users. The response to requests for them is 404.
        """
        with self._components.lock:
            users = self._components.account.users()
        return [user for user in users if deleted or user.status != "deleted"]

    def extensions(self) -> list[Extension]:
        """Return all extensions: users, queues, receptionists, line groups and service endpoints.

        Each conversation of the account belongs to one of them, its owner.
        """
        with self._components.lock:
            return list(self._components.account.extensions.values())

    def sessions(self) -> list[Session]:
        """Return all conversations, sorted by their last message, newest first."""
        with self._components.lock:
            account = self._components.account
            newest_first = reversed(account.recent(None))
            return [account.sessions[session_id].snapshot() for _, session_id in newest_first]

    def messages(self, session_id: str | None = None) -> list[Message]:
        """Return messages, oldest first.

        :param session_id: the conversation to read; None reads all conversations.
        :raises KeyError: if the conversation does not exist.
        """
        with self._components.lock:
            sessions = self._components.account.sessions
            if session_id is not None:
                return sessions[session_id].messages()
            found = [message for one in sessions.values() for message in one.messages()]
        return sorted(found, key=lambda message: message.key)

    def message(self, message_id: str) -> Message:
        """Return the message with this id.

        :raises KeyError: if the message does not exist.
        """
        with self._components.lock:
            return self._components.account.message(message_id)

    # Change the account.

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
        """Add a message to a conversation and send its webhook event.

        :param session_id: the conversation; None starts a new conversation of the first user.
        :param text: the message text.
        :param at: the time of the message, an aware datetime or Unix seconds; now if None.
        :param direction: `In` for a received message, which counts as unread; `Out` for a sent
            message.
        :param sender: the sender. None selects the owner (`Out`) or the first other participant
            (`In`).
        :param attachments: files, made with `attachment`.
        :param delivery_status: None selects `received` (`In`) or `delivered` (`Out`).
        :param message_type: Zoom's number for the message type, such as 1 for SMS and 2 for MMS;
            None computes it from the participants and the attachments.
        :param message_id: the id; None generates one.
        :param extra: JSON fields to add to the message, or to replace in it.
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
                raise ValueError(f"message_id {message_id!r} already exists. Pass an unused id")
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

        :param owner_id: the extension that owns the conversation; the first user if None.
        :param others: the other participants; one generated outside number if None.
        :param session_id: the id; None generates one.
        :param at: the creation time, an aware datetime or Unix seconds; now if None.
        :returns: the session id.
        :raises KeyError: if the owner does not exist.
        :raises ValueError: if the session id is in use.
        """
        components = self._components
        with components.lock:
            account = components.account
            if session_id in account.sessions:
                raise ValueError(f"session_id {session_id!r} already exists. Pass an unused id")
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

        :param content: the file's bytes; None generates bytes.
        :param name: the file name in responses. Any name is accepted, so that tests can send unsafe
            names.
        :param type: `PNG`, `GIF`, `JPG`, `AUDIO`, `VIDEO`, `OTHER` or any other text.
        :param size: the size in responses, in bytes. None uses the length of `content`, or 2048
            without content.
        """
        if size is None:
            size = 2048 if content is None else len(content)
        with self._components.lock:
            return Attachment(new_id(self._components.rng), name, type, size, content)

    def set_delivery_status(
        self, message_id: str, delivery_status: str, *, failure_reason: str | None = None
    ) -> Message:
        """Change the delivery status of a message.

        The status `failed_to_send` or `failed_to_deliver` also sends the webhook event
        `phone.sms_sent_failed`.

        :param failure_reason: the `failure_reason` in that event; a default text if None.
        :returns: the changed message.
        :raises KeyError: if the message does not exist.
        """
        components = self._components
        with components.lock:
            changed = components.account.change_message(message_id, delivery_status=delivery_status)
            if delivery_status in FAILED:
                components.announcer.message(changed, failure_reason)
        return changed

    def remove_message(self, message_id: str) -> None:
        """Remove a message without a webhook event, as a retention policy at Zoom does.

        :raises KeyError: if the message does not exist.
        """
        with self._components.lock:
            self._components.account.remove_message(message_id)

    def mark_read(self, session_id: str) -> None:
        """Set the number of unread messages of a conversation to 0.

        :raises KeyError: if the conversation does not exist.
        """
        with self._components.lock:
            self._components.account.sessions[session_id].unread = 0

    def add_user(self, *, name: str, email: str | None = None) -> Extension:
        """Add a user with a generated id and phone number, and return the user."""
        components = self._components
        with components.lock:
            number = f"1{components.rng.randrange(2_000_000_000, 9_999_999_999)}"
            user = Extension(new_id(components.rng), "user", name, email, number)
            components.account.add_extension(user)
        return user

    def delete_user(self, user_id: str, *, at: datetime | float | None = None) -> Extension:
        """Delete a user.

        The account's list of conversations still shows the user, with the status `deleted`.
        The response to requests for the deleted user's list of conversations is 404.

        :param at: the time of the deletion, an aware datetime or Unix seconds; now if None.
        :returns: the changed user.
        :raises KeyError: if the user does not exist.
        """
        when = self._components.clock.time() if at is None else at
        return self._set_status(user_id, "deleted", milliseconds(when))

    def deactivate_user(self, user_id: str) -> Extension:
        """Set a user's status to `inactive`. The account's list of conversations shows this status.

        :returns: the changed user.
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
