"""What tests of misbehaving networks share: a server that errs on command, clocks, two faces."""
