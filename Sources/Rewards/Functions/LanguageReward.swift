import Rollouts

/// The share of letters that belong to the wanted scripts, 1 where the text has no letters.
///
/// Letters are told apart by Unicode block, so that a language with a script of its own can be
/// asked for; Latin languages cannot be told from one another.
///
/// Source: the language-consistency reward of DeepSeek-R1 (arXiv:2501.12948), whose unit is the word.
public struct LanguageReward: RewardFunction {
    enum Script: String, CaseIterable {
        case latin, cyrillic, greek, han, hiragana, katakana, hangul, arabic, hebrew, devanagari,
            thai

        /// Scalars of the script's letters.
        var ranges: [ClosedRange<UInt32>] {
            switch self {
            case .latin: [0x41...0x5A, 0x61...0x7A, 0xC0...0x24F, 0x1E00...0x1EFF]
            case .cyrillic: [0x400...0x52F]
            case .greek: [0x370...0x3FF, 0x1F00...0x1FFF]
            case .han: [0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x323AF]
            case .hiragana: [0x3041...0x309F]
            case .katakana: [0x30A0...0x30FF, 0x31F0...0x31FF, 0xFF66...0xFF9F]
            case .hangul: [0x1100...0x11FF, 0x3130...0x318F, 0xAC00...0xD7A3]
            case .arabic:
                [
                    0x620...0x65F, 0x66E...0x6EF, 0x6FA...0x6FF, 0x750...0x77F, 0xFB50...0xFDFF,
                    0xFE70...0xFEFE,
                ]
            case .hebrew: [0x590...0x5FF]
            case .devanagari: [0x900...0x97F]
            case .thai: [0xE00...0xE7F]
            }
        }
    }

    /// `language`.
    public static let type = "language"
    private let wanted: [ClosedRange<UInt32>]
    private let ignoresMath: Bool

    /// Reads `scripts`, at least one, and `ignore_commands`: LaTeX commands are no letters.
    public init(_ settings: inout SpecReader) throws(RewardError) {
        let scripts: [Script] = try settings.choices("scripts", default: [])
        guard !scripts.isEmpty else { throw settings.missing("scripts") }
        wanted = scripts.flatMap(\.ranges)
        ignoresMath = try settings.bool("ignore_commands", default: true)
    }

    /// Counts letters of the wanted and of other scripts.
    public func score(_ input: ScoringInput) -> RewardResult {
        var (inside, outside) = (0, 0)
        var isCommand = false
        for scalar in input.completion.unicodeScalars {
            let value = scalar.value
            let isBasic = (value | 0x20) &- 0x61 < 26
            if ignoresMath {
                if value == 0x5C {
                    isCommand = true
                    continue
                }
                if isCommand, isBasic { continue }
                isCommand = false
            }
            // × and ÷ stand among the Latin letters of Unicode.
            if value != 0xD7, value != 0xF7, wanted.contains(where: { $0.contains(value) }) {
                inside += 1
            } else if isBasic || value > 0x7F && scalar.properties.isAlphabetic {
                outside += 1
            }
        }
        let letters = inside + outside
        return RewardResult(
            value: letters == 0 ? 1 : Double(inside) / Double(letters),
            reason: "\(inside) of \(letters) letters")
    }
}
