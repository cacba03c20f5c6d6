"""What a plan means beyond the objects it changes: what has to be built again, who uses it, what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dataiku_iac.core.address import Address
from dataiku_iac.core.canonical import Json, JsonObject
from dataiku_iac.core.stored import Fields

__all__ = ["Impact", "Propagated", "Reader", "Risk", "Stale", "Touched", "address_json", "read_address"]


class Risk(StrEnum):
    """How much can go wrong: ``high`` where data can be lost, ``medium`` where something is deleted or built again."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Stale:
    """Something on the node that holds data and no longer is what the flow would make: it is to be built again.

    ``because`` are the changes that lie upstream of it.
    """

    address: Address
    because: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Touched:
    """A scenario, dashboard or the like that names, directly or through others, what changes or becomes stale: ``names``."""

    address: Address
    names: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Reader:
    """Another project to which ``exposed`` is exposed, which changes or becomes stale."""

    project: str
    exposed: Address


@dataclass(frozen=True, slots=True)
class Propagated:
    """What a propagation of schemas, or the next build, does to the columns of ``address``, written by ``recipe``.

    ``note`` says what cannot be known: ``"its code decides"``, or that the recipe names a column which is dropped.
    """

    address: Address
    recipe: Address
    adds: tuple[str, ...] = ()
    drops: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Impact:
    """All of it.

    Attributes:
        calls: about how many API calls an apply makes.
        latency_ms: what one call took while the node was read, the median; 0 if nobody measured.
        seconds: about how long an apply takes; 0 if nobody measured.
    """

    stale: tuple[Stale, ...] = ()
    touched: tuple[Touched, ...] = ()
    readers: tuple[Reader, ...] = ()
    propagated: tuple[Propagated, ...] = ()
    risk: Risk = Risk.LOW
    calls: int = 0
    latency_ms: float = 0.0
    seconds: float = 0.0

    def to_json(self) -> JsonObject:
        """Return the stored form."""
        return {
            "stale": [{**address_json(item.address), "because": _all(item.because)} for item in self.stale],
            "touched": [{**address_json(item.address), "names": _all(item.names)} for item in self.touched],
            "readers": [{"reader": item.project, **address_json(item.exposed)} for item in self.readers],
            "propagated": [
                {
                    **address_json(item.address),
                    "recipe": address_json(item.recipe),
                    "adds": list(item.adds),
                    "drops": list(item.drops),
                    "note": item.note,
                }
                for item in self.propagated
            ],
            "risk": self.risk.value,
            "calls": self.calls,
            "latency_ms": self.latency_ms,
            "seconds": self.seconds,
        }

    @classmethod
    def from_json(cls, raw: Json, *, where: str) -> Impact:
        """Parse the stored form, or raise ``StoreCorrupt``."""
        fields = Fields(raw, where=where)
        found = cls(
            stale=tuple(_stale(item, where) for item in fields.items("stale")),
            touched=tuple(_touched(item, where) for item in fields.items("touched")),
            readers=tuple(_reader(item, where) for item in fields.items("readers")),
            propagated=tuple(_propagated(item, where) for item in fields.items("propagated")),
            risk=fields.choice("risk", Risk),
            calls=fields.integer("calls"),
            latency_ms=fields.number("latency_ms"),
            seconds=fields.number("seconds"),
        )
        fields.end()
        return found


def address_json(address: Address) -> JsonObject:
    """Return the stored form of an address."""
    return {"kind": address.kind, "project": address.project, "name": address.name}


def read_address(raw: Json, *, where: str) -> Address:
    """Parse the stored form of an address, or raise ``StoreCorrupt``."""
    fields = Fields(raw, where=where)
    found = _address(fields)
    fields.end()
    return found


def _address(fields: Fields) -> Address:
    return Address(fields.text("kind"), fields.text("project"), fields.text("name"))


def _all(addresses: tuple[Address, ...]) -> Json:
    return [address_json(address) for address in addresses]


def _addresses(fields: Fields, key: str, where: str) -> tuple[Address, ...]:
    return tuple(read_address(item, where=where) for item in fields.items(key))


def _stale(raw: Json, where: str) -> Stale:
    fields = Fields(raw, where=where)
    found = Stale(_address(fields), _addresses(fields, "because", where))
    fields.end()
    return found


def _touched(raw: Json, where: str) -> Touched:
    fields = Fields(raw, where=where)
    found = Touched(_address(fields), _addresses(fields, "names", where))
    fields.end()
    return found


def _reader(raw: Json, where: str) -> Reader:
    fields = Fields(raw, where=where)
    found = Reader(fields.text("reader"), _address(fields))
    fields.end()
    return found


def _propagated(raw: Json, where: str) -> Propagated:
    fields = Fields(raw, where=where)
    found = Propagated(
        _address(fields),
        read_address(fields.json("recipe"), where=where),
        fields.texts("adds"),
        fields.texts("drops"),
        fields.text("note"),
    )
    fields.end()
    return found
