# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the texts in printed_models again: models as print(model) writes them, with the sizes that hooks report.

Run it where torch 2.13.0, torchvision 0.28.0 and timm 1.0.31 are installed. Each file is JSON in gzip: the text, the
input's size, and for each module with a tensor of cells as its input the first sizes that it read and wrote.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "printed_models"
SIZE = 224


def define_u_net() -> Any:
    """Return a U-Net (Ronneberger et al. 2015) in the form in which most people write it."""
    import torch
    from torch import nn

    class DoubleConv(nn.Module):
        def __init__(self, inputs: int, outputs: int) -> None:
            super().__init__()
            self.double_conv = nn.Sequential(
                *(nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)),
                *(nn.Conv2d(outputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)),
            )

        def forward(self, x: Any) -> Any:
            return self.double_conv(x)

    class Down(nn.Module):
        def __init__(self, inputs: int, outputs: int) -> None:
            super().__init__()
            self.maxpool_conv = nn.Sequential(nn.MaxPool2d(2), DoubleConv(inputs, outputs))

        def forward(self, x: Any) -> Any:
            return self.maxpool_conv(x)

    class Up(nn.Module):
        def __init__(self, inputs: int, outputs: int) -> None:
            super().__init__()
            self.up = nn.ConvTranspose2d(inputs, inputs // 2, kernel_size=2, stride=2)
            self.conv = DoubleConv(inputs, outputs)

        def forward(self, x: Any, skip: Any) -> Any:
            return self.conv(torch.cat([skip, self.up(x)], dim=1))

    class UNet(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inc = DoubleConv(3, 16)
            self.down1, self.down2, self.down3 = Down(16, 32), Down(32, 64), Down(64, 128)
            self.up1, self.up2, self.up3 = Up(128, 64), Up(64, 32), Up(32, 16)
            self.outc = nn.Conv2d(16, 2, kernel_size=1)

        def forward(self, x: Any) -> Any:
            first = self.inc(x)
            second = self.down1(first)
            third = self.down2(second)
            x = self.up1(self.down3(third), third)
            return self.outc(self.up3(self.up2(x, second), first))

    return UNet()


def list_models() -> dict[str, Any]:
    """Return the functions that make the models, by name."""
    import timm
    from torchvision import models

    return {
        "alexnet": models.alexnet,
        "resnet18": models.resnet18,
        "resnet50": models.resnet50,
        "vgg16_bn": models.vgg16_bn,
        "mobilenet_v2": models.mobilenet_v2,
        "mobilenet_v3_small": models.mobilenet_v3_small,
        "convnext_tiny": models.convnext_tiny,
        "efficientnet_b0": models.efficientnet_b0,
        "densenet121": models.densenet121,
        "squeezenet1_1": models.squeezenet1_1,
        "googlenet": lambda: models.googlenet(init_weights=False),
        "unet": define_u_net,
        "timm_resnet26d": lambda: timm.create_model("resnet26d"),
        "timm_convnext_atto": lambda: timm.create_model("convnext_atto"),
        "timm_efficientnet_lite0": lambda: timm.create_model("efficientnet_lite0"),
    }


def main() -> None:
    """Write a file for each model, or for those that are named."""
    import torch

    for name, make in list_models().items():
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        model = make().eval()
        sizes: dict[str, list[list[int]]] = {}

        def record(module_name: str, sizes: dict[str, list[list[int]]]) -> Any:
            def hook(_module: Any, inputs: Any, output: Any) -> None:
                if module_name not in sizes and isinstance(output, torch.Tensor) and inputs[0].ndim == 4:
                    sizes[module_name] = [list(inputs[0].shape[1:]), list(output.shape[1:])]

            return hook

        for module_name, module in model.named_modules():
            if not list(module.children()):
                module.register_forward_hook(record(module_name, sizes))
        with torch.no_grad():
            model(torch.zeros(1, 3, SIZE, SIZE))
        table = {"input": [SIZE, SIZE], "text": str(model), "sizes": sizes}
        data = gzip.compress(json.dumps(table, indent=0).encode(), 9, mtime=0)
        (FOLDER / f"{name}.json.gz").write_bytes(data)
        print(name, len(sizes), len(data))


if __name__ == "__main__":
    main()
