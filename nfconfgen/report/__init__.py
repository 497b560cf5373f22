"""The output of commands: findings as text, JSON or GitHub annotations; facts and plan as tables."""
