"""The NVIDIA GPU of this machine, asked of its driver (NVML), without torch: what it is, its driver, its energy.

NVML makes no CUDA context: asking costs milliseconds and no memory of the GPU.
"""

from __future__ import annotations

import ctypes
import os
from ctypes import byref, c_char, c_int, c_uint, c_ulonglong, c_void_p
from dataclasses import dataclass
from functools import cache
from typing import Any

_SONAME = "libnvidia-ml.so.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    """The first GPU that programs may use."""

    name: str
    memory_bytes: int
    cuda: tuple[int, int]  # the newest CUDA that its driver speaks


class _Memory(ctypes.Structure):
    _fields_ = (("total", c_ulonglong), ("free", c_ulonglong), ("used", c_ulonglong))


def find_gpu() -> Gpu | None:
    """The GPU, None where there is none, no driver, or CUDA_VISIBLE_DEVICES hides it."""
    nvml = _nvml()
    if nvml is None or os.environ.get("CUDA_VISIBLE_DEVICES") in ("", "-1", "none", "NoDevFiles"):
        return None
    device = _device(nvml)
    if device is None:
        return None
    name, memory, cuda = (c_char * 96)(), _Memory(), c_int()
    nvml.nvmlDeviceGetName(device, name, c_uint(96))
    nvml.nvmlDeviceGetMemoryInfo(device, byref(memory))
    nvml.nvmlSystemGetCudaDriverVersion_v2(byref(cuda))
    major, minor = cuda.value // 1000, cuda.value % 1000 // 10
    return Gpu(name=name.value.decode(), memory_bytes=memory.total, cuda=(major, minor))


def energy_j() -> float | None:
    """Joules the GPU has used since its driver was loaded; None where it doesn't tell."""
    nvml = _nvml()
    device = nvml and _device(nvml)
    millijoules = c_ulonglong()
    if not device or nvml.nvmlDeviceGetTotalEnergyConsumption(device, byref(millijoules)) != 0:
        return None
    return millijoules.value / 1000


@cache
def _nvml() -> Any:
    try:
        nvml = ctypes.CDLL(_SONAME)
    except OSError:
        return None
    return nvml if nvml.nvmlInit_v2() == 0 else None


def _device(nvml: Any) -> c_void_p | None:
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "0").partition(",")[0]
    device = c_void_p()
    if visible.isdigit():
        found = nvml.nvmlDeviceGetHandleByIndex_v2(c_uint(int(visible)), byref(device))
    else:  # "GPU-5f3a…"
        found = nvml.nvmlDeviceGetHandleByUUID(visible.encode(), byref(device))
    return device if found == 0 else None
