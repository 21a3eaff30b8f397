"""One table per aggregate. Column names are attribute names; a test holds them against the classes."""

from emobility_adapters.sql._tables.access import (
    access_grant,
    role,
    role_assignment,
)
from emobility_adapters.sql._tables.accounting import (
    account_rule,
    ledger,
    posted_document,
    posting,
    posting_batch,
    posting_export,
    posting_file,
    posting_seal,
)
from emobility_adapters.sql._tables.audit import (
    audit_detail,
    audit_entry,
    audit_head,
    audit_link,
    audit_waiting,
)
from emobility_adapters.sql._tables.certificates import (
    certificate_authority,
    installed_certificate,
    station_certificate,
)
from emobility_adapters.sql._tables.charging import (
    charging_session,
    doubtful_report,
    meter_reading,
    reservation,
    resolution,
)
from emobility_adapters.sql._tables.columns import (
    metadata,
)
from emobility_adapters.sql._tables.commands import (
    attachment,
    command,
)
from emobility_adapters.sql._tables.configuration import (
    configuration_template,
    station_configuration,
)
from emobility_adapters.sql._tables.customers import (
    contract,
    customer,
    token,
    user_group,
)
from emobility_adapters.sql._tables.identity import (
    credentials,
    sign_in,
    sign_in_failure,
    user_account,
)
from emobility_adapters.sql._tables.local_authorization import (
    cache_clearing,
    local_list,
)
from emobility_adapters.sql._tables.network import (
    connector,
    frames_paired,
    quarantined_station,
    security_event,
    site,
    station,
    station_exchange,
    station_frame,
    station_group,
    station_report,
    station_state,
)
from emobility_adapters.sql._tables.privacy import (
    erasure,
)
from emobility_adapters.sql._tables.rating import (
    rated_session,
)
from emobility_adapters.sql._tables.smart_charging import (
    installed_profile,
    load_budget,
    load_limit,
    load_point,
    load_priority,
    schedule_comparison,
    site_load,
)
from emobility_adapters.sql._tables.tariffs import (
    tariff,
    tariff_assignment,
    tariff_version,
)
from emobility_adapters.sql._tables.tenancy import (
    api_client,
    spent,
    tenant,
    test_clock,
    trusted_issuer,
)
from emobility_adapters.sql._tables.transfers import (
    data_export,
    data_import,
    transfer_worker,
)
from emobility_adapters.sql._tables.webhooks import (
    event_cursor,
    webhook_delivery,
    webhook_endpoint,
)
from emobility_adapters.sql._tables.work import (
    delivery,
    event,
    external_id,
    idempotency_key,
    operation,
    ownership,
    reacted,
    server_key,
    subscriber_position,
)

__all__ = [
    "access_grant",
    "account_rule",
    "api_client",
    "attachment",
    "audit_detail",
    "audit_entry",
    "audit_head",
    "audit_link",
    "audit_waiting",
    "cache_clearing",
    "certificate_authority",
    "charging_session",
    "command",
    "configuration_template",
    "connector",
    "contract",
    "credentials",
    "customer",
    "data_export",
    "data_import",
    "delivery",
    "doubtful_report",
    "erasure",
    "event",
    "event_cursor",
    "external_id",
    "frames_paired",
    "idempotency_key",
    "installed_certificate",
    "installed_profile",
    "ledger",
    "load_budget",
    "load_limit",
    "load_point",
    "load_priority",
    "local_list",
    "metadata",
    "meter_reading",
    "operation",
    "ownership",
    "posted_document",
    "posting",
    "posting_batch",
    "posting_export",
    "posting_file",
    "posting_seal",
    "quarantined_station",
    "rated_session",
    "reacted",
    "reservation",
    "resolution",
    "role",
    "role_assignment",
    "schedule_comparison",
    "security_event",
    "server_key",
    "sign_in",
    "sign_in_failure",
    "site",
    "site_load",
    "spent",
    "station",
    "station_certificate",
    "station_configuration",
    "station_exchange",
    "station_frame",
    "station_group",
    "station_report",
    "station_state",
    "subscriber_position",
    "tariff",
    "tariff_assignment",
    "tariff_version",
    "tenant",
    "test_clock",
    "token",
    "transfer_worker",
    "trusted_issuer",
    "user_account",
    "user_group",
    "webhook_delivery",
    "webhook_endpoint",
]
