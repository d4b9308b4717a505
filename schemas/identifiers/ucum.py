"""Units: the grammar of UCUM (The Unified Code for Units of Measure, 2.2), and usual local forms.

unit: term, or "/" term. term: components joined by "." and "/". component: a unit with an exponent
and an annotation, a number, an annotation alone, or a term in round brackets.
"""

import re

from schemas.identifiers.checks import Check

_PREFIXES = "Y Z E P T G M k h da d c m u n p f a z y Ki Mi Gi Ti".split()
_METRIC = frozenset(
    "m s g rad K C cd mol sr Hz N Pa J W A V F Ohm S Wb Cel T H lm lx Bq Gy Sv l L ar t bar u"
    " eV pc gf st kat U [iU] [IU] eq osm Np B B[SPL] B[V] B[mV] B[uV] B[10.nV] B[W] B[kW] cal"
    " cal_[15] cal_[20] cal_m cal_IT cal_th [Cal] g% m[H2O] m[Hg] dyn erg P Ky G Mx Oe Gb sb"
    " Lmb ph Ci R RAD REM bit By Bd [g] mho [mu_0] [eps_0] [c] [h] [k] [e] [m_e] [m_p] [G]"
    " [ly] [p'diop] tex [anti'Xa'U] bit_s".split()
)
_PLAIN = frozenset(
    "10* 10^ [pi] % [ppth] [ppm] [ppb] [pptr] gon deg ' '' min h d a_t a_j a_g a wk mo_s mo_j"
    " mo_g mo AU atm [lbf_av] [in_i] [ft_i] [yd_i] [mi_i] [fth_i] [nmi_i] [kn_i] [sin_i]"
    " [sft_i] [syd_i] [cin_i] [cft_i] [cyd_i] [bf_i] [cr_i] [mil_i] [cml_i] [hd_i] [ft_us]"
    " [yd_us] [in_us] [mi_us] [acr_us] [gal_us] [bbl_us] [qt_us] [pt_us] [gil_us] [foz_us]"
    " [fdr_us] [min_us] [crd_us] [bu_us] [gal_wi] [pk_us] [dqt_us] [dpt_us] [tbs_us] [tsp_us]"
    " [cup_us] [foz_m] [cup_m] [tsp_m] [tbs_m] [gal_br] [pt_br] [foz_br] [gr] [lb_av] [oz_av]"
    " [dr_av] [scwt_av] [lcwt_av] [ston_av] [lton_av] [stone_av] [pwt_tr] [oz_tr] [lb_tr]"
    " [sc_ap] [dr_ap] [oz_ap] [lb_ap] [oz_m] [lne] [pnt] [pca] [degF] [degR] [degRe] [Btu]"
    " [HP] [psi] [in_i'H2O] [in_i'Hg] [PRU] [wood'U] [diop] [mesh_i] [Ch] [drp] [hnsf'U] [MET]"
    " [hp'_X] [hp'_C] [hp'_M] [hp'_Q] [hp_X] [hp_C] [hp_M] [hp_Q] [kp_X] [kp_C] [kp_M] [kp_Q]"
    " [pH] [S] [CFU] [FFU] [PFU] [BAU] [AU] [APL'U] [MPL'U] [GPL'U] [beth'U] [arb'U] [USP'U]"
    " [D'ag'U] [PNU] [todd'U] [dye'U] [smgy'U] [bdsk'U] [ka'U] [knk'U] [mclg'U] [tb'U]"
    " [CCID_50] [TCID_50] [EID_50] [Lf] [Amb'a'1'U] [IR] [acr_br] [rd_us] [ch_us] [lk_us]"
    " [mil_us] [Ao] b att circ sph [car_m] [car_Au] [smoot] [m/s2] [HPF] [LPF] [FEU] [ELU]"
    " [EU] [rlk_us] [rch_us] [fur_us] [fth_us] [srd_us] [sct] [twp]".split()
)
_TOKEN = re.compile(r"\{[^{}]*\}|[.()/]|(?:\[[^\[\]]*\]|[^.()/{}\[\]])+")
_SIMPLE = re.compile(r"(.*?[^\d+\-]|10[*^])([+-]?\d+)?", re.DOTALL)
# Usual in laboratories and wards here, and no UCUM; "G/L" is UCUM, and would mean gauss by litre.
USUAL = frozenset(
    "UI/L UI/mL UI/ml mUI/L mUI/mL kUI/L UI U/L/h mmHg ug/L µg/L μg/L µg/dL µmol/L μmol/L"
    " µUI/mL µg µL/L µm3 degC °C mL/min/1.73m2 mL/min/1,73m2 mL/mn/1.73m2 ml/min/1.73m²"
    " mL/min/1.73m² G/L g/100mL Giga/L T/L Tera/L 10^9/L 10^12/L 10E9/L 10E12/L 10e9/L x10^9/L"
    " x10^12/L /mm3 mm3 fl fL pg cp copies/mL log UFC/mL bpm bat/min batt/min /min cpm mn sec"
    " s. mois ans an jours jour j cmH2O mmH2O lpm L/mn cm2 m² m2 kg/m² kg/m2 comprimé"
    " comprimés cp. gélule gélules ampoule ampoules sachet sachets goutte gouttes dose doses"
    " unité unités U ml/h mL/h beats/min IU/L IU/mL mIU/L mm/h mosm/kg mOsm/kg mEq/L ng/ml"
    " mg/dl ratio index titre % INR".split()
)


def ucum(value: str) -> Check:
    """Check a unit; a form that is usual here and no UCUM is told apart."""
    if value in USUAL:
        return Check.VALID if _is_ucum(value) and value != "G/L" else Check.USUAL
    return Check.VALID if _is_ucum(value) else Check.MALFORMED


def _is_ucum(value: str) -> bool:
    if not value or len(value) > 200 or not value.isascii() or not value.isprintable():
        return False
    if " " in re.sub(r"\{[^{}]*\}", "", value):
        return False
    tokens = _TOKEN.findall(value)
    if "".join(tokens) != value:
        return False
    return _Reader(tokens).unit()


class _Reader:
    """Reads the parts of one unit; brackets are counted, so that nothing nests on our stack."""

    def __init__(self, parts: list[str]) -> None:
        self._parts = parts
        self._depth = 0

    def unit(self) -> bool:
        """Whether the parts are one whole unit."""
        operand = False
        for place, part in enumerate(self._parts):
            taken = self._take(part, place, operand=operand)
            if taken is None:
                return False
            operand = taken
        return operand and self._depth == 0

    def _take(self, part: str, place: int, *, operand: bool) -> bool | None:
        """Return whether an operand has just ended; None when the part may not stand here."""
        if part in "./":
            leading = part == "/" and (place == 0 or self._parts[place - 1] == "(")
            return False if operand or leading else None
        if part == "(":
            self._depth += 1
            return None if operand else False
        if part == ")":
            self._depth -= 1
            return True if operand and self._depth >= 0 else None
        if part.startswith("{"):
            return True  # an annotation stands for 1, or beside the unit before it
        if operand:
            return None
        return True if _is_component(part) else None


def _is_component(part: str) -> bool:
    if part.isdigit():
        return True
    found = _SIMPLE.fullmatch(part)
    return found is not None and _is_atom(found.group(1))


def _is_atom(atom: str) -> bool:
    if atom in _METRIC or atom in _PLAIN:
        return True
    return any(atom.startswith(p) and atom[len(p) :] in _METRIC for p in _PREFIXES)
