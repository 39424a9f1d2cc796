"""Units of measure -> what one and many of them are called."""

from __future__ import annotations


def _s(name: str) -> tuple[str, str]:
    return name, name + "s"


#: Unit -> (one, many). Only what can't be a word of prose after a number stands here; the others need no space.
UNITS: dict[str, tuple[str, str]] = {
    "tbsp": _s("tablespoon"), "tsp": _s("teaspoon"),
    "km": _s("kilometer"), "cm": _s("centimeter"), "mm": _s("millimeter"), "nm": _s("nanometer"),
    "μm": _s("micrometer"), "µm": _s("micrometer"), "um": _s("micrometer"), "pm": _s("picometer"), "mi": _s("mile"),
    "yd": _s("yard"), "yds": _s("yard"), "ft": ("foot", "feet"), "kg": _s("kilogram"), "kgs": _s("kilogram"),
    "mg": _s("milligram"), "μg": _s("microgram"), "µg": _s("microgram"), "mcg": _s("microgram"),
    "ug": _s("microgram"), "ng": _s("nanogram"), "lb": _s("pound"), "lbs": _s("pound"), "oz": _s("ounce"),
    "kcal": _s("kilocalorie"), "cal": _s("calorie"), "ms": _s("millisecond"), "μs": _s("microsecond"),
    "µs": _s("microsecond"), "us": _s("microsecond"), "ns": _s("nanosecond"), "ps": _s("picosecond"),
    "fs": _s("femtosecond"), "sec": _s("second"), "secs": _s("second"), "min": _s("minute"), "mins": _s("minute"),
    "hr": _s("hour"), "hrs": _s("hour"), "yr": _s("year"), "yrs": _s("year"), "wk": _s("week"), "wks": _s("week"),
    "mo": _s("month"), "mos": _s("month"), "kHz": ("kilohertz", "kilohertz"), "Hz": ("hertz", "hertz"),
    "MHz": ("megahertz", "megahertz"), "GHz": ("gigahertz", "gigahertz"), "THz": ("terahertz", "terahertz"),
    "B": _s("byte"), "kB": _s("kilobyte"), "KB": _s("kilobyte"), "MB": _s("megabyte"), "GB": _s("gigabyte"),
    "TB": _s("terabyte"), "PB": _s("petabyte"), "EB": _s("exabyte"), "KiB": _s("kibibyte"), "MiB": _s("mebibyte"),
    "GiB": _s("gibibyte"), "TiB": _s("tebibyte"), "PiB": _s("pebibyte"), "kb": _s("kilobit"), "Mb": _s("megabit"),
    "Gb": _s("gigabit"), "Tb": _s("terabit"), "kbps": ("kilobit per second", "kilobits per second"),
    "Mbps": ("megabit per second", "megabits per second"), "Gbps": ("gigabit per second", "gigabits per second"),
    "W": _s("watt"), "mW": _s("milliwatt"), "kW": _s("kilowatt"), "MW": _s("megawatt"), "GW": _s("gigawatt"),
    "TW": _s("terawatt"), "Wh": _s("watt hour"), "kWh": _s("kilowatt hour"), "MWh": _s("megawatt hour"),
    "GWh": _s("gigawatt hour"), "TWh": _s("terawatt hour"), "J": _s("joule"), "kJ": _s("kilojoule"),
    "MJ": _s("megajoule"), "eV": _s("electron volt"), "keV": _s("kiloelectron volt"), "MeV": _s("megaelectron volt"),
    "GeV": _s("gigaelectron volt"), "TeV": _s("teraelectron volt"), "mV": _s("millivolt"), "kV": _s("kilovolt"),
    "V": _s("volt"), "mA": _s("milliamp"), "A": _s("amp"), "Ω": _s("ohm"), "kΩ": _s("kiloohm"), "N": _s("newton"),
    "kN": _s("kilonewton"), "Pa": _s("pascal"), "kPa": _s("kilopascal"), "MPa": _s("megapascal"),
    "psi": ("P S I", "P S I"), "mL": _s("milliliter"), "ml": _s("milliliter"), "dl": _s("deciliter"),
    "dL": _s("deciliter"), "L": _s("liter"), "l": _s("liter"), "μL": _s("microliter"), "gal": _s("gallon"),
    "mph": ("mile per hour", "miles per hour"), "kph": ("kilometer per hour", "kilometers per hour"),
    "kmh": ("kilometer per hour", "kilometers per hour"), "rpm": ("revolution per minute", "revolutions per minute"),
    "mmHg": ("millimeter of mercury", "millimeters of mercury"), "pp": _s("percentage point"),
    "bps": ("basis point", "basis points"), "fps": ("frame per second", "frames per second"),
    "bpm": ("beat per minute", "beats per minute"), "wpm": ("word per minute", "words per minute"),
    "ppm": ("part per million", "parts per million"), "ppb": ("part per billion", "parts per billion"),
    "dB": _s("decibel"), "dBA": _s("decibel"), "mol": _s("mole"), "mmol": _s("millimole"),
    "nM": ("nanomolar", "nanomolar"), "IU": _s("international unit"), "m": _s("meter"), "g": _s("gram"),
    "s": _s("second"), "h": _s("hour"), "d": _s("day"), "y": _s("year"), "K": ("kelvin", "kelvin"),
    "ha": _s("hectare"), "sqft": ("square foot", "square feet"), "°C": ("degree Celsius", "degrees Celsius"),
    "° C": ("degree Celsius", "degrees Celsius"), "ºC": ("degree Celsius", "degrees Celsius"),
    "℃": ("degree Celsius", "degrees Celsius"), "°F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "ºF": ("degree Fahrenheit", "degrees Fahrenheit"), "℉": ("degree Fahrenheit", "degrees Fahrenheit"),
    "°K": ("kelvin", "kelvin"), "°": _s("degree"), "º": _s("degree"), "ly": _s("light year"),
    "Mpc": _s("megaparsec"), "pc": _s("parsec"), "AU": _s("astronomical unit"), "FLOPS": ("FLOPS", "FLOPS"),
    "TFLOPS": ("teraflops", "teraflops"), "PFLOPS": ("petaflops", "petaflops"),
    "TFLOP/s": ("teraflop per second", "teraflops per second"),
    "PFLOP/s": ("petaflop per second", "petaflops per second"), "GFLOPS": ("gigaflops", "gigaflops"),
    "pct": ("percent", "percent"), "MP": _s("megapixel"), "px": _s("pixel"), "Sv": _s("sievert"),
    "mSv": _s("millisievert"), "sq ft": ("square foot", "square feet"), "sq mi": ("square mile", "square miles"),
    "Mya": ("million years ago", "million years ago"), "kya": ("thousand years ago", "thousand years ago"),
    "bbl": _s("barrel"), "kt": _s("kiloton"), "Mt": _s("megaton"), "Gt": _s("gigaton"),
}  # fmt: skip
#: After "per".
PER = {
    "s": "second", "sec": "second", "min": "minute", "h": "hour", "hr": "hour", "hour": "hour", "day": "day",
    "d": "day", "wk": "week", "week": "week", "mo": "month", "month": "month", "yr": "year", "year": "year",
    "y": "year", "kg": "kilogram", "km": "kilometer", "m": "meter", "L": "liter", "l": "liter", "ml": "milliliter",
    "mL": "milliliter", "dL": "deciliter", "dl": "deciliter", "g": "gram", "lb": "pound", "mol": "mole",
    "kWh": "kilowatt hour", "token": "token", "person": "person", "capita": "capita", "cm": "centimeter",
    "second": "second", "minute": "minute", "m²": "square meter", "m^2": "square meter", "m³": "cubic meter",
    "m^3": "cubic meter", "cm²": "square centimeter", "s²": "second squared", "s^2": "second squared",
    "km²": "square kilometer", "mi": "mile", "gal": "gallon", "acre": "acre",
}  # fmt: skip
#: With an exponent; a plain letter unit must touch its exponent.
AREA = {
    "km": _s("kilometer"), "m": _s("meter"), "cm": _s("centimeter"), "mm": _s("millimeter"), "ft": ("foot", "feet"),
    "mi": _s("mile"), "in": ("inch", "inches"), "nm": _s("nanometer"), "dm": _s("decimeter"),
}  # fmt: skip
