"""Exit statuses. DAMAGED and RESUMABLE are EX_DATAERR and EX_TEMPFAIL of sysexits.h."""

DONE, MISUSE, DAMAGED, RESUMABLE = 0, 2, 65, 75
