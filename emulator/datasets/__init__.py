"""Datasets: definitions, creation rules, and the data that lies behind them."""
