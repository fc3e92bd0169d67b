# SPDX-License-Identifier: GPL-3.0-or-later
"""The file that holds a glTF document and its buffer (.glb): the Khronos Group's glTF 2.0, section 4."""

from __future__ import annotations

import json
import struct
from typing import Any

MAGIC, VERSION, JSON_CHUNK, BINARY_CHUNK = 0x46546C67, 2, 0x4E4F534A, 0x004E4942


def pack_glb(document: dict[str, Any], buffer: bytes) -> bytes:
    """Return the bytes of a .glb. buffer: of a length that 4 divides"""
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 4)
    chunks = [struct.pack("<II", len(text), JSON_CHUNK) + text]
    if buffer:
        chunks.append(struct.pack("<II", len(buffer), BINARY_CHUNK) + buffer)
    body = b"".join(chunks)
    return struct.pack("<III", MAGIC, VERSION, 12 + len(body)) + body
