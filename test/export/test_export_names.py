"""Names from address books."""

from __future__ import annotations

from pathlib import Path

import pytest

from swagger_client.export.names import Names, read_names

VCARD = """BEGIN:VCARD\r
VERSION:3.0\r
N:Whitfield;Dana;;;\r
FN:Dana Whitf\r
 ield\\, Esq.\r
item1.TEL;TYPE="CELL,VOICE";PREF=1:+1 (617) 555-0142\r
TEL;VALUE=uri:tel:+1-617-555-0143;ext=12\r
END:VCARD\r
BEGIN:VCARD\r
VERSION:2.1\r
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=B6rg=\r
;;;\r
TEL;CELL:030 1234567\r
END:VCARD\r
BEGIN:VCARD\r
FN:Nobody\r
END:VCARD\r
"""


def test_vcards_are_read(tmp_path: Path) -> None:
    file = tmp_path / "book.vcf"
    file.write_bytes(VCARD.encode())
    names = read_names(file)

    assert names.name_of("16175550142") == "Dana Whitfield, Esq."
    assert names.name_of("+16175550143") == "Dana Whitfield, Esq."
    assert names.name_of("+49301234567") is None  # 030 is no end of it
    assert names.name_of("0301234567") == "Jörg Müller"
    assert names.origin is not None
    assert names.origin.startswith("book.vcf (SHA-256 ")


def test_a_line_after_a_photo_or_url_that_ends_with_an_equals_sign_is_read(tmp_path: Path) -> None:
    file = tmp_path / "book.vcf"
    file.write_bytes(
        b"BEGIN:VCARD\r\nVERSION:3.0\r\nPHOTO;ENCODING=b;TYPE=PNG:iVBORw0KGgo\r\n AAAA==\r\n"
        b"FN:Dana\r\nURL:https://example.com/?id=\r\nTEL:+16175550142\r\nEND:VCARD\r\n"
    )
    assert read_names(file).name_of("16175550142") == "Dana"


@pytest.mark.parametrize("number", ["1.61756E+10", "1,61756E+10", " 2E+11 "])
def test_a_number_that_a_spreadsheet_has_shortened_is_rejected(tmp_path: Path, number: str) -> None:
    file = tmp_path / "contacts.csv"
    file.write_text(f'number,name\n+1 617 555 0142,Dana\n"{number}",Zoe\n', "utf-8")
    with pytest.raises(ValueError, match="without its last digits"):
        read_names(file)


@pytest.mark.parametrize(
    "text",
    [
        "number,name\n+1 617 555 0142,Dana\n",
        "\ufeffnumber,name\r\n(617) 555-0142,Dana\r\n",
        "Name;Number;Notes\nDana;16175550142;x\n",
        "number\tname\n001 617-555-0142\tDana\n",
    ],
)
def test_csv_in_the_forms_of_spreadsheets_is_read(tmp_path: Path, text: str) -> None:
    file = tmp_path / "contacts.csv"
    file.write_text(text, "utf-8")
    assert read_names(file).name_of("16175550142") == "Dana"


def test_a_number_matches_with_and_without_its_country_code() -> None:
    names = Names([("617 555 0142", "Dana")])
    assert names.name_of("+16175550142") == "Dana"
    assert Names([("+1 617 555 0142", "Dana")]).name_of("6175550142") == "Dana"
    assert names.name_of("6175550143") is None
    assert Names([("٦١٧ ٥٥٥ ٠١٤٢", "Dana")]).name_of("+16175550142") == "Dana"
    assert Names([("0142", "Short")]).name_of("16175550142") is None


def test_a_number_with_two_names_gets_neither() -> None:
    twice = Names([("16175550142", "Dana"), ("+1 617 555 0142", "Alex")])
    assert twice.name_of("16175550142") is None
    ends = Names([("16175550142", "Dana"), ("446175550142", "Alex")])
    assert ends.name_of("6175550142") is None
    assert ends.name_of("16175550142") == "Dana"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("phone,who\n1,x\n", "must be 'number,name'"),
        ("number,name\n", "no line with both a phone number and a name"),
        ("", "must be 'number,name'"),
    ],
)
def test_another_file_is_an_error(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "contacts.csv"
    file.write_text(text, "utf-8")
    with pytest.raises(ValueError, match=problem):
        read_names(file)


def test_a_file_that_is_not_utf_8_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "contacts.csv"
    file.write_bytes("number,name\n1,Jörg\n".encode("latin-1"))
    with pytest.raises(ValueError, match="not UTF-8"):
        read_names(file)
