"""For nets of skorch on accelerators; imports torch when something is used."""

from sksearch.torch._device_loader import DeviceLoader

__all__ = ["DeviceLoader"]
