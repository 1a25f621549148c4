"""A classifier, its head, its fine-tuning."""
