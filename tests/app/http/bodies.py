"""For each operation that takes a body one with which it succeeds in the inhabited house."""

from __future__ import annotations

import base64

from emobility_app.http.endpoint import Endpoint
from tests.app.http.books import invoice
from tests.app.http.house import CARD, NIGHTLY, PRICES, Json

# What is sent to an operation that takes files.
FILE_QUERY = {"kind": "customers", "system": "sap"}
FILE, FILE_TYPE = "external_id,name\n1,Ada\n", "text/csv"


def body_for(endpoint: Endpoint, objects: dict[str, Json]) -> Json:
    """A body with which the operation succeeds."""
    bodies: dict[str, Json] = {
        "tenant_moves_create": {
            "tenant": objects["ten"]["below"],
            "to": objects["ten"]["beside"],
            "dry_run": True,
        },
        "tenants_settings_change": {"settings": {"language": {"value": "en"}}},
        "sites_create": {
            "name": "Harbour",
            "address": {"street": "Kai 7", "postal_code": "20457", "city": "Hamburg", "country": "DE"},
            "time_zone": "Europe/Berlin",
        },
        "sites_put": {"name": "Harbour", "source_revision": 7},
        "station_groups_create": {"name": "Motorway"},
        "user_groups_create": {"name": "Pool drivers"},
        "customers_create": {"name": "Stadtwerk Ulm", "kind": "company", "email": "bills@stadtwerk.example"},
        "customers_put": {"name": "Ada Lovelace", "email": "ada@example.org", "source_revision": 7},
        "customers_change": {"language": "en"},
        "stations_create": {"identity": "NEW-2", "name": "Quay, left", "power_class": "AC"},
        "users_create": {"email": "new@stadtwerk.example"},
        "users_put": {"email": "ada@stadtwerk.example", "source_revision": 7},
        "users_link": {},
        "api_clients_create": {"name": "New", "scopes": ["sites:read"]},
        "api_clients_rotate": {},
        "contracts_create": {"number": "2", "customer": objects["cus"]["id"]},
        "contracts_put": {"number": "3", "customer": objects["cus"]["id"]},
        "contracts_change": {"number": "4"},
        "tokens_create": {"id_tag": "NEW-1"},
        "tokens_put": {"id_tag": "NEW-2"},
        "tokens_change": {"label": "blue"},
        "tariffs_create": {"name": "New", "prices": PRICES | NIGHTLY},
        "tariff_assignments_create": {"tariff": objects["tar"]["id"]},
        "tariff_assignments_change": {"power_class": "DC"},
        "load_budgets_create": {"site": objects["sit"]["id"], "limits": ["32"]},
        "load_budgets_change": {"strategy": "priority"},
        "load_points_create": {
            "budget": objects["lbu"]["id"],
            "station": objects["sta"]["id"],
            "connector": 9,
            "max_current": "16",
            "fail_safe": "0",
        },
        "load_points_change": {"fail_safe": "0"},
        "load_limits_create": {"budget": objects["lbu"]["id"], "limits": ["20"]},
        "load_limits_change": {"reason": "Peak"},
        "load_priorities_create": {"session": objects["ses"]["id"], "priority": 1},
        "load_priorities_change": {"priority": 2},
        "composite_schedules_create": {"station": objects["sta"]["id"], "connector": 1},
        "charging_profiles_create": {
            "station": objects["sta"]["id"],
            "connector": 1,
            "purpose": "default",
            "schedule": {"unit": "A", "periods": [{"start_s": 0, "limit": "16"}]},
        },
        "doubts_resolve": {"action": "discard", "reason": "A test"},
        "sessions_resolve": {"action": "accept_as_is", "reason": "Seen"},
        "configuration_checks_create": {"station": objects["sta"]["id"]},
        "adoptions_create": {"quarantined_station": objects["adoptable"]["id"]},
        "certificate_authorities_create": {"name": "New", "organization": "Stadtwerk"},
        "certificate_authorities_change": {"enabled": True},
        "station_certificates_revoke": {"reason": "A test"},
        "reservations_create": {
            "station": objects["sta"]["id"],
            "connector": 3,
            "id_tag": CARD,
            "expires_at": "2099-01-01T00:00:00Z",
        },
        "reservations_change": {"status": "cancelled"},
        "local_lists_sync": {"station": objects["lal"]["station"]},
        "roles_create": {"name": "Day", "permissions": ["stations:read"]},
        "role_assignments_create": {"actor": "subject:paul", "role": "operator"},
        "role_assignments_change": {"sites": [objects["sit"]["id"]]},
        "grants_create": {
            "grantee": objects["gra"]["grantee"],
            "rights": ["see"],
            "stations": [objects["sta"]["id"]],
        },
        "grants_change": {"rights": ["see", "bill"]},
        "webhook_endpoints_create": {"url": "https://erp.example/hooks", "event_types": ["*"]},
        "webhook_endpoints_change": {"description": "ERP"},
        "webhook_endpoints_rotate": {},
        "webhook_endpoints_test": {},
        "webhook_endpoints_replay": {"since": "2026-01-01T00:00:00Z"},
        "webhook_deliveries_redeliver": {},
        "trusted_issuers_create": {
            "name": "New",
            "issuer": "https://id.example",
            "audiences": ["new"],
            "default_roles": ["viewer"],
        },
        "exports_create": {"kind": "customers"},
        "test_clocks_create": {"tenant": objects["test tenant"]["id"]},
        "simulations_create": {"station": objects["test station"]["id"], "action": "plug-in"},
        "test_clocks_advance": {"seconds": 1},
        "event_cursors_keep": {"name": "erp", "cursor": "pos_1"},
        "ledgers_change": {"exports": {"csv": {}}},
        "account_rules_create": {"name": "New", "account": "1410", "contra_account": "8400"},
        "account_rules_change": {"position": 7},
        "account_maps_take": {"map": "skr03"},
        "postings_create": invoice(objects["ldg"], "RE-3"),
        "session_postings_create": {"ledger": objects["ldg"]["id"], "session": objects["ses"]["id"]},
        "posting_reversals_create": {
            "posting": objects["answered"]["id"],
            "document_number": "ST-1",
            "document_date": "2026-07-01",
        },
        "repostings_create": {"posting": objects["answered"]["id"]},
        "postings_attach": {"content": base64.b64encode(b"%PDF-1.7 RE-9").decode()},
        "posting_batches_create": {"ledger": objects["ldg"]["id"]},
        "posting_batches_add": {"postings": []},
        "posting_batches_close": {},
        "posting_batches_export": {"format": "json"},
        "posting_batches_acknowledge": {"answers": []},
        "commands_create": {"type": "remote_start", "station": objects["sta"]["id"], "id_tag": CARD},
    }
    bodies["personal_data_exports_create"] = bodies["erasures_create"] = {"customer": objects["cus"]["id"]}
    return bodies.get(endpoint.operation, {"name": "New"})


def query_for(endpoint: Endpoint) -> dict[str, str]:
    """The parameters that the operation cannot do without."""
    queries = {
        "access_explanations_read": {"actor": "subject:erika", "operation": "stations_list"},
        "imports_create": FILE_QUERY,
    }
    return queries.get(endpoint.operation, {})
