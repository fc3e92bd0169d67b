# SPDX-License-Identifier: GPL-3.0-or-later
"""Groups of options: a command takes one parameter per group, and typer sees one per option."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, get_type_hints


class OptionGroup:
    """Base of option groups: annotated class attributes are the options, their values the defaults.

    Not a dataclass: creating these takes longer than a command may take to start.
    """

    def __init__(self, **values: Any):
        vars(self).update(values)


def expand_groups(command: Callable[..., Any]) -> Callable[..., Any]:
    """Return `command` with the options of parameter OptionGroup parameter as keyword parameters of their own."""
    groups: dict[str, type[OptionGroup]] = {}
    parameters: list[inspect.Parameter] = []
    hints = get_type_hints(command, include_extras=True)
    for parameter in inspect.signature(command).parameters.values():
        hint = hints[parameter.name]
        if isinstance(hint, type) and issubclass(hint, OptionGroup):
            groups[parameter.name] = hint
            parameters += _option_parameters(hint)
        else:
            parameters.append(parameter.replace(annotation=hint, kind=inspect.Parameter.KEYWORD_ONLY))

    @functools.wraps(command)
    def expanded(**values: Any) -> Any:
        for name, group in groups.items():
            values[name] = group(
                **{parameter.name: values.pop(parameter.name) for parameter in _option_parameters(group)}
            )
        return command(**values)

    expanded.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    expanded.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return expanded


def _option_parameters(group: type[OptionGroup]) -> list[inspect.Parameter]:
    """Return one keyword parameter per option of a group. Several commands have it, and its types are read once."""
    if group not in _PARAMETERS:
        _PARAMETERS[group] = [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=getattr(group, name, inspect.Parameter.empty),
                annotation=hint,
            )
            for name, hint in get_type_hints(group, include_extras=True).items()
        ]
    return _PARAMETERS[group]


_PARAMETERS: dict[type[OptionGroup], list[inspect.Parameter]] = {}
