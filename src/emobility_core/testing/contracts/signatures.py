"""What a checker of meters' signatures promises."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from emobility_core.metering import Curve, Signatures

MESSAGE = b"a reading of this curve"
# Point, r and s of a key made for this suite on each curve, over the message above.
SIGNED: Mapping[Curve, tuple[str, int, int]] = {
    Curve.SECP192K1: (
        "041ac13fba065fd1b5989e0d230e2f059086c3abd372d8f8167778c9bda8a75df407656246cae705f5b2d2a1c0188b6b65",
        0xD12FA154256494C9F34A407765AC97406B32AB36C4C4F857,
        0xEA90B5B9EE6362AC3C1FF559821B1C543146CDB47711FE41,
    ),
    Curve.SECP192R1: (
        "0449363b47632fa0be649db99435805ac30cc2e9bb0085bc9d69e7ef7760f60173ee5042e55c1384b8c33ff23863c48019",
        0xE540066983660DB7E5601534AE67751550746AF71176D1DC,
        0x36B530A22807C91A0FEACE31FD63BFD7ED35F48A4D807483,
    ),
    Curve.SECP256K1: (
        "04a3d608230d49c964afdb002e9dc006efbac33c2f2e8d761274358e729003bdacb001d7f8b8c9782a1f70e610ef52944ee7642b647ebba8a0e3db818494f7cc54",
        0x48F93C770C631B276B0D84800C1A385C8C4634A3AC019E9F69D2E7BB245B258C,
        0x475E42512F4ADA7C93809BC194F4B01E4E7EECF23DE3C06B5FA9800DEE7E90B0,
    ),
    Curve.SECP256R1: (
        "047ecf87a9d1998bdf7f12750aa99d683a0cdd13f57e8ebf167940326425b5feb8f655a05486ba13413338efdbed72ab4dbc82c790e6513eafec7f248ae8e5c0d1",
        0x3D9C36E867602B6EB759CA2796F0B22325D0D88C7B0D5985423FBAE3328F960F,
        0x1C504A6651FCBB232A47387E0558A46561691CB2BD50AAC35695E6118C083CF1,
    ),
    Curve.BRAINPOOLP256R1: (
        "04348b71855c5533f1e8e7ec3d0788f478626270caaffdeb6d6161e4c11abacc92607478ee0350ff95447f5097ebb71a1896ebcec286c664519c9b39a0a68a761e",
        0x4B1FCAA4D76F102FCE47B3DFC2693540C3BFC1E7AC0BE0B7174CE8E8DF4E1232,
        0x9856C613C7C0E12DAC452BA2D0D99546C1E4119887E9C2388B4C548346D72400,
    ),
    Curve.SECP384R1: (
        "04550a16aedc48ba5cd94efa804b7930cf4dbf37aa980e0c540697e6908b7d3b508318a9debbcb638398ad21dcbc1d0e92918657809a682072af90e2fe0a68a58c19e4c65d1f11d0283218a08f27c9d7c91596037501caca014b372f5dd1e72b6c",
        0xA44D4BEF704E73A8A42F37CD48433A0549572B3E9078B0161B45127994D13E78EBF1E908A10923B599CEDD8B362493E8,
        0x6924159638A4C61D3E8E817369242C07A3EE0B60688B0F86F8DF866AA0F5A371227F7A1387C24D25CEB325C4E4CE0AD5,
    ),
    Curve.BRAINPOOLP384R1: (
        "04509b4cd35b45ceca8fbcf897432d7d3de094263477151603c579f02f7c6a3d3f6122e0c3241352b5d44b7996aab85e1d3e3e37504f0c1d124a470b70ecf3eec68023293247caf9c1b1b6d39efb7b52e2844c7a64cdf93a38857b3f0539ed876b",
        0x7EF860E9040B6F78821A086B861771EDCE6ABB115D1DEBC308A67D1448B14EE1EBFBFE4E7FCA44178374C11A8193BF7D,
        0x6E3076855E92EF782CF8C0DEFC4DE4DB64AF6E869DD677E9BFB6E7BAE111C2F37C63E12197EBFF88170927ABE1CB200D,
    ),
}

each_curve = pytest.mark.parametrize("curve", Curve, ids=[curve.label for curve in Curve])


class SignaturesContract:
    """Give the fixture `signatures`."""

    @each_curve
    def test_a_signature_holds_for_its_message_alone(self, signatures: Signatures, curve: Curve) -> None:
        point, r, s = SIGNED[curve]
        assert signatures.holds(curve, bytes.fromhex(point), MESSAGE, r, s)
        assert not signatures.holds(curve, bytes.fromhex(point), MESSAGE + b".", r, s)
        assert not signatures.holds(curve, bytes.fromhex(point), MESSAGE, r, s ^ 1)
        assert not signatures.holds(curve, bytes.fromhex(point), MESSAGE, r ^ 1, s)

    @each_curve
    def test_its_twin_holds_as_well(self, signatures: Signatures, curve: Curve) -> None:
        point, r, s = SIGNED[curve]
        assert signatures.holds(curve, bytes.fromhex(point), MESSAGE, r, curve.order - s)

    @each_curve
    def test_numbers_outside_of_the_group_are_refused(self, signatures: Signatures, curve: Curve) -> None:
        point, r, s = SIGNED[curve]
        beyond = [(0, s), (r, 0), (r + curve.order, s), (r, s + curve.order), (curve.order, s), (-r, s)]
        for one, other in beyond:
            assert not signatures.holds(curve, bytes.fromhex(point), MESSAGE, one, other)

    @each_curve
    def test_a_point_that_is_not_on_the_curve_is_refused(self, signatures: Signatures, curve: Curve) -> None:
        point, r, s = SIGNED[curve]
        beside = point[:-2] + f"{int(point[-2:], 16) ^ 1:02x}"
        for one in (beside, "04" + "00" * 2 * curve.size, "00", "", point[:-2], point + "00"):
            assert not signatures.holds(curve, bytes.fromhex(one), MESSAGE, r, s)
