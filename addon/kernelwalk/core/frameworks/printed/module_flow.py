# SPDX-License-Identifier: GPL-3.0-or-later
"""The sizes that flow through a printed model.

The text of print(model) has the modules, and not what forward() does with them. Modules are taken to run in the order
in which they are printed. Where the channels show that this cannot be, a module reads the input of the module around
it (a branch), or several tensors together, which then have the same sizes. A size that does not follow is unknown.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ...errors import SpecError
from ...layers.registry import LAYERS
from ..known_frameworks import find_layer
from ..parsing.code_text import CodeError, make_error
from ..parsing.layer_call import parse_call
from ..parsing.literals import read_value
from ..parsing.surroundings import ELEMENTWISE_LAYERS, END_LAYERS
from .module_print import PrintedModule, is_module_print, parse_module_print

SEQUENCES = re.compile(r"\w*Sequential|Conv\w*(Activation|NormAct|BNAct|BnAct|BNReLU)\w*")
"""Kinds of modules whose members run one after another."""

BRANCH_NAMES = ("downsample", "shortcut", "skip", "skip_connection", "residual", "identity", "proj_skip")
"""Names of members that read the input of the module around them, as a rule."""

GATES = re.compile(r"Squeeze\w*Excit\w*|(Effective)?SE(Module|Layer|Block)?|SEBlock\w*|EffectiveSEModule")
"""Kinds of modules that pool their input, and multiply it by what they compute: the result has its size."""

NORMS = re.compile(r"(Batch|Instance)Norm\w*")
"""Kinds of modules whose first argument is the number of channels."""

GATE_POOLS = re.compile(r"AdaptiveAvgPool[123]d")

SIDE_NAMES = ("aux", "aux1", "aux2", "AuxLogits", "aux_logits", "aux_classifier")
"""Names of members whose result goes nowhere else."""

NAMED_KINDS = {"Conv2dSame": "Conv2d", "ScaledStdConv2d": "Conv2d", "StdConv2d": "Conv2d", "MaxPool2dSame": "MaxPool2d"}
"""Kinds of modules with the arguments of PyTorch's, by whose names they are read."""

PADS_TO_SAME = re.compile(r"\w+Same")
"""Kinds of modules whose padding follows from the input, as TensorFlow's "same"."""


@dataclass(frozen=True)
class Tensor:
    """A tensor between modules. channels, sizes: None where they are unknown"""

    channels: int | None = None
    sizes: tuple[int, ...] | None = None
    is_flat: bool = False
    is_upsampled: bool = False

    @property
    def place(self) -> tuple[int, ...] | None:
        """The sizes; None where they are unknown or there are none."""
        return None if self.is_flat else self.sizes


UNKNOWN = Tensor()


@dataclass(frozen=True)
class PrintedLayer:
    """A layer of a printed model.

    number:   place among the layers, from 0
    keys:     those of a spec, without the input; empty where it cannot be shown
    reads, writes: its input and its output
    followers: element-wise modules after it, as code
    reason:   why it cannot be shown, or why its input is unknown, or ""
    is_next:  True if it reads what the layer of the main path before it computes
    is_beside: True if it stands beside the main path: in a shortcut or a gate
    sources:  numbers of the layers whose outputs it reads at their places, -1 for the model's input, where the text
              tells them; None where it does not
    """

    number: int
    module: PrintedModule
    keys: Mapping[str, Any]
    reads: Tensor
    writes: Tensor
    reason: str
    is_next: bool
    is_beside: bool = False
    followers: tuple[str, ...] = ()
    sources: tuple[int, ...] | None = None

    @property
    def name(self) -> str:
        """The module's name, or its kind where it has none."""
        return self.module.name or self.module.kind


@dataclass
class PrintedModel:
    """The layers of a printed model, and what else it has.

    path:   modules without members that stand on the main path
    others: how many modules of each kind are no layers
    doubts: sentences on what cannot be as the text has it
    """

    layers: list[PrintedLayer] = field(default_factory=list)
    path: list[PrintedModule] = field(default_factory=list)
    others: dict[str, int] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)


def find_printed_calls(text: str) -> list[ast.Call] | None:
    """Return the calls that make the modules on the main path of a printed model; None if the text is none.

    Shortcuts and gates beside the path are left out. Raises SpecError where modules do not run one after another.
    """
    if not is_module_print(text):
        return None
    model = follow_model(parse_module_print(text), None)
    for layer in model.layers:
        if not layer.is_next and not layer.is_beside:
            problem = f"line {layer.module.line + 1}: {layer.name} does not read what the layer before it computes"
            raise make_error(problem, "Give modules that run one after another, or one layer")
    return [call for module in model.path if (call := _make_call(module)) is not None]


def _make_call(module: PrintedModule) -> ast.Call | None:
    if module.call is not None:
        return module.call
    if not module.kind.isidentifier():
        return None  # a parameter
    call = ast.Call(ast.Name(module.kind), [], [])
    for node in (call, call.func):
        node.lineno, node.col_offset = module.line + 1, module.column
    return call


def follow_model(tree: PrintedModule, sizes: Sequence[int] | None) -> PrintedModel:
    """Return the layers of a printed model for an input of these sizes; None where they are unknown.

    >>> from .module_print import parse_module_print
    >>> tree = parse_module_print("(0): Conv2d(3, 8, kernel_size=(3, 3), stride=(2, 2))\\n(1): ReLU()")
    >>> follow_model(tree, (9, 9)).layers[0].writes
    Tensor(channels=8, sizes=(4, 4), is_flat=False, is_upsampled=False)
    """
    walker = _Walker()
    walker.run_members(tree, Tensor(None, None if sizes is None else tuple(sizes)), is_sequence=False)
    return walker.model


class _Walker:
    def __init__(self) -> None:
        self.model = PrintedModel()
        self.last: Tensor | None = None
        self.depth_beside = 0

    def run(self, module: PrintedModule, given: Tensor) -> Tensor:
        """Return what a module computes from a tensor."""
        if not module.members:
            return self._run_leaf(module, given)
        if GATES.fullmatch(module.kind):
            pooled = given if any(GATE_POOLS.fullmatch(leaf.kind) for leaf in module.members) else _pool(given)
            self.depth_beside += 1
            self.run_members(module, pooled, is_sequence=True)
            self.depth_beside -= 1
            return given
        return self.run_members(module, given, bool(SEQUENCES.fullmatch(module.kind)))

    def run_members(self, module: PrintedModule, given: Tensor, is_sequence: bool) -> Tensor:
        """Return what a module computes by its members."""
        tensors, ends, latest, only_adds = [given], [], given, True
        for member in module.members:
            if member.own_name in SIDE_NAMES:
                self.depth_beside += 1
                self.run(member, UNKNOWN)
                self.depth_beside -= 1
                continue
            reads = latest if is_sequence else _choose(member, _find_channels(member), tensors, latest)
            if (
                reads is not latest
                and latest is not given
                and not (latest.is_upsampled and reads.place == latest.place)
            ):
                ends.append(latest)
                only_adds = only_adds and member.own_name in BRANCH_NAMES
            is_beside = reads is not latest and member.own_name in BRANCH_NAMES
            self.depth_beside += is_beside
            latest = self.run(member, reads)
            self.depth_beside -= is_beside
            tensors.append(latest)
        if any(end.place != latest.place for end in ends):
            return UNKNOWN
        if not ends or (only_adds and all(end.channels == latest.channels for end in ends)):
            return latest
        return Tensor(None, latest.sizes)  # several tensors are joined

    def _run_leaf(self, module: PrintedModule, given: Tensor) -> Tensor:
        if not self.depth_beside:
            self.model.path.append(module)
        kind = NAMED_KINDS.get(module.kind, module.kind)
        if find_layer(kind, everywhere=False) and not kind.islower():
            return self._run_layer(module, kind, given)
        self.model.others[module.kind] = self.model.others.get(module.kind, 0) + 1
        if re.fullmatch(ELEMENTWISE_LAYERS, module.kind):
            self._add_follower(module, given)
            channels = _read_pair(module, ("num_features",))[0] if NORMS.fullmatch(module.kind) else None
            return given if channels in (None, given.channels) else replace(given, channels=channels)
        if re.fullmatch(END_LAYERS, module.kind):
            return self._run_end(module, given)
        return UNKNOWN

    def _add_follower(self, module: PrintedModule, given: Tensor) -> None:
        layers = self.model.layers
        if layers and layers[-1].writes == given:
            code = ast.unparse(module.call) if module.call else f"{module.kind}()"
            layers[-1] = replace(layers[-1], followers=(*layers[-1].followers, code))

    def _run_end(self, module: PrintedModule, given: Tensor) -> Tensor:
        """Return the result of a module in which nothing slides over cells."""
        if not module.kind.endswith("Linear"):
            return replace(given, is_flat=given.is_flat or module.kind in ("Flatten", "View", "Reshape"))
        takes, gives = _read_pair(module, ("in_features", "out_features"))
        if given.sizes is None or takes is None or takes == given.channels:
            return replace(given, channels=gives)
        count = given.channels
        for size in given.sizes:
            count = None if count is None else count * size
        is_whole = count == takes
        if not is_whole and not given.is_flat and count is not None:
            what = f"{module.name} takes {takes:,} numbers, and {_describe(given)} come before it"
            self.model.doubts.append(f"{what}: forward() does more than the text has")
        return Tensor(gives, (1,) * len(given.sizes), is_flat=True)

    def _run_layer(self, module: PrintedModule, kind: str, given: Tensor) -> Tensor:
        keys, reason = _read_keys(module, kind)
        reads, writes = Tensor(keys.get("in_channels", given.channels), given.place), UNKNOWN
        if not reason and reads.sizes is None:
            reason = "its input does not follow from the text" if given.sizes or self.model.layers else ""
        if keys and reads.sizes is not None:
            try:
                layer = build_layer(keys, reads)
                has_channels = layer.has_weights or reads.channels is not None
                grows = keys["op"] in ("conv_transpose", "upsample")
                writes = Tensor(layer.channels.outputs if has_channels else None, layer.output, is_upsampled=grows)
            except SpecError as error:
                reason = error.problems[0].what
        elif keys:
            writes = Tensor(keys.get("out_channels", reads.channels))
        layers, is_beside = self.model.layers, bool(self.depth_beside)
        is_next = self.last is None or given is self.last or given == self.last
        layers.append(PrintedLayer(len(layers), module, keys, reads, writes, reason, is_next, is_beside))
        if not is_beside:
            self.last = writes
        return writes


def _choose(member: PrintedModule, wanted: int | None, tensors: Sequence[Tensor], latest: Tensor) -> Tensor:
    """Return the tensor that a member reads.

    wanted:  channels that it needs, None if any
    tensors: input of the module around it, and the results of the members before it
    """
    given = tensors[0]
    if member.own_name in BRANCH_NAMES and wanted in (None, given.channels):
        return given
    if wanted is None or latest.channels in (None, wanted) or latest.is_flat:
        return latest
    if latest.is_upsampled and latest.channels is not None and wanted > latest.channels:
        return Tensor(wanted, latest.sizes)  # beside a tensor of the same sizes
    places = {tensor.place for tensor in tensors}
    if len(places) == 1:
        return given if wanted == given.channels else Tensor(wanted, latest.sizes)
    if given.channels == wanted and latest.channels is not None and wanted < latest.channels:
        return given
    return Tensor(wanted)


def _pool(given: Tensor) -> Tensor:
    return replace(given, sizes=None if given.sizes is None else (1,) * len(given.sizes))


def _find_channels(module: PrintedModule) -> int | None:
    """Return the channels that a module needs, by its first part that tells them; None if none does."""
    for leaf in module.iterate_leaves():
        if NORMS.fullmatch(leaf.kind):
            return _read_pair(leaf, ("num_features",))[0]
        if leaf.kind.endswith("Linear"):
            return None
        kind = NAMED_KINDS.get(leaf.kind, leaf.kind)
        layer = find_layer(kind, everywhere=False)
        if layer:
            found = _read_pair(leaf, ("in_channels",))[0] if "in_channels" in layer.signature.positional else None
            if found is not None:
                return found
    return None


def _read_pair(module: PrintedModule, names: Sequence[str]) -> tuple[int | None, int | None]:
    """Return the first numbers of a module's arguments, by place or by name."""
    found: list[int | None] = []
    call = module.call
    for number, name in enumerate(names):
        value = None
        if call is not None:
            nodes = [word.value for word in call.keywords if word.arg == name] or call.args[number : number + 1]
            try:
                value = read_value(nodes[0]) if nodes else None
            except CodeError:
                value = None
        found.append(value if type(value) is int else None)
    return found[0], found[-1]


def _read_keys(module: PrintedModule, kind: str) -> tuple[dict[str, Any], str]:
    """Return the keys of a module that is a layer, or why it cannot be shown."""
    if module.call is None:
        return {}, "its arguments cannot be read"
    call = ast.Call(ast.copy_location(ast.Name(kind), module.call), module.call.args, module.call.keywords)
    ast.copy_location(call, module.call)
    if kind.startswith("Upsample") and not call.args and not call.keywords:
        return {}, "its scale is not in the text"
    try:
        keys = parse_call(call)
    except CodeError as error:
        return {}, error.problem
    if PADS_TO_SAME.fullmatch(module.kind):
        keys = {**keys, "padding": "same", "convention": "keras"}
    return keys, ""


def build_layer(keys: Mapping[str, Any], reads: Tensor) -> Any:
    """Return the layer of a spec's keys on a tensor, which has its sizes. Raises SpecError."""
    layer: Any = LAYERS[keys["op"]]
    given = {key: value for key, value in keys.items() if key != "op"}
    if layer.has_parameter("channels") and reads.channels is not None:
        given.setdefault("channels", reads.channels)
    return layer(input=reads.sizes, **given)


def _describe(tensor: Tensor) -> str:
    return " × ".join(map(str, (tensor.channels, *(tensor.sizes or ()))))
