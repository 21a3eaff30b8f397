"""A dump of a SteVe database: its charge boxes as stations, its OCPP tags as tokens."""

from __future__ import annotations

import gzip
from typing import Any

from tests.app.http.callers import Callers
from tests.app.http.house import House
from tests.app.http.importing import imported, send
from tests.app.http.refusals import refused

STEVE: dict[str, Any] = {"kind": "steve", "system": "steve", "media_type": "application/sql"}
DUMP = r"""/*!999999\- enable the sandbox mode */
-- MariaDB dump 10.19  Distrib 10.11.6-MariaDB
SET TIME_ZONE='+00:00';

DROP TABLE IF EXISTS `charge_box`;
/*!40101 SET character_set_client = utf8 */;
CREATE TABLE `charge_box` (
  `charge_box_pk` int(11) NOT NULL AUTO_INCREMENT,
  `charge_box_id` varchar(255) NOT NULL,
  `registration_status` varchar(255) NOT NULL DEFAULT 'Accepted',
  `charge_point_vendor` varchar(255) DEFAULT NULL,
  `description` mediumtext DEFAULT NULL,
  PRIMARY KEY (`charge_box_pk`),
  UNIQUE KEY `chargeBoxId_UNIQUE` (`charge_box_id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;
LOCK TABLES `charge_box` WRITE;
INSERT INTO `charge_box` VALUES
(1,'HOF-1','Accepted','ABL','Hof, Säule \'A\''),(2,'HOF-2','Accepted',NULL,NULL),
(3,'ALT','Rejected','ABL','Abgebaut'),(4,'Hof/3','Accepted',NULL,NULL);
UNLOCK TABLES;

CREATE TABLE `connector_meter_value` (
  `connector_pk` int(11) unsigned NOT NULL,
  `value` text DEFAULT NULL
) ENGINE=InnoDB;
INSERT INTO `connector_meter_value` VALUES (1,'); INSERT INTO `ocpp_tag` VALUES (9,\'FORGED\');'),(1,0x00ff);

CREATE TABLE `ocpp_tag` (
  `ocpp_tag_pk` int(11) NOT NULL AUTO_INCREMENT,
  `id_tag` varchar(255) NOT NULL,
  `parent_id_tag` varchar(255) DEFAULT NULL,
  `expiry_date` timestamp(6) NULL DEFAULT NULL,
  `max_active_transaction_count` int(11) NOT NULL DEFAULT 1,
  `note` mediumtext DEFAULT NULL,
  PRIMARY KEY (`ocpp_tag_pk`),
  CONSTRAINT `FK_p` FOREIGN KEY (`parent_id_tag`) REFERENCES `ocpp_tag` (`id_tag`)
) ENGINE=InnoDB;
INSERT INTO `ocpp_tag` VALUES (1,'FLEET',NULL,NULL,-1,'The \"fleet\"; all of it'),
(2,'04A1B2C3','FLEET','2027-12-31 23:59:59.000000',1,NULL),(3,'04LOST',NULL,NULL,0,'lost'),
(4,'A TAG THAT IS MUCH TOO LONG','FLEET',NULL,1,'');
"""
OLD = """CREATE TABLE `ocpp_tag` (`ocpp_tag_pk` int, `id_tag` varchar(255), `blocked` tinyint(1));
INSERT INTO `ocpp_tag` VALUES (1,'OLD-1',1),(2,'OLD-2',0);"""


async def test_stations_and_tags_come_over_and_a_second_time_nothing_changes(served: House) -> None:
    dry = await imported(served, DUMP, dry_run="true", **STEVE)
    assert dry.counts == {"rows": 8, "created": 5, "refused": 3}
    assert (await served.get("/v1/stations"))["data"] == []

    done = await imported(served, DUMP, **STEVE)
    assert done.counts == dry.counts
    assert done.refusals == {
        3: {"/registration_status": "not-accepted"},
        4: {"/identity": "malformed-station-identity"},
        8: {"/id_tag": "malformed-id-tag"},
    }
    stations = (await served.get("/v1/stations"))["data"]
    assert [(one["identity"], one["name"], one["external_ids"]) for one in stations] == [
        ("HOF-1", "Hof, Säule 'A'", {"steve": "HOF-1"}),
        ("HOF-2", "", {"steve": "HOF-2"}),
    ]
    tokens = {one["id_tag"]: one for one in (await served.get("/v1/tokens"))["data"]}
    assert tokens.keys() == {"FLEET", "04A1B2C3", "04LOST"}
    fleet, card, lost = (tokens[tag] for tag in ("FLEET", "04A1B2C3", "04LOST"))
    assert (fleet["concurrent"], fleet["blocked"], fleet["label"]) == (True, False, 'The "fleet"; all of it')
    assert (card["parent"], card["concurrent"], card["blocked"]) == ("FLEET", False, False)
    assert card["validity"] == {"since": None, "until": "2027-12-31T23:59:59Z"}
    assert (lost["blocked"], lost["label"]) == (True, "lost")

    again = await imported(
        served, gzip.compress(DUMP.encode()), headers={"Content-Encoding": "gzip"}, **STEVE
    )
    assert again.counts == {"rows": 8, "unchanged": 5, "refused": 3}


async def test_older_versions_say_blocked_in_so_many_words(served: House) -> None:
    assert (await imported(served, OLD, **STEVE)).counts == {"rows": 2, "created": 2}
    tokens = (await served.get("/v1/tokens"))["data"]
    assert [(one["id_tag"], one["blocked"]) for one in tokens] == [("OLD-1", True), ("OLD-2", False)]


async def test_a_tag_that_is_registered_already_is_told_and_left_alone(served: House) -> None:
    await served.add_card("04LOST", label="Mine")
    done = await imported(served, DUMP, **STEVE)
    assert done.refusals[7] == {"/id_tag": "already-taken"}
    (mine,) = (await served.get("/v1/tokens", id_tag="04LOST"))["data"]
    assert (mine["label"], mine["external_ids"]) == ("Mine", {})


async def test_a_dump_is_read_as_a_dump_alone_and_needs_the_rights_of_both(
    served: House, callers: Callers
) -> None:
    refused(await send(served.http, DUMP, media_type="application/sql"), 415, "unsupported-media-type")
    refused(await send(served.http, DUMP, kind="steve"), 415, "unsupported-media-type")
    half = await callers.signed_in("imports:write", "tokens:write")
    refused(await send(half, DUMP, **STEVE), 403, "missing-scope")
    broken = "INSERT INTO `ocpp_tag` VALUES (1,'A');"
    refused(await send(served.http, broken, **STEVE), 422, "unreadable-file")
    done = await imported(served, DUMP[:-4], **STEVE)
    assert (done.operation["error"], done.shown["counts"]["created"]) == ("unreadable-file", 0)
