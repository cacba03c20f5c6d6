"""One module per family (or group of related ones) with its ``ROUTES``; ``emulator/families/routes.py`` finds them."""
