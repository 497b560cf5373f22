"""The config of one site: its scopes, the process scope and the params. For a variant, what differs from its site."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from nfconfgen.plan.model import Plan, SitePlan
from nfconfgen.profile.references import texts
from nfconfgen.render import groovy, run_sections
from nfconfgen.render.scope import Scope, Selected, scope
from nfconfgen.render.section import Block, ConfigPath, Section, Setting

_NULL = groovy.quote(None)
_NOTHING: Mapping[str, groovy.Code] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class SiteConfig:
    """Everything that the config of a site sets, in the order of the file."""

    sections: tuple[Section, ...]
    scope: Scope
    params: Mapping[str, Any]

    @property
    def paths(self) -> Iterator[ConfigPath]:
        """The path of each setting outside selectors."""
        for section in self.sections:
            yield from section.paths
        yield from (("process", key) for key in self.scope.generic)
        yield from (("params", name) for name in self.params)

    @property
    def params_first(self) -> bool:
        """Whether the params come before all else, because something reads one."""
        written = [value for section in self.sections for _, value in section.settings]
        blocks = [*self.scope.blocks, *([self.scope.default] if self.scope.default else [])]
        written += [
            value for _, value in (*self.scope.settings, *(one for block in blocks for one in block.settings))
        ]
        return any("params." in code for code in written)


def site_config(site: SitePlan, plan: Plan) -> SiteConfig:
    """The whole config of a site, or of a variant as if it were one."""
    chosen = site.site
    work_dir = [("workDir", groovy.quote(chosen.work_dir))] if chosen.work_dir else []
    sections = [*chosen.executor.sections(site), *run_sections.sections(chosen.run), Section("", tuple(work_dir))]
    return SiteConfig(tuple(_merged(sections)), scope(site, plan), _ordered(chosen.params))


def _ordered(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """The params; one that reads others comes after them."""
    late = {name: value for name, value in params.items() if any(text.params for text in texts(value))}
    return {**{name: value for name, value in params.items() if name not in late}, **late}


def _merged(sections: Sequence[Section]) -> Iterator[Section]:
    """Each scope once, where it comes first; a later value of a key replaces an earlier one."""
    found: dict[str, Section] = {}
    for section in sections:
        before = found.get(section.name, Section(section.name, ()))
        settings = tuple({**dict(before.settings), **dict(section.settings)}.items())
        notes = {**before.notes, **section.notes}
        found[section.name] = Section(section.name, settings, before.note or section.note, notes)
    # params in Groovy come before what may read them
    named = sorted((section for section in found.values() if section.name), key=lambda one: one.name != "params")
    # what stands in no scope comes last
    alone = [found[""]] if "" in found else []
    return (section for section in (*named, *alone) if section.settings)


def changes(variant: SiteConfig, site: SiteConfig) -> SiteConfig:
    """What the config of a variant sets otherwise than that of its site; what it no longer sets becomes null."""
    before = {section.name: section for section in site.sections}
    after = {section.name: section for section in variant.sections}
    sections = []
    for name in {**before, **after}:
        old, new = (dict(of[name].settings) if name in of else {} for of in (before, after))
        settings = tuple(_differing(new, old))
        if settings:
            sections.append(replace(after.get(name, before.get(name, Section(name, ()))), settings=settings))
    params = {
        name: _whole(value, site.params.get(name))
        for name, value in variant.params.items()
        if not _same(name, value, site.params)
    }
    params |= {name: None for name in site.params if name not in variant.params}
    return SiteConfig(tuple(sections), _scope_changes(variant.scope, site.scope), params)


def _whole(value: Any, before: Any) -> Any:
    """A map with null for what it no longer holds, as Nextflow merges it into the one before."""
    if not isinstance(value, dict) or not isinstance(before, dict):
        return value
    kept = {key: _whole(each, before.get(key)) for key, each in value.items()}
    return {**kept, **{key: None for key in before if key not in value}}


def _same(name: str, value: Any, others: Mapping[str, Any]) -> bool:
    return name in others and groovy.quote(value) == groovy.quote(others[name])


def _differing(
    new: Mapping[str, groovy.Code], old: Mapping[str, groovy.Code], of_all: Mapping[str, groovy.Code] = _NOTHING
) -> Iterator[Setting]:
    """What is set otherwise; what is no longer set becomes what holds for all tasks, or null."""
    yield from ((key, code) for key, code in new.items() if old.get(key) != code)
    yield from ((key, of_all.get(key, _NULL)) for key in old if key not in new)


def _scope_changes(variant: Scope, site: Scope) -> Scope:
    old = dict(site.settings)
    own = dict(variant.settings)
    removed = tuple((key, _NULL) for key in old if key not in own)

    def kept(settings: Sequence[Setting]) -> tuple[Setting, ...]:
        return tuple((key, code) for key, code in settings if old.get(key) != code)

    blocks = {(block.selector, block.pattern): block for block in site.blocks}
    default = _block_changes(variant.default, site.default, old, {}) if variant.default is not None else None
    return Scope(
        first=kept(variant.first) + removed,
        queue=kept(variant.queue),
        default=default,
        retries=kept(variant.retries),
        limits=kept(variant.limits),
        blocks=tuple(
            _block_changes(block, before, dict(before.settings) if before is not None else {}, own)
            for block in variant.blocks
            for before in [blocks.get((block.selector, block.pattern))]
        ),
        last=tuple(one for one in variant.last if one not in site.last),
        others=kept(variant.others),
    )


def _block_changes(
    block: Block, before: Block | None, old: Mapping[str, groovy.Code], of_all: Mapping[str, groovy.Code]
) -> Block:
    """The block with what it sets otherwise; of a selector also what it no longer sets."""
    changed = dict(_differing(dict(block.settings), old if block.selector else _of(block, old), of_all))
    # v1 replaces a map of a selector
    maps = {key.partition(".")[0] for key in changed if "." in key} if block.selector else set()
    kept = {key: code for key, code in block.settings if "." in key and key.partition(".")[0] in maps}
    settings = tuple({**kept, **changed}.items())
    same = before is not None and before.container == block.container
    gone = before is not None and before.container and not block.container
    settings = (*settings, *([("container", _NULL)] if gone else []))
    return replace(block, settings=settings, container="" if same else block.container)


def _of(block: Block, old: Mapping[str, groovy.Code]) -> Mapping[str, groovy.Code]:
    return {key: old[key] for key, _ in block.settings if key in old}


def complete(config: SiteConfig, whole: SiteConfig, others: Sequence[SiteConfig]) -> SiteConfig:
    """The changes of a variant with everything that other variants change, as one of them may hold already."""
    wanted = {path for other in others for path in other.paths}
    sections = {section.name: section for section in config.sections}
    for name in dict.fromkeys(section.name for other in others for section in other.sections):
        full = next((section for section in whole.sections if section.name == name), Section(name, ()))
        own = dict(sections[name].settings) if name in sections else {}
        keys = dict.fromkeys(key for o in others for s in o.sections if s.name == name for key, _ in s.settings)
        values = {key: own.get(key, dict(full.settings).get(key, _NULL)) for key in keys}
        sections[name] = replace(full, settings=tuple(values.items()))
    scope, everything = config.scope, dict(whole.scope.settings)
    lacking = {path[1] for path in wanted if path[0] == "process"} - scope.generic
    more = tuple((key, everything.get(key, _NULL)) for key in sorted(lacking))
    scope = replace(
        scope,
        first=(*scope.first, *more),
        blocks=tuple(_whole_block(block, whole.scope, others) for block in scope.blocks),
        last=_whole_last(whole.scope, [scope, *(other.scope for other in others)]),
    )
    params = {**config.params}
    for other in others:
        params |= {name: whole.params.get(name) for name in other.params if name not in params}
    return SiteConfig(tuple(sections.values()), scope, params)


def _whole_block(block: Block, whole: Scope, others: Sequence[SiteConfig]) -> Block:
    """The changes of a selector with everything that other variants change there."""
    selected = block.selector, block.pattern
    changed = [each for other in others for each in other.scope.blocks if (each.selector, each.pattern) == selected]
    full = next(each for each in whole.blocks if (each.selector, each.pattern) == selected)
    values, of_all = dict(full.settings), dict(whole.settings)
    lacking = dict.fromkeys(key for each in changed for key, _ in each.settings if key not in block.keys)
    more = tuple((key, values.get(key, of_all.get(key, _NULL))) for key in lacking if key != "container")
    if "container" in {key for each in changed for key in each.keys} - block.keys:
        if full.container:
            block = replace(block, container=full.container, container_note=full.container_note)
        else:
            more = (*more, ("container", _NULL))
    return replace(block, settings=(*block.settings, *more))


def _whole_last(whole: Scope, changed: Sequence[Scope]) -> tuple[tuple[Selected, tuple[Setting, ...]], ...]:
    """The selectors after those of the classes that any variant changes."""
    selected = {one[0] for scope in changed for one in scope.last}
    return tuple(one for one in whole.last if one[0] in selected)
