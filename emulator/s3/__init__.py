"""An S3 server on localhost: moto behind one mutex, in a process of its own, with faults on request.

``python -m emulator.s3`` runs it by hand; :func:`start_s3` runs it for a test or a demo. See ``server`` for what it promises and
``faults`` for what it can be told to do wrong.
"""

from emulator.s3.faults import Action, FaultRule, When
from emulator.s3.process import S3Process, start_s3

__all__ = ["Action", "FaultRule", "S3Process", "When", "start_s3"]
