"""Pure decisions: what to send next, when, with which token, and when to give up.

Nothing here acts. A flow is a generator: it yields an effect (:class:`Send`, :class:`Sleep`,
:class:`Join`), is given what came of it, and returns the answer. ``drivers`` holds the two small
loops that act, one blocking and one on asyncio. This package imports the standard library only.
"""
