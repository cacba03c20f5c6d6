"""Data-quality rules of datasets: their definitions, and what computing them on the rows that lie here gives."""
