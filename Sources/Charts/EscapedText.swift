extension String {
    /// Safe within HTML text and attributes, whatever a policy wrote.
    package var escapedForHTML: String {
        var escaped = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            case _ where scalar.isControl: escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// The same for text that is shown to be judged: what is invisible, or turns the direction of what
    /// follows, is shown by its number.
    package var shownAsHTML: String {
        var shown = ""
        var plain = ""
        func flush() {
            shown += plain.escapedForHTML
            plain = ""
        }
        for scalar in unicodeScalars {
            if scalar.isControl || scalar.turnsText {
                flush()
                let digits = String(scalar.value, radix: 16, uppercase: true)
                let padding = String(repeating: "0", count: max(0, 4 - digits.count))
                shown += "<span class=\"control\">U+\(padding)\(digits)</span>"
            } else {
                plain.unicodeScalars.append(scalar)
            }
        }
        flush()
        return shown
    }
}

extension Unicode.Scalar {
    /// A control character that no text needs.
    fileprivate var isControl: Bool {
        (value < 0x20 && self != "\n" && self != "\t") || (0x7F...0x9F).contains(value)
    }

    /// Marks of direction, and the byte order mark.
    fileprivate var turnsText: Bool {
        switch value {
        case 0x061C, 0x200B, 0x200E, 0x200F, 0x202A...0x202E, 0x2060, 0x2066...0x2069, 0xFEFF: true
        default: false
        }
    }
}
