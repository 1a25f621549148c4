"""The school around the package; nothing below knows it."""
