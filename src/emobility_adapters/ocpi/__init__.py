"""Tariffs and sessions as OCPI 2.2.1 and 2.3.0 write them in JSON: a pure mapping, without any network."""

from emobility_adapters.ocpi.faults import MalformedOcpi, NotExpressibleInOcpi
from emobility_adapters.ocpi.session import read_session
from emobility_adapters.ocpi.tariff import OcpiTariff, OcpiVersion, read_tariff
from emobility_adapters.ocpi.writing import write_tariff

__all__ = [
    "MalformedOcpi",
    "NotExpressibleInOcpi",
    "OcpiTariff",
    "OcpiVersion",
    "read_session",
    "read_tariff",
    "write_tariff",
]
