"""Helpers of the tests: a scripted server, clocks, the blocking and the asyncio client."""
