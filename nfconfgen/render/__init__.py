"""Plan → text of every output. Pure: same plan, same bytes; no clock, no host name, no absolute path."""
