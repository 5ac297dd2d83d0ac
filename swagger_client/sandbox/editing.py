"""Reading and changing the account while it is served: ground truth, and new events."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime

from .account import Conversation
from .clock import milliseconds
from .generate import message_type as usual_message_type
from .generate import new_id, new_message_id, new_session_id, session_type_of, watchers_of
from .records import Attachment, Extension, Message, Party, Session
from .world import World

__all__ = ["Editable"]


class Editable:
    """The part of a sandbox that reads and changes its account, from any thread, at any time."""

    @property
    def _world(self) -> World:
        raise NotImplementedError

    # Ground truth.

    def users(self) -> list[Extension]:
        """Return the users, deleted and inactive ones included; `me` is the first."""
        with self._world.lock:
            return self._world.account.users()

    def extensions(self) -> list[Extension]:
        """Return all that can own a conversation: users, queues, receptionists and so on."""
        with self._world.lock:
            return list(self._world.account.extensions.values())

    def sessions(self) -> list[Session]:
        """Return all conversations, the one with the newest message first."""
        with self._world.lock:
            account = self._world.account
            newest_first = reversed(account.recent(None))
            return [account.sessions[session_id].snapshot() for _, session_id in newest_first]

    def messages(self, session_id: str | None = None) -> list[Message]:
        """Return the messages of one conversation, or of all, oldest first.

        :raises KeyError: if there is no such conversation.
        """
        with self._world.lock:
            sessions = self._world.account.sessions
            if session_id is not None:
                return sessions[session_id].messages()
            found = [message for one in sessions.values() for message in one.messages()]
        return sorted(found, key=lambda message: message.key)

    def message(self, message_id: str) -> Message:
        """Return one message.

        :raises KeyError: if there is no such message.
        """
        with self._world.lock:
            return self._world.account.message(message_id)

    # Events.

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
        """Let a message be sent or received.

        :param session_id: the conversation; None begins a new one of the first user.
        :param text: what it says.
        :param at: when, an aware datetime or unix seconds; now if None.
        :param direction: `In` (received, and then unread) or `Out` (sent).
        :param sender: who sent it; by default the owner, or the first of the others.
        :param attachments: files, as `attachment` makes them.
        :param delivery_status: `received` or `delivered` by the direction, if None.
        :param message_type: Zoom's number for the kind of message; the fitting one if None.
        :param message_id: a new one if None.
        :param extra: more fields for the answers, or other values for those it has.
        :returns: the message as it is now part of the account.
        :raises KeyError: if there is no such conversation.
        :raises ValueError: if the message id is taken.
        """
        world = self._world
        with world.lock:
            if session_id is None:
                session_id = self.add_session(at=at)
            people = world.account.sessions[session_id].participants
            if message_id is not None and world.account.has_message(message_id):
                raise ValueError(f"there is a message {message_id} already")
            who = sender or people[0 if direction == "Out" or len(people) < 2 else 1]
            usual_type = usual_message_type(people, bool(attachments))
            usual_status = "received" if direction == "In" else "delivered"
            message = Message(
                message_id=message_id or new_message_id(world.rng),
                session_id=session_id,
                at_ms=milliseconds(world.clock.time() if at is None else at),
                direction=direction,
                text=text,
                sender=who,
                to_members=tuple(one for one in people if one is not who),
                message_type=usual_type if message_type is None else message_type,
                delivery_status=delivery_status or usual_status,
                attachments=tuple(attachments),
                extra=extra,
            )
            world.account.add_message(message)
        return message

    def add_session(
        self,
        *,
        owner_id: str | None = None,
        others: Sequence[Party] | None = None,
        session_id: str | None = None,
        at: datetime | float | None = None,
    ) -> str:
        """Begin a conversation.

        :param owner_id: the extension that owns it and decides its type; the first user if None.
        :param others: the other participants; one invented outsider if None.
        :param session_id: a new one if None.
        :param at: when it begins, an aware datetime or unix seconds; now if None.
        :returns: the id of the conversation.
        :raises KeyError: if there is no such owner.
        :raises ValueError: if the session id is taken.
        """
        world = self._world
        with world.lock:
            account = world.account
            if session_id in account.sessions:
                raise ValueError(f"there is a session {session_id} already")
            owner = account.extensions[owner_id] if owner_id else account.users()[0]
            if others is None:
                others = [Party(f"1{world.rng.randrange(2_000_000_000, 9_999_999_999)}", "Visitor")]
            participants = (owner.party, *others)
            conversation = Conversation(
                session_id or new_session_id(world.rng),
                session_type_of(owner),
                participants,
                watchers_of(owner, participants),
                milliseconds(world.clock.time() if at is None else at),
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
        """Make a file for `add_message`.

        :param content: its bytes; invented ones if None.
        :param name: the file name that answers tell; may be as nasty as a test needs.
        :param type: `PNG`, `GIF`, `JPG`, `AUDIO`, `VIDEO`, `OTHER`, or anything else.
        :param size: the size that answers tell, in bytes; that of the content if None.
        """
        if size is None:
            size = 2048 if content is None else len(content)
        with self._world.lock:
            return Attachment(new_id(self._world.rng), name, type, size, content)

    def set_delivery_status(self, message_id: str, delivery_status: str) -> Message:
        """Let a delivery status arrive late, and return the message as it is now.

        :raises KeyError: if there is no such message.
        """
        with self._world.lock:
            account = self._world.account
            return account.change_message(message_id, delivery_status=delivery_status)

    def remove_message(self, message_id: str) -> None:
        """Let a message vanish, as retention rules make them.

        :raises KeyError: if there is no such message.
        """
        with self._world.lock:
            self._world.account.remove_message(message_id)

    def mark_read(self, session_id: str) -> None:
        """Let somebody read a conversation.

        :raises KeyError: if there is no such conversation.
        """
        with self._world.lock:
            self._world.account.sessions[session_id].unread = 0

    def add_user(self, *, name: str, email: str | None = None) -> Extension:
        """Add a user with a new id and phone number."""
        world = self._world
        with world.lock:
            number = f"1{world.rng.randrange(2_000_000_000, 9_999_999_999)}"
            user = Extension(new_id(world.rng), "user", name, email, number)
            world.account.add_extension(user)
        return user

    def delete_user(self, user_id: str, *, at: datetime | float | None = None) -> Extension:
        """Delete a user: the account list tells of it, the user's own lists are gone.

        :param at: when, an aware datetime or unix seconds; now if None.
        :raises KeyError: if there is no such user.
        """
        moment = self._world.clock.time() if at is None else at
        return self._change_user(user_id, "deleted", milliseconds(moment))

    def deactivate_user(self, user_id: str) -> Extension:
        """Make a user inactive, which the account list tells.

        :raises KeyError: if there is no such user.
        """
        return self._change_user(user_id, "inactive", None)

    def _change_user(self, user_id: str, status: str, deleted_at_ms: int | None) -> Extension:
        with self._world.lock:
            account = self._world.account
            changed = dataclasses.replace(
                account.extensions[user_id], status=status, deleted_at_ms=deleted_at_ms
            )
            account.add_extension(changed)
        return changed
