"""The parts of the simulation of a fleet."""
