"""Sends HTTP requests with urllib3, so that no server can make them take longer than permitted.

An *attempt* sends one request and reads its response. A *call* makes one or more attempts, because
it retries. A *deadline* is the monotonic time at which a call or an attempt must have ended.
"""
