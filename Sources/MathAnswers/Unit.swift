/// A unit of measure: a product of powers of dimensions, and its size in their base units.
struct Unit: Sendable, Equatable {
    /// Dimension to power, none of them 0.
    let dimensions: [String: Int]
    /// Numerator and denominator of the size.
    let size: Rational

    /// The unit of this one word, singular or plural, or nil for a counted noun.
    static func named(_ name: String) -> Unit? {
        if let unit = table[name] { return unit }
        let lower = name.lowercased()
        if let unit = table[lower] { return unit }
        guard lower.utf8.count > 2, lower.hasSuffix("s") else { return nil }
        return table[String(lower.dropLast())]
    }

    /// The unit that words such as `km/h`, `square metres` or `dollars per hour` name; words that
    /// name none are a dimension of their own.
    static func read(_ text: String, power: Int, _ budget: inout Budget) throws(Refusal) -> Unit {
        var whole: Unit?
        if let parts = parts(of: text) {
            var dimensions: [String: Int] = [:]
            var size = Rational.one
            for (unit, exponent) in parts {
                for (name, count) in unit.dimensions {
                    dimensions[name, default: 0] += count * exponent
                }
                size = try size.multiplied(
                    by: unit.size.power(Int64(exponent), &budget), &budget)
            }
            whole = Unit(dimensions: dimensions.filter { $0.value != 0 }, size: size)
        }
        let unit = whole ?? Unit(dimensions: [stem(text): 1], size: .one)
        if power == 1 { return unit }
        return Unit(
            dimensions: unit.dimensions.mapValues { $0 * power },
            size: try unit.size.power(Int64(power), &budget))
    }

    /// Whether the text is several units, or a power of one, that are all known.
    static func isCompound(_ text: String) -> Bool {
        text.utf8.contains { $0 == 0x2F || $0 == 0x5E || $0 == 0xC2 } && parts(of: text) != nil
    }

    /// Singular and plural of a counted noun are one dimension.
    private static func stem(_ name: String) -> String {
        // "p.m." is PM.
        let lower = name.lowercased().filter { $0 != "." }
        return lower.hasSuffix("s") ? String(lower.dropLast()) : lower
    }

    /// The units in a text with their exponents, or nil where a word names none.
    private static func parts(of text: String) -> [(Unit, Int)]? {
        var found: [(Unit, Int)] = []
        var sign = 1
        var nextPower = 1
        var spelled = ""
        for character in text {
            switch character {
            case "/": spelled += " per "
            case "·", "*", "-": spelled += " "
            case "²": spelled += " squared "
            case "³": spelled += " cubed "
            case "^": spelled += " ^"
            case ".", "{", "}", "(", ")", "\\": spelled += ""
            default: spelled.append(character)
            }
        }
        for word in spelled.split(separator: " ") {
            switch word.lowercased() {
            case "per", "a", "an": sign = -1
            case "square", "sq": nextPower = 2
            case "cubic", "cu": nextPower = 3
            case "squared", "^2", "cubed", "^3", "^1", "^-1", "^-2":
                guard let last = found.last else { return nil }
                let exponent =
                    switch word.lowercased() {
                    case "squared", "^2": 2
                    case "cubed", "^3": 3
                    case "^-1": -1
                    case "^-2": -2
                    default: 1
                    }
                found[found.count - 1].1 = last.1 * exponent
            default:
                guard found.count < 8, let unit = named(String(word)) else { return nil }
                found.append((unit, sign * nextPower))
                sign = 1
                nextPower = 1
            }
        }
        return found.isEmpty || nextPower != 1 || sign != 1 ? nil : found
    }

    private static func unit(_ dimension: String, _ top: Int, _ bottom: Int = 1) -> Unit {
        var budget = Budget(steps: 1000)
        let size =
            (try? Rational(.small(Int64(top)), over: .small(Int64(bottom)), &budget)) ?? .one
        return Unit(dimensions: [dimension: 1], size: size)
    }

    private static func unit(_ dimensions: [String: Int], _ top: Int, _ bottom: Int = 1) -> Unit {
        Unit(dimensions: dimensions, size: unit("", top, bottom).size)
    }

    /// Lengths in tenths of a millimetre, masses in milligrams, times in seconds, money in
    /// cents of its currency, angles in degrees.
    ///
    /// SI and the international yard and pound.
    private static let table: [String: Unit] = {
        var table: [String: Unit] = [:]
        func add(_ names: [String], _ unit: Unit) { for name in names { table[name] = unit } }
        add(["mm", "millimeter", "millimetre"], unit("length", 10))
        add(["cm", "centimeter", "centimetre"], unit("length", 100))
        add(["dm", "decimeter", "decimetre"], unit("length", 1000))
        add(["m", "meter", "metre"], unit("length", 10_000))
        add(["km", "kilometer", "kilometre"], unit("length", 10_000_000))
        add(["in", "inch", "inches"], unit("length", 254))
        add(["ft", "foot", "feet"], unit("length", 3048))
        add(["yd", "yard"], unit("length", 9144))
        add(["mile", "mi"], unit("length", 16_093_440))
        add(["mg", "milligram"], unit("mass", 1))
        add(["g", "gram"], unit("mass", 1000))
        add(["kg", "kilogram"], unit("mass", 1_000_000))
        add(["lb", "lbs", "pound"], unit("mass", 45_359_237, 100))
        add(["oz", "ounce"], unit("mass", 45_359_237, 1600))
        add(["ton"], unit("ton", 1))
        add(["tonne"], unit("mass", 1_000_000_000))
        add(["ms", "millisecond"], unit("time", 1, 1000))
        add(["s", "sec", "second"], unit("time", 1))
        add(["min", "mins", "minute"], unit("time", 60))
        add(["h", "hr", "hour"], unit("time", 3600))
        add(["day"], unit("time", 86_400))
        add(["week"], unit("time", 604_800))
        add(["month"], unit("months", 1))
        add(["year", "yr"], unit("months", 12))
        add(["decade"], unit("months", 120))
        add(["ml", "mL", "milliliter", "millilitre", "cc"], unit(["length": 3], 1_000_000))
        add(["l", "L", "liter", "litre"], unit(["length": 3], 1_000_000_000))
        add(["gallon", "gal"], unit("gallon", 4))
        add(["quart", "qt"], unit("gallon", 1))
        add(["pint", "pt"], unit("gallon", 1, 2))
        add(["acre"], unit("acre", 1))
        add(["hectare", "ha"], unit(["length": 2], 1_000_000_000_000))
        add(["cent"], unit("dollar", 1))
        add(["dollar", "usd", "buck"], unit("dollar", 100))
        add(["dime"], unit("dollar", 10))
        add(["euro", "eur"], unit("euro", 1))
        add(["gbp"], unit("gbp", 1))
        add(["yen"], unit("yen", 1))
        add(["rupee"], unit("rupee", 1))
        add(["yuan", "rmb"], unit("yuan", 1))
        add(["degree", "deg"], unit("angle", 1))
        add(["celsius"], unit("celsius", 1))
        add(["fahrenheit"], unit("fahrenheit", 1))
        add(["kelvin"], unit("kelvin", 1))
        add(["mph"], unit(["length": 1, "time": -1], 16_093_440, 3600))
        add(["kph", "kmh", "kmph"], unit(["length": 1, "time": -1], 10_000_000, 3600))
        add(["N", "newton"], unit(["mass": 1, "length": 1, "time": -2], 10_000_000_000))
        add(
            ["J", "joule"],
            unit(["mass": 1, "length": 2, "time": -2], 100_000_000_000_000))
        add(
            ["W", "watt"], unit(["mass": 1, "length": 2, "time": -3], 100_000_000_000_000))
        add(["Hz", "hertz"], unit(["time": -1], 1))
        add(["mol", "mole"], unit("amount", 1))
        add(["volt"], unit("volt", 1))
        add(["ohm"], unit("ohm", 1))
        add(["amp", "ampere"], unit("ampere", 1))
        add(["rad", "radian"], unit("radian", 1))
        return table
    }()
}
