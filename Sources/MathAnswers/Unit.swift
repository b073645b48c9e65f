/// A unit of measure: its dimension and its size in the dimension's base unit.
struct Unit: Sendable, Equatable {
    let dimension: String
    /// Numerator and denominator of the size.
    let size: (Int, Int)

    static func == (a: Unit, b: Unit) -> Bool { a.dimension == b.dimension && a.size == b.size }

    /// The unit of this name, singular or plural, or nil for a counted noun.
    static func named(_ name: String) -> Unit? {
        let lower = name.lowercased()
        if let unit = table[lower] { return unit }
        return lower.hasSuffix("s") ? table[String(lower.dropLast())] : nil
    }

    private static func unit(_ dimension: String, _ top: Int, _ bottom: Int = 1) -> Unit {
        Unit(dimension: dimension, size: (top, bottom))
    }

    /// Lengths in millimetres ÷ 10, masses in milligrams, times in seconds, volumes in
    /// millilitres, money in cents, angles in degrees.
    private static let table: [String: Unit] = [
        "mm": unit("length", 10), "millimeter": unit("length", 10),
        "millimetre": unit("length", 10), "cm": unit("length", 100),
        "centimeter": unit("length", 100), "centimetre": unit("length", 100),
        "dm": unit("length", 1000), "m": unit("length", 10_000),
        "meter": unit("length", 10_000), "metre": unit("length", 10_000),
        "km": unit("length", 10_000_000), "kilometer": unit("length", 10_000_000),
        "kilometre": unit("length", 10_000_000), "inch": unit("length", 254),
        "inches": unit("length", 254), "ft": unit("length", 3048),
        "foot": unit("length", 3048), "feet": unit("length", 3048),
        "yd": unit("length", 9144), "yard": unit("length", 9144),
        "mile": unit("length", 16_093_440), "mi": unit("length", 16_093_440),
        "mg": unit("mass", 1), "milligram": unit("mass", 1), "g": unit("mass", 1000),
        "gram": unit("mass", 1000), "kg": unit("mass", 1_000_000),
        "kilogram": unit("mass", 1_000_000), "lb": unit("mass", 45_359_237, 100),
        "pound": unit("mass", 45_359_237, 100), "oz": unit("mass", 45_359_237, 1600),
        "ounce": unit("mass", 45_359_237, 1600), "ton": unit("ton", 1),
        "s": unit("time", 1), "sec": unit("time", 1), "second": unit("time", 1),
        "min": unit("time", 60), "mins": unit("time", 60), "minute": unit("time", 60),
        "h": unit("time", 3600), "hr": unit("time", 3600), "hour": unit("time", 3600),
        "day": unit("time", 86_400), "week": unit("time", 604_800),
        "month": unit("months", 1), "year": unit("months", 12),
        "ml": unit("volume", 1), "milliliter": unit("volume", 1), "l": unit("volume", 1000),
        "liter": unit("volume", 1000), "litre": unit("volume", 1000),
        "gallon": unit("gallon", 4), "quart": unit("gallon", 1),
        "cent": unit("money", 1), "dollar": unit("money", 100), "usd": unit("money", 100),
        "euro": unit("euro", 1), "degree": unit("angle", 1), "mph": unit("mph", 1),
        "kph": unit("kph", 1),
    ]
}
