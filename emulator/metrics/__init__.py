"""Metrics of datasets and managed folders: computed from the data that lies here, kept with their history."""
