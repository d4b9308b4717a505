"""Segment names and coded tables of HL7 v2, and where dates stand."""

from collections.abc import Mapping

# Appendix A of versions 2.1 to 2.8.
STANDARD_SEGMENTS = frozenset(
    "ABS ACC ADD ADJ AFF AIG AIL AIP AIS AL1 APR ARQ ARV AUT BHS BLC BLG BPO BPX BTS BTX BUI CDM"
    " CDO CER CM0 CM1 CM2 CNS CON CSP CSR CSS CTD CTI DAS DB1 DEV DG1 DMI DON DPS DRG DSC DSP DST"
    " ECD ECR EDU EQL EQP EQU ERQ ERR EVN FAC FHS FT1 FTS GOL GP1 GP2 GT1 IAM IAR IIM ILT IN1 IN2"
    " IN3 INV IPC IPR ISD ITM IVC IVT LAN LCC LCH LDP LOC LRL MCP MFA MFE MFI MRG MSA MSH NCK NDS"
    " NK1 NPU NSC NST NTE OBR OBX ODS ODT OH1 OH2 OH3 OH4 OM1 OM2 OM3 OM4 OM5 OM6 OM7 OMC ORC ORG"
    " OVR PAC PCE PCR PD1 PDA PDC PEO PES PID PKG PM1 PMT PR1 PRA PRB PRC PRD PRT PSG PSH PSL PSS"
    " PTH PV1 PV2 PYE QAK QID QPD QRD QRF QRI RCP RDF RDT REL RF1 RFI RGS RMI ROL RQ1 RQD RXA RXC"
    " RXD RXE RXG RXO RXR RXV SAC SCD SCH SCP SDD SFT SGH SGT SHP SID SLT SPM STF STZ TCC TCD TQ1"
    " TQ2 TXA UAC UB1 UB2 URD URS VAR VND VTQ".split()
)
# PAM.fr and the French annexes of laboratory messages.
FRENCH_SEGMENTS = frozenset("ZBE ZFA ZFD ZFM ZFP ZFS ZFT ZFU ZFV".split())

CODED: Mapping[str, tuple[tuple[int, frozenset[str]], ...]] = {
    "PID": ((8, frozenset("F M O U A N X".split())),),
    "PV1": ((2, frozenset("E I O P R B C N U".split())),),
    "ORC": (
        (
            1,
            frozenset(
                "AF CA CH CN CP CR DC DE DF DR FU HD HR LI MC NA NR NW OC OD OE OF OH OK OP OR"
                " PA PR PY RE RF RL RO RP RQ RR RU SC SN SR SS UA UC UD UF UH UM UN UR UX XO"
                " XR XX".split()
            ),
        ),
        (5, frozenset("A CA CM DC ER HD IP RP SC".split())),
    ),
    "OBR": ((25, frozenset("A C F I M N O P R S X Y Z".split())),),
    "OBX": ((11, frozenset("A B C D F I N O P R S U V W X".split())),),
    "ZBE": (
        (4, frozenset({"INSERT", "UPDATE", "CANCEL"})),
        (5, frozenset({"Y", "N"})),
    ),
}

DATES: Mapping[str, tuple[int, ...]] = {
    "MSH": (7,),
    "EVN": (2, 3, 6),
    "PID": (7, 29),
    "NK1": (16,),
    "PV1": (44, 45),
    "PV2": (8, 9),
    "ORC": (9, 15),
    "OBR": (6, 7, 8, 14, 22),
    "OBX": (12, 14),
    "DG1": (5,),
    "PR1": (5,),
    "AL1": (6,),
    "TXA": (4, 6, 7, 8),
    "AIS": (4,),
    "AIP": (6,),
    "RXA": (3, 4),
    "IN1": (12, 13),
    "ZBE": (2,),
}
