"""Dates as blogs write them, read as their readers would; nothing is invented."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.normalise.dates import read_date

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)

DATES = {
    # RFC 3339 and its neighbours
    "2015-07-03T16:09:00+02:00": "2015-07-03T16:09:00+02:00",
    "2015-07-03T14:09:00Z": "2015-07-03T14:09:00+00:00",
    "2015-07-03T16:09:00.123456+02:00": "2015-07-03T16:09:00+02:00",
    "2015-07-03T16:09:00 +0200": "2015-07-03T16:09:00+02:00",
    "2015-07-03T16:09": "2015-07-03T16:09:00+02:00",
    "2015-07-03 16:09:00": "2015-07-03T16:09:00+02:00",
    "2015-07-03 16:09 CEST": "2015-07-03T16:09:00+02:00",
    "2015-01-03 16:09 CET": "2015-01-03T16:09:00+01:00",
    "2015-07-03 16:09 MESZ": "2015-07-03T16:09:00+02:00",
    "2015-07-03": "2015-07-03T00:00:00+02:00",
    "2015/07/03": "2015-07-03T00:00:00+02:00",
    "2015.07.03": "2015-07-03T00:00:00+02:00",
    "2020/1/10 14:33:00": "2020-01-10T14:33:00+01:00",
    "20150703": "2015-07-03T00:00:00+02:00",
    "20150703T160900Z": "2015-07-03T16:09:00+00:00",
    # RFC 822 and its neighbours
    "Fri, 03 Jul 2015 16:09:00 +0200": "2015-07-03T16:09:00+02:00",
    "Fri, 3 Jul 2015 16:09:00 GMT": "2015-07-03T16:09:00+00:00",
    "Mon, 30 Mar 2015 07:30:00 UT": "2015-03-30T07:30:00+00:00",
    "3 Jul 2015 16:09 EST": "2015-07-03T16:09:00-05:00",
    "Fri, 03 Jul 2015 16:09:00 PDT": "2015-07-03T16:09:00-07:00",
    "Fri, 03 Jul 2015 16:09:00 JST": "2015-07-03T16:09:00+09:00",
    "Fri, 03 Jul 2015 16:09:00 IST": "2015-07-03T16:09:00+05:30",
    "Fri, 03 July 2015 16:09:00 +0200": "2015-07-03T16:09:00+02:00",
    "Friday, 3 July 2015, 16:09": "2015-07-03T16:09:00+02:00",
    "Fri, 03 Jul 15 16:09:00 +0200": "2015-07-03T16:09:00+02:00",
    "Fri, 03 Jul 2015 16:09:00 +0200 (CEST)": "2015-07-03T16:09:00+02:00",
    "Fri Jul  3 16:09:00 CEST 2015": "2015-07-03T16:09:00+02:00",
    "July 3, 2015": "2015-07-03T00:00:00+02:00",
    "Jul 3, 2015 4:09 pm": "2015-07-03T16:09:00+02:00",
    "July 3rd, 2015": "2015-07-03T00:00:00+02:00",
    "12 am is no date": None,
    # numbers
    "1435932540": "2015-07-03T14:09:00+00:00",
    "1435932540000": "2015-07-03T14:09:00+00:00",
    # day first, as in Europe
    "03-07-2015": "2015-07-03T00:00:00+02:00",
    "3-7-2015 9:30": "2015-07-03T09:30:00+02:00",
    "3/7/2015": "2015-07-03T00:00:00+02:00",
    "3.7.2015": "2015-07-03T00:00:00+02:00",
    "03-07-15": "2015-07-03T00:00:00+02:00",
    # Dutch
    "3 juli 2015": "2015-07-03T00:00:00+02:00",
    "3 jul 2015": "2015-07-03T00:00:00+02:00",
    "3 jul. 2015": "2015-07-03T00:00:00+02:00",
    "12 maart 2014": "2014-03-12T00:00:00+01:00",
    "12 mrt 2014": "2014-03-12T00:00:00+01:00",
    "12 mrt. 2014 om 8:05": "2014-03-12T08:05:00+01:00",
    "1 januari 2020 23:59": "2020-01-01T23:59:00+01:00",
    "2 februari 2021": "2021-02-02T00:00:00+01:00",
    "4 mei 2019": "2019-05-04T00:00:00+02:00",
    "5 juni 2019": "2019-06-05T00:00:00+02:00",
    "6 augustus 2019": "2019-08-06T00:00:00+02:00",
    "7 sept 2019": "2019-09-07T00:00:00+02:00",
    "8 okt 2019": "2019-10-08T00:00:00+02:00",
    "9 oktober 2019": "2019-10-09T00:00:00+02:00",
    "10 november 2019": "2019-11-10T00:00:00+01:00",
    "11 dec 2019": "2019-12-11T00:00:00+01:00",
    "30-mrt-2015 9:30:00": "2015-03-30T09:30:00+02:00",
    "30/mrt/2015": "2015-03-30T00:00:00+02:00",
    "vr 3 juli 2015": "2015-07-03T00:00:00+02:00",
    "vr, 3 jul 2015": "2015-07-03T00:00:00+02:00",
    "vrijdag 3 juli 2015": "2015-07-03T00:00:00+02:00",
    "Vrijdag 3 juli 2015, 16:09": "2015-07-03T16:09:00+02:00",
    "Donderdag 2 juli 2015 - 09:15": "2015-07-02T09:15:00+02:00",
    "vr jan 24, 2014 12:49": "2014-01-24T12:49:00+01:00",
    "3 juli 2015 16.09 uur": "2015-07-03T16:09:00+02:00",
    "3 juli 2015 om 16:09 uur": "2015-07-03T16:09:00+02:00",
    "Geplaatst op 3 juli 2015": "2015-07-03T00:00:00+02:00",
    "Gepubliceerd op 3 maart 2026 om 16:09 uur": "2026-03-03T16:09:00+01:00",
    "Gepubliceerd: 12 maart 2014": "2014-03-12T00:00:00+01:00",
    "Laatst bijgewerkt op 12 maart 2014": "2014-03-12T00:00:00+01:00",
    "op 3 juli 2015": "2015-07-03T00:00:00+02:00",
    "Datum: 3-7-2015": "2015-07-03T00:00:00+02:00",
    "1e mei 2020": "2020-05-01T00:00:00+02:00",
    # relative to the run
    "vandaag": "2026-11-24T00:00:00+01:00",
    "gisteren": "2026-11-23T00:00:00+01:00",
    "eergisteren": "2026-11-22T00:00:00+01:00",
    "2 dagen geleden": "2026-11-22T11:00:00+01:00",
    "een week geleden": "2026-11-17T11:00:00+01:00",
    "3 uur geleden": "2026-11-24T08:00:00+01:00",
    "5 minuten geleden": "2026-11-24T10:55:00+01:00",
    "2 days ago": "2026-11-22T11:00:00+01:00",
    "yesterday": "2026-11-23T00:00:00+01:00",
    # both nights when the clocks change
    "29 maart 2026 02:30": "2026-03-29T02:30:00+01:00",
    "25 oktober 2026 02:30": "2026-10-25T02:30:00+02:00",
    "25 oktober 2026 03:30": "2026-10-25T03:30:00+01:00",
    # other neighbours
    "3. Juli 2015": "2015-07-03T00:00:00+02:00",
    "3 juillet 2015": "2015-07-03T00:00:00+02:00",
    "3 août 2015": "2015-08-03T00:00:00+02:00",
    "3 März 2015": "2015-03-03T00:00:00+01:00",
    "Thu, 01 Jan 2015 24:00:00 GMT": "2015-01-02T00:00:00+00:00",
    # what is no date of a post stays none
    "": None,
    "0": None,
    "0000-00-00 00:00:00": None,
    "1970-01-01T00:00:00Z": None,
    "Thu, 01 Jan 1970 00:00:00 GMT": None,
    "2015-02-30": None,
    "32 juli 2015": None,
    "2015-13-01": None,
    "Thu, 01 Jan 2015 25:00:00 GMT": None,
    "juli 2015": None,
    "3 juli": None,
    "12:30": None,
    "2015": None,
    "nooit": None,
    "Fri, 03 Jul 2015 16:09:00 XYZQ": None,
    "2099-01-01": None,
    "3 floreal 2015": None,
}


@pytest.mark.parametrize("written", DATES)
def test_a_date_is_read_as_people_would(written: str) -> None:
    read = read_date(written, languages=["nl"], timezone="Europe/Amsterdam", now=NOW)
    wanted = DATES[written]
    if wanted is None:
        assert read is None
    else:
        assert read is not None
        assert read.isoformat() == wanted


@given(st.text(max_size=60))
def test_any_text_gives_an_aware_moment_or_none(text: str) -> None:
    read = read_date(text, languages=["nl", "en"], timezone="Europe/Amsterdam", now=NOW)
    assert read is None or read.tzinfo is not None


@given(st.integers(700_000_000, 1_790_000_000))
def test_every_moment_written_by_its_standard_is_read_back(seconds: int) -> None:
    whole = datetime.fromtimestamp(seconds, UTC)
    for written in (whole.isoformat(), whole.strftime("%a, %d %b %Y %H:%M:%S +0000"), str(int(whole.timestamp()))):
        assert read_date(written, languages=["nl"], timezone="Europe/Amsterdam", now=NOW) == whole
