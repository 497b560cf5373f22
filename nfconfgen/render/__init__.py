"""The text of every output of a plan. Pure: same plan, same bytes; no clock, no host name, no absolute path."""
