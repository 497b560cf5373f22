"""Options of a job as an expression: those of the site, and what its rules set instead."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nfconfgen.profile.model import Site
from nfconfgen.profile.queue_model import Options, QueueRule, overriding
from nfconfgen.profile.references import Value, texts
from nfconfgen.render import groovy, routing
from nfconfgen.render.groovy import Code

Words = Callable[[Options], Sequence[Value]]
"""From what rules set to all options of a job."""


def by_rule(site: Site, words: Words) -> Code | None:
    """The options of every task of a site in one line, a closure if the task or params decide; None: none."""
    lines = _lines(site.rules, (), words)
    if len(lines) > 1:
        return Code("\n".join(["{", *routing.indented(lines), "}"]))
    if lines[0] == groovy.quote(""):
        return None
    by_task = any(text.by_task for text in texts(words(())))
    return Code(f"{{ {lines[0]} }}" if by_task else lines[0])


def _lines(rules: Sequence[QueueRule], options: Options, words: Words) -> list[str]:
    """The expression for tasks that come to these rules with these options. The first rule with a queue that applies
    is the last that counts, as in plan/route.py."""
    if not rules:
        return [groovy.joined(words(options))]
    rule, *rest = rules
    together = overriding(options, rule.options)
    then = _lines(rest if rule.queue is None else (), together, words)
    conditions = routing.conditions(rule)
    if not conditions:
        return then
    otherwise = _lines(rest, options, words)
    if then == otherwise:
        return then
    begin = f"{' && '.join(conditions)} ? "
    if len(then) == 1:
        return [f"{begin}{then[0]} :", *otherwise]
    return [f"{begin}(", *routing.indented(then), ") :", *otherwise]


def container_options(site: Site) -> Code | None:
    """`containerOptions` of every task of a site."""
    return by_rule(site, lambda options: [value for value in [_of(site, options)] if value])


def _of(site: Site, options: Options) -> Value:
    found = dict(options).get("container_options", site.container_options)
    assert not isinstance(found, tuple)
    return found
