"""HTTP on sockets: connections, deadlines, bodies, error mapping and downloads.

An *attempt* sends one request and reads its response. A *call* is one or more attempts. A
*deadline* is the monotonic time at which a call or an attempt must have ended.
"""
