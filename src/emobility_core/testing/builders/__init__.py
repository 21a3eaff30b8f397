"""One builder for each aggregate: valid by default, any field by keyword, ids that are never the same."""

from emobility_core.testing.builders.access import (
    make_grant,
    make_role,
    make_role_assignment,
)
from emobility_core.testing.builders.accounting import (
    make_account_rule,
    make_assignment_of,
    make_ledger,
    make_posting,
    make_posting_batch,
    make_posting_export,
    make_posting_line,
)
from emobility_core.testing.builders.audit import make_audit_entry, make_auditor
from emobility_core.testing.builders.basis import (
    TENANT,
    later,
)
from emobility_core.testing.builders.certificates import (
    make_authority,
    make_installed_certificates,
    make_station_certificate,
)
from emobility_core.testing.builders.charging import (
    make_active,
    make_doubtful_report,
    make_ended,
    make_reading,
    make_reservation,
    make_resolution,
    make_terms,
)
from emobility_core.testing.builders.commands import (
    make_attachment,
    make_command,
    make_profile,
)
from emobility_core.testing.builders.configuration import (
    make_configuration,
    make_template,
)
from emobility_core.testing.builders.customers import (
    make_contract,
    make_customer,
    make_token,
    make_user_group,
)
from emobility_core.testing.builders.local_authorization import (
    make_clearing,
    make_local_list,
)
from emobility_core.testing.builders.network import (
    make_connector,
    make_quarantined_station,
    make_report,
    make_security_event,
    make_site,
    make_station,
    make_station_group,
    make_station_state,
    told,
)
from emobility_core.testing.builders.prices import (
    make_assignment,
    make_full_prices,
    make_rating,
    make_tariff,
    make_tariff_version,
)
from emobility_core.testing.builders.privacy import make_erasure
from emobility_core.testing.builders.reports import (
    report_readings,
    report_start,
    report_stop,
)
from emobility_core.testing.builders.smart_charging import (
    make_installed_profile,
    make_load_budget,
    make_load_limit,
    make_load_point,
    make_load_priority,
    make_schedule_comparison,
    make_site_load,
)
from emobility_core.testing.builders.tenancy import (
    make_client,
    make_credentials,
    make_sign_in,
    make_tenant,
    make_test_clock,
    make_trusted_issuer,
    make_user,
)
from emobility_core.testing.builders.transfers import make_export, make_import
from emobility_core.testing.builders.webhooks import (
    make_event_cursor,
    make_webhook_delivery,
    make_webhook_endpoint,
)
from emobility_core.testing.builders.work import (
    make_event,
    make_operation,
)

__all__ = [
    "TENANT",
    "later",
    "make_account_rule",
    "make_active",
    "make_assignment",
    "make_assignment_of",
    "make_attachment",
    "make_audit_entry",
    "make_auditor",
    "make_authority",
    "make_clearing",
    "make_client",
    "make_command",
    "make_configuration",
    "make_connector",
    "make_contract",
    "make_credentials",
    "make_customer",
    "make_doubtful_report",
    "make_ended",
    "make_erasure",
    "make_event",
    "make_event_cursor",
    "make_export",
    "make_full_prices",
    "make_grant",
    "make_import",
    "make_installed_certificates",
    "make_installed_profile",
    "make_ledger",
    "make_load_budget",
    "make_load_limit",
    "make_load_point",
    "make_load_priority",
    "make_local_list",
    "make_operation",
    "make_posting",
    "make_posting_batch",
    "make_posting_export",
    "make_posting_line",
    "make_profile",
    "make_quarantined_station",
    "make_rating",
    "make_reading",
    "make_report",
    "make_reservation",
    "make_resolution",
    "make_role",
    "make_role_assignment",
    "make_schedule_comparison",
    "make_security_event",
    "make_sign_in",
    "make_site",
    "make_site_load",
    "make_station",
    "make_station_certificate",
    "make_station_group",
    "make_station_state",
    "make_tariff",
    "make_tariff_version",
    "make_template",
    "make_tenant",
    "make_terms",
    "make_test_clock",
    "make_token",
    "make_trusted_issuer",
    "make_user",
    "make_user_group",
    "make_webhook_delivery",
    "make_webhook_endpoint",
    "report_readings",
    "report_start",
    "report_stop",
    "told",
]
