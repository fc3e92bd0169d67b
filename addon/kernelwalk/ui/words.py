# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panel calls each key of a spec, and its tooltip."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "title": ("Title", "Names the scene; empty takes the operation's name"),
    "layer.padding_mode": ("Padding Mode", "What the padding holds: zeros, or copies of the input"),
    "layer.ceil_mode": ("Round Up", "Let the last window hang over the padding, rather than leave cells out"),
    "layer.count_include_pad": ("Count Padding", "Whether cells of padding count in the mean, as zeros"),
    "layer.convention": ("Convention", "Whose meaning the words for the padding have"),
    "layer.in_channels": ("Channels In", "Channels of the input; the groups divide them"),
    "layer.out_channels": ("Channels Out", "Channels of the output, one for each filter; the groups divide them"),
    "layer.groups": ("Groups", "Parts of the channels that do not mix; with as many as channels, it is depthwise"),
    "layer.channels": ("Channels", "Channels of the input"),
    "layer.mode": ("Channel Order", "Which channels the cells that belong together are"),
    "walk.order": ("Order", "In which order the output positions are visited"),
    "walk.frames_per_step": ("Frames per Step", "Frames from reaching one position to reaching the next"),
    "walk.hold": ("Hold", "Of these, the frames that the field rests before it glides on"),
    "walk.easing": ("Easing", "How the field goes from one position to the next"),
    "walk.fps": ("Frame Rate", "Frames a second"),
    "walk.lead_in": ("Lead-in", "Still frames before the first step"),
    "walk.lead_out": ("Lead-out", "Still frames after the last step"),
    "look.template": ("Template", "A template that ships, by name, or a .blend of your own: light, world, surfaces"),
    "look.tiles": ("Tiles", "One mesh per layer, which stays fast, or one object per tile, to edit them one by one"),
    "look.tile_size": ("Tile Size", "Edge of a tile; 1 leaves no gap between tiles"),
    "look.thickness": ("Thickness", "Height of a tile; 0 makes it a flat square"),
    "look.rounding": ("Rounding", "Radius of a tile's corners"),
    "look.gap": ("Gap", "Height of the output over the input, in tiles"),
    "look.opacity": ("Opacity", "Opacity of the tiles"),
    "look.outline": ("Outline", "Width of a line along each tile's edge; 0 draws none"),
    "look.line_width": ("Connectors", "Width of the lines between the output tile and its receptive field, in tiles"),
    "look.shadows": ("Shadows", "Whether tiles cast shadows"),
    "look.first_row": ("First Row", "Far from the viewer, as a matrix is printed, or near, as an axis is plotted"),
    "look.colors.background": ("Background", "What lies behind everything"),
    "look.colors.input": ("Input", "Input tiles"),
    "look.colors.input_active": ("Input, Active", "Input tiles that the step reads"),
    "look.colors.zero": ("Zero", "Zeros that a transposed convolution inserts"),
    "look.colors.zero_active": ("Zero, Active", "Inserted zeros below the kernel"),
    "look.colors.padding": ("Padding", "Padding tiles"),
    "look.colors.padding_active": ("Padding, Active", "Padding tiles below the kernel"),
    "look.colors.output": ("Output", "Output tiles"),
    "look.colors.output_active": ("Output, Active", "The output tile that the step computes"),
    "look.colors.line": ("Connectors", "The lines between the output tile and its receptive field"),
    "look.colors.outline": ("Outline", "The line along each tile's edge"),
    "camera.azimuth": ("Azimuth", "Degrees to the right of the front"),
    "camera.elevation": ("Elevation", "Degrees above the horizon; 90 looks straight down"),
    "camera.margin": ("Margin", "Free share of the picture on each side"),
    "render.resolution": ("Resolution", "Width and height of the picture, in pixels"),
    "render.samples": ("Samples", "Samples per pixel: more are smoother and slower"),
    "render.engine": ("Engine", "Cycles is exact everywhere, EEVEE is fast with a graphics card"),
}


def sentence(text: str) -> str:
    """`text` with its first letter large, and the rest as it is."""
    return text[:1].upper() + text[1:]


CHOICES: dict[str, tuple[str, str]] = {
    "zeros": ("Zeros", "Padding is zero"),
    "reflect": ("Reflect", "The input mirrored at its edge cells, which are not repeated"),
    "replicate": ("Replicate", "The input's edge cells repeated"),
    "circular": ("Circular", "The input continued from its other end"),
    "pytorch": ("PyTorch", "Same needs stride 1"),
    "keras": ("Keras", "Same gives as many outputs as there are strides in the input, as in TensorFlow"),
    "onnx": ("ONNX", "Same is SAME_UPPER; padding in numbers may be as large as the kernel less one"),
    "CRD": ("PyTorch", "Side by side for each channel; ONNX' CRD"),
    "DCR": ("TensorFlow", "As far apart as there are channels of the larger picture; ONNX' DCR"),
    "rows": ("Rows", "Row by row, the last axis fastest"),
    "columns": ("Columns", "Column by column, the first axis fastest"),
    "serpentine": ("Serpentine", "Row by row, every other one backwards"),
    "smooth": ("Smooth", "The field glides"),
    "step": ("Step", "The field jumps"),
    "layer": ("Layer", "One mesh per layer"),
    "objects": ("Objects", "One object per tile"),
    "far": ("Far", "The first row is the farthest"),
    "near": ("Near", "The first row is the nearest"),
    "cycles": ("Cycles", "Exact, everywhere"),
    "eevee": ("EEVEE", "Fast with a graphics card"),
}
