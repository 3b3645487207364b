"""The forms in which blogs write dates, strict ones first, and the names of months and zones in them."""

from __future__ import annotations

import re

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan januari january januar janv janvier", "feb februari february februar fevr fevrier",
            "mrt maart mar march marz mars", "apr april avr avril", "mei may mai", "jun juni june juin",
            "jul juli july juil juillet", "aug augustus august aout", "sep sept september septembre",
            "okt oct oktober october octobre", "nov november novembre", "dec dez december dezember decembre",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
ZONES = {
    "utc": 0, "gmt": 0, "z": 0, "ut": 0, "wet": 0, "west": 60, "bst": 60, "cet": 60, "mez": 60, "met": 60, "cest": 120,
    "mesz": 120, "mest": 120, "eet": 120, "eest": 180, "msk": 180, "est": -300, "edt": -240, "cst": -360, "cdt": -300,
    "mst": -420, "mdt": -360, "pst": -480, "pdt": -420, "akst": -540, "hst": -600, "ist": 330, "jst": 540, "kst": 540,
    "awst": 480, "acst": 570, "aest": 600, "aedt": 660, "nzst": 720, "nzdt": 780, "sgt": 480, "hkt": 480, "brt": -180,
    "wat": 60, "cat": 120, "sast": 120, "eat": 180, "trt": 180, "wib": 420, "art": -180, "ast": -240, "akdt": -480,
}  # fmt: skip
"""Minutes east of UTC. Where a name has several meanings, the one blogs read in Europe use."""
WEEKDAY = (
    r"(?:ma|di|wo|do|vr|za|zo|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|mon|tue|tues|wed|thu|thur|"
    r"thurs|fri|sat|sun|monday|tuesday|wednesday|thursday|friday|saturday|sunday|mo|mi|fr|sa|so|montag|dienstag|mittwoch|"
    r"donnerstag|freitag|samstag|sonnabend|sonntag)"
)
WEEKDAYS = {
    "ma": 0, "mo": 0, "di": 1, "tu": 1, "wo": 2, "we": 2, "mi": 2, "do": 3, "th": 3, "vr": 4, "fr": 4, "za": 5, "sa": 5,
    "zo": 6, "su": 6, "so": 6,
}  # fmt: skip
"""By their first two letters."""
TIME = (
    r"(?P<hour>\d{1,2})(?:[:.hu](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,](?P<fraction>\d+))?)?"
    r"\s*(?P<half>[ap]\.?m\b\.?)?|(?=\s*(?:uur|u|h|uhr)\b))"
)
ZONE = (
    r"(?P<zone>(?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?(?=\W|$)|[A-Z][a-z]+/[A-Z]\w+|[A-Za-z]{1,5})?"
    r"(?:\s+[A-Z]{3,4}|\[[\w/+-]+\])?"
)
CLOCK = rf"(?:[\s,T]*(?:om|at|@|-|\||–)?\s*{TIME}\s*(?:(?:uur|u|h|uhr)\b)?\s*{ZONE})?(?:\s*\([^)]*\))?"
BYLINE = re.compile(r"\s+(?:door|by)\s+\D{1,60}$", re.IGNORECASE)
LABEL = re.compile(
    r"^\W*(?:(?:door|by)\s+\D{1,60}?\s+(?:op|on)\b|laatst\s+bijgewerkt|laatst\s+gewijzigd|bijgewerkt|gewijzigd|geplaatst|gepubliceerd|gepost|geschreven|datum|"
    r"posted|published|updated|last\s+modified|date|on|op|veröffentlicht|erstellt|am|publié|publicado|pubblicato|le|el|il)"
    r"\b[\s:]*(?:(?:op|on|am|le|el|il|door\s+.{1,40}?\s+op|by\s+.{1,40}?\s+on)\b)?[\s:]*",
    re.IGNORECASE,
)
YEAR_FIRST = rf"^(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}}){CLOCK}$"
COMPACT = (
    r"(?-i:^(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"
    r"(?:T?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?(?P<zone>Z|[+-]\d{2}:?\d{2})?)?$)"
)
DAY_FIRST = (
    rf"^(?:(?P<weekday>{WEEKDAY})\.?,?\s+)?(?P<day>\d{{1,2}})[-/.](?P<month>\d{{1,2}})[-/.](?P<year>\d{{4}}|\d{{2}})"
    rf"{CLOCK}$"
)
DAY_MONTH = (
    rf"^(?:{WEEKDAY}\.?,?\s+)?(?P<day>\d{{1,2}})(?:e|de|ste|st|nd|rd|th)?[\s./-]+(?:of\s+)?(?P<name>[^\W\d_]{{3,9}})\.?,?"
    rf"[\s./-]*(?P<year>\d{{4}}|'?\d{{2}})(?!\d|:){CLOCK}$"
)
MONTH_DAY = (
    rf"^(?:{WEEKDAY}\.?,?\s+)?(?P<name>[^\W\d_]{{3,9}})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})"
    rf"{CLOCK}$"
)
YEAR_LAST = (  # Fri Jul  3 16:09:00 CEST 2015
    rf"^(?:{WEEKDAY}\.?,?\s+)?(?P<name>[^\W\d_]{{3,9}})\.?\s+(?P<day>\d{{1,2}})\s+{TIME}\s*{ZONE}\s+(?P<year>\d{{4}})$"
)
FORMATS = (YEAR_FIRST, COMPACT, DAY_MONTH, MONTH_DAY, DAY_FIRST, YEAR_LAST)
