"""Units after a number -> their names: "one hundred kilometers per hour", "a ten gigabyte file", "six feet two inches"."""

from __future__ import annotations

import re

from narrate.script.spoken.quantity import RANGE, START, is_attributive, is_one, say_number, say_range
from narrate.script.spoken.rule import DIGITS, GAP, rule


def _s(name: str) -> tuple[str, str]:
    return name, name + "s"


#: Unit -> (one, many). Only what can't be a word of prose after a number stands here; the others need no space.
_UNITS: dict[str, tuple[str, str]] = {
    "km": _s("kilometer"), "cm": _s("centimeter"), "mm": _s("millimeter"), "nm": _s("nanometer"), "μm": _s("micrometer"),
    "µm": _s("micrometer"), "um": _s("micrometer"), "pm": _s("picometer"), "mi": _s("mile"), "yd": _s("yard"),
    "yds": _s("yard"), "ft": ("foot", "feet"), "kg": _s("kilogram"), "kgs": _s("kilogram"), "mg": _s("milligram"),
    "μg": _s("microgram"), "µg": _s("microgram"), "mcg": _s("microgram"), "ug": _s("microgram"), "ng": _s("nanogram"),
    "lb": _s("pound"), "lbs": _s("pound"), "oz": _s("ounce"), "kcal": _s("kilocalorie"), "cal": _s("calorie"),
    "ms": _s("millisecond"), "μs": _s("microsecond"), "µs": _s("microsecond"), "us": _s("microsecond"),
    "ns": _s("nanosecond"), "ps": _s("picosecond"), "fs": _s("femtosecond"), "sec": _s("second"), "secs": _s("second"),
    "min": _s("minute"), "mins": _s("minute"), "hr": _s("hour"), "hrs": _s("hour"), "yr": _s("year"), "yrs": _s("year"),
    "wk": _s("week"), "wks": _s("week"), "mo": _s("month"), "mos": _s("month"), "kHz": ("kilohertz", "kilohertz"),
    "Hz": ("hertz", "hertz"), "MHz": ("megahertz", "megahertz"), "GHz": ("gigahertz", "gigahertz"),
    "THz": ("terahertz", "terahertz"), "B": _s("byte"), "kB": _s("kilobyte"), "KB": _s("kilobyte"), "MB": _s("megabyte"),
    "GB": _s("gigabyte"), "TB": _s("terabyte"), "PB": _s("petabyte"), "EB": _s("exabyte"), "KiB": _s("kibibyte"),
    "MiB": _s("mebibyte"), "GiB": _s("gibibyte"), "TiB": _s("tebibyte"), "PiB": _s("pebibyte"), "kb": _s("kilobit"),
    "Mb": _s("megabit"), "Gb": _s("gigabit"), "Tb": _s("terabit"), "kbps": ("kilobit per second", "kilobits per second"),
    "Mbps": ("megabit per second", "megabits per second"), "Gbps": ("gigabit per second", "gigabits per second"),
    "W": _s("watt"), "mW": _s("milliwatt"), "kW": _s("kilowatt"), "MW": _s("megawatt"), "GW": _s("gigawatt"),
    "TW": _s("terawatt"), "Wh": _s("watt hour"), "kWh": _s("kilowatt hour"), "MWh": _s("megawatt hour"),
    "GWh": _s("gigawatt hour"), "TWh": _s("terawatt hour"), "J": _s("joule"), "kJ": _s("kilojoule"),
    "MJ": _s("megajoule"), "eV": _s("electron volt"), "keV": _s("kiloelectron volt"), "MeV": _s("megaelectron volt"),
    "GeV": _s("gigaelectron volt"), "TeV": _s("teraelectron volt"), "mV": _s("millivolt"), "kV": _s("kilovolt"),
    "V": _s("volt"), "mA": _s("milliamp"), "A": _s("amp"), "Ω": _s("ohm"), "kΩ": _s("kiloohm"), "N": _s("newton"),
    "kN": _s("kilonewton"), "Pa": _s("pascal"), "kPa": _s("kilopascal"), "MPa": _s("megapascal"), "psi": ("P S I", "P S I"),
    "mL": _s("milliliter"), "ml": _s("milliliter"), "dl": _s("deciliter"), "dL": _s("deciliter"), "L": _s("liter"),
    "l": _s("liter"), "μL": _s("microliter"), "gal": _s("gallon"), "mph": ("mile per hour", "miles per hour"),
    "kph": ("kilometer per hour", "kilometers per hour"), "kmh": ("kilometer per hour", "kilometers per hour"),
    "rpm": ("revolution per minute", "revolutions per minute"), "mmHg": ("millimeter of mercury", "millimeters of mercury"), "pp": _s("percentage point"), "bps": ("basis point", "basis points"), "fps": ("frame per second", "frames per second"),
    "bpm": ("beat per minute", "beats per minute"), "wpm": ("word per minute", "words per minute"),
    "ppm": ("part per million", "parts per million"), "ppb": ("part per billion", "parts per billion"),
    "dB": _s("decibel"), "dBA": _s("decibel"), "mol": _s("mole"), "mmol": _s("millimole"), "nM": ("nanomolar", "nanomolar"),
    "IU": _s("international unit"), "m": _s("meter"), "g": _s("gram"), "s": _s("second"), "h": _s("hour"), "d": _s("day"),
    "y": _s("year"), "K": ("kelvin", "kelvin"), "ha": _s("hectare"), "sqft": ("square foot", "square feet"),
    "°C": ("degree Celsius", "degrees Celsius"), "° C": ("degree Celsius", "degrees Celsius"),
    "ºC": ("degree Celsius", "degrees Celsius"), "℃": ("degree Celsius", "degrees Celsius"),
    "°F": ("degree Fahrenheit", "degrees Fahrenheit"), "ºF": ("degree Fahrenheit", "degrees Fahrenheit"),
    "℉": ("degree Fahrenheit", "degrees Fahrenheit"), "°K": ("kelvin", "kelvin"), "°": _s("degree"), "º": _s("degree"),
    "ly": _s("light year"), "Mpc": _s("megaparsec"), "pc": _s("parsec"), "AU": _s("astronomical unit"),
    "FLOPS": ("FLOPS", "FLOPS"), "TFLOPS": ("teraflops", "teraflops"), "PFLOPS": ("petaflops", "petaflops"),
    "TFLOP/s": ("teraflop per second", "teraflops per second"), "PFLOP/s": ("petaflop per second", "petaflops per second"),
    "GFLOPS": ("gigaflops", "gigaflops"), "pct": ("percent", "percent"), "MP": _s("megapixel"), "px": _s("pixel"),
    "Sv": _s("sievert"), "mSv": _s("millisievert"), "sq ft": ("square foot", "square feet"),
    "sq mi": ("square mile", "square miles"), "Mya": ("million years ago", "million years ago"), "kya": ("thousand years ago", "thousand years ago"),
    "bbl": _s("barrel"), "kt": _s("kiloton"), "Mt": _s("megaton"), "Gt": _s("gigaton"),
}  # fmt: skip
#: One-letter units are taken only where nothing else is likely.
_SHY = {
    "B",
    "A",
    "N",
    "V",
    "K",
    "J",
    "L",
    "l",
    "d",
    "y",
    "h",
    "g",
    "s",
    "m",
    "W",
    "us",
    "mo",
    "pm",
    "pc",
    "cal",
    "IU",
    "ha",
    "AU",
    "kt",
    "Mt",
    "ly",
    "ps",
    "fs",
    "gal",
    "MP",
    "mi",
    "ms",
    "min",
    "Mb",
    "Gb",
    "sec",
    "ft",
    "oz",
    "in",
}
_PER = {
    "s": "second", "sec": "second", "min": "minute", "h": "hour", "hr": "hour", "hour": "hour", "day": "day", "d": "day",
    "wk": "week", "week": "week", "mo": "month", "month": "month", "yr": "year", "year": "year", "y": "year",
    "kg": "kilogram", "km": "kilometer", "m": "meter", "L": "liter", "l": "liter", "ml": "milliliter", "mL": "milliliter",
    "dL": "deciliter", "dl": "deciliter", "g": "gram", "lb": "pound", "mol": "mole", "kWh": "kilowatt hour",
    "token": "token", "person": "person", "capita": "capita", "cm": "centimeter", "second": "second", "minute": "minute",
    "m²": "square meter", "m^2": "square meter", "m³": "cubic meter", "m^3": "cubic meter", "cm²": "square centimeter",
    "s²": "second squared", "s^2": "second squared", "km²": "square kilometer", "mi": "mile", "gal": "gallon", "acre": "acre",
}  # fmt: skip
#: With an exponent; a plain letter unit must touch its exponent.
_AREA = {
    "km": "kilometer",
    "m": "meter",
    "cm": "centimeter",
    "mm": "millimeter",
    "ft": "foot",
    "mi": "mile",
    "in": "inch",
    "nm": "nanometer",
    "dm": "decimeter",
}
_FEET = {"foot": "feet", "inch": "inches"}
#: After a space, "s", "m", "h" and the like are units only before a stop, a slash or a word that can't go on from a letter.
_ALONE = r"(?=[\s,;:)\]!?—–\-]|\.(?:\s|$)|$)"
_PER_UNIT = rf"(?:\s?/\s?(?P<per>{'|'.join(sorted(map(re.escape, _PER), key=len, reverse=True))})(?![\w²³^]))"
_MORE = r"(?P<more>\+)?"


def _name(found: re.Match[str], one: str, many: str) -> str:
    """The unit after its quantity: one or many; a square or cubic one says so first."""
    return one if is_one(found) or is_attributive(found) else many


def _say(found: re.Match[str]) -> str:
    one, many = _UNITS[found["u"]]
    per = f" per {_PER[found['per']]}" if found["per"] else ""
    name = many if per and not is_one(found) else _name(found, one, many)
    more = " plus" if found["more"] else ""
    return f"{say_range(found)}{more} {name}{per}"


def _after_gap(found: re.Match[str]) -> str:
    """A unit whose number has been said already: "7.8 billion km", "10^6 kg"."""
    one, many = _UNITS[found["u"]]
    return f" {many}" + (f" per {_PER[found['per']]}" if found["per"] else "")


def _area(found: re.Match[str]) -> str:
    name = _AREA[found["u"]]
    many = _FEET.get(name, name + "s")
    kind = "square" if found["e"] in ("2", "²") else "cubic"
    return f"{say_range(found)} {kind} {name if is_one(found) or is_attributive(found) else many}"


def _feet(found: re.Match[str]) -> str:
    feet, inches = found["f"], found["i"]
    said = f"{say_number(feet)} {'foot' if feet == '1' else 'feet'}"
    return said if not inches else f"{said} {say_number(inches)} {'inch' if inches == '1' else 'inches'}"


def _inches(found: re.Match[str]) -> str:
    return f"{say_range(found)} {_name(found, 'inch', 'inches')}"


def _hours(found: re.Match[str]) -> str:
    parts = [(found["h"], "hour"), (found["m"], "minute"), (found["s"], "second")]
    return " ".join(f"{say_number(n)} {name}{'' if n == '1' else 's'}" for n, name in parts if n)


def _bare(found: re.Match[str]) -> str:
    return {
        "km/h": "kilometers per hour",
        "m/s": "meters per second",
        "FLOP/s": "FLOP per second",
        "req/s": "requests per second",
        "tok/s": "tokens per second",
        "tokens/s": "tokens per second",
        "kWh": "kilowatt hours",
        "GB/s": "gigabytes per second",
        "MB/s": "megabytes per second",
        "mph": "miles per hour",
        "FLOPs/s": "FLOPs per second",
        "FLOP/sec": "FLOP per second",
        "FLOP/s/$": "FLOP per second per dollar",
    }[found[0]]


def _alternation(units: set[str]) -> str:
    return "|".join(sorted(map(re.escape, units), key=len, reverse=True))


_PLAIN = _alternation(set(_UNITS) - _SHY)
_TIGHT = _alternation(_SHY & set(_UNITS) - {"us", "pc", "cal", "IU", "B", "K", "A", "y"})
_LOOSE = _alternation(
    {
        "m",
        "g",
        "s",
        "h",
        "W",
        "V",
        "L",
        "mi",
        "ms",
        "min",
        "sec",
        "ft",
        "oz",
        "ly",
        "Mb",
        "Gb",
        "mo",
        "gal",
        "cal",
        "IU",
        "AU",
        "ha",
        "kt",
        "Mt",
    }
)

RULES = (
    rule("unit", r"(?<=\d(?:st|nd|rd|th) )(min|sec|hr|yr|wk)\b(?:\.(?=\s+[a-z]))?", lambda m: {"min": "minute", "sec": "second", "hr": "hour", "yr": "year", "wk": "week"}[m[1]], needs="s"),
    rule("unit", r"(?<![\w.,$])(?P<f>\d{1,2})(?: ?ft\.?|'|′) ?(?P<i>\d{1,2}(?:\.\d+)?)(?: ?in\b\.?(?! [a-z])|\"|″|'')?(?![\w.]\d|\w)", _feet, needs="f'′"),
    rule("unit", rf"{START}{RANGE} ?-?(?:in\.(?= [a-z])|inch(?:es)?\b|in\.(?=[,;:)])|in\b(?=[,.;)]|$|s*\s*\d* ?×))", _inches, needs="n"),
    rule("unit", r"(?<![\w.,$:])(?P<h>\d{1,3}) ?h(?:rs?)? ?(?P<m>\d{1,2}) ?m(?:in)?(?: ?(?P<s>\d{1,2}) ?s(?:ec)?)?\b", _hours, needs="h"),
    rule("unit", r"(?<![\w.,$:])(?P<h>)(?P<m>\d{1,3}) ?m(?:in)? ?(?P<s>\d{1,2}) ?s(?:ec)?\b", _hours, needs="m"),
    rule("unit", rf"{START}{RANGE} ?(?P<u>km|m|cm|mm|ft|mi|in|nm|dm)\^?(?P<e>[²³]|(?<=\^)[23])(?!\w)", _area, needs="²³^"),
    rule("unit", rf"{START}{RANGE}{_MORE}[ -]?(?P<u>{_PLAIN})(?:{_PER_UNIT})?(?![\w²³^]|/[a-z])", _say, needs=DIGITS),
    rule("unit", rf"{START}{RANGE}{_MORE} ?-?(?P<u>{_TIGHT}){_PER_UNIT}(?!\w)", _say, needs="/"),
    rule("unit", rf"{START}{RANGE}{_MORE}(?P<per>)(?P<u>{_TIGHT})(?![\w²³^/'])", _say, needs=DIGITS),
    rule("unit", rf"{START}{RANGE}{_MORE}(?P<per>)[ -](?P<u>ms|min|sec|hr|yr|ft|oz|mo|lbs?|mins|hrs|yrs)(?:\.(?=\s+[a-z])|(?=\.)|{_ALONE})(?!['/])", _say, needs=DIGITS),
    rule("unit", rf"{START}{RANGE}{_MORE}(?P<per>) (?P<u>{_LOOSE}){_ALONE}(?!['/]|\.[A-Z])(?! -)", _say, needs=DIGITS),
    rule("unit", rf"(?<=million )(?P<u>km|kg|mi|lbs|kWh|MWh|GB|TB)\b(?P<per>)|(?<=billion )(?P<u2>km|kg|mi|lbs|kWh|MWh|GB|TB)\b", lambda m: _UNITS[m["u"] or m["u2"]][1], needs="m"),
    rule("unit", r"(?<![\w/])(?:km/h|m/s|FLOPs?/s(?:ec)?(?:/\$)?|req/s|tok/s|tokens/s|kWh|GB/s|MB/s|mph)(?![\w/])", _bare, needs="hs"),
)  # fmt: skip
#: Units of numbers that other rules said: "7.8 billion km", "10^6 kg", "120/80 mmHg".
TAIL = (
    rule("unit", rf"(?<={GAP}) ?(?P<u>{_PLAIN}|mi|ms|ft)(?:{_PER_UNIT})?(?![\w²³^'(])", _after_gap, needs=DIGITS),
)  # fmt: skip
