import Patterns

/// Where a text is cut, and what becomes of the parts: the `Split` of `tokenizers`.
struct SplitPattern: Sendable {
    /// What becomes of the matches.
    enum Behavior: String, Sendable {
        case removed = "Removed"
        case isolated = "Isolated"
        case mergedWithPrevious = "MergedWithPrevious"
        case mergedWithNext = "MergedWithNext"
        case contiguous = "Contiguous"
    }

    let pattern: Pattern
    let behavior: Behavior
    /// Whether the text between the matches counts as the matches.
    let inverts: Bool

    /// Patterns run over whole texts, so only a search without end is given up.
    private static let limits = Pattern.Limits(
        match: 1 << 28, depth: 1 << 28, heapKiB: 1 << 18)

    /// A split at the matches of a regular expression in PCRE2's syntax.
    init(
        regex: String, _ behavior: Behavior, inverts: Bool = false, field: TokenizerField
    ) throws(PolicyError) {
        do throws(PatternError) {
            pattern = try Pattern(regex, options: [.utf, .multiline], limits: Self.limits)
        } catch {
            throw field.fault("\(error)")
        }
        self.behavior = behavior
        self.inverts = inverts
    }

    /// Reads the `pattern` of a `Split` or `Replace`, in PCRE2's syntax.
    static func source(_ field: TokenizerField) throws(PolicyError) -> String {
        if let text = try field.member("String") {
            return try quoted(text.string())
        }
        if let regex = try field.member("Regex") {
            return try SplitSyntax.translated(regex.string(), field: regex)
        }
        throw field.fault("a `String` or a `Regex` is expected")
    }

    /// A pattern that matches `text` itself.
    static func quoted(_ text: String) -> String {
        text.unicodeScalars.map { "\\x{\(String($0.value, radix: 16))}" }.joined()
    }

    /// Reads a `Split`.
    init(_ field: TokenizerField) throws(PolicyError) {
        let name = try field.required("behavior")
        guard let behavior = Behavior(rawValue: try name.string()) else {
            throw try name.unsupported(name.string())
        }
        let pattern = try field.required("pattern")
        try self.init(
            regex: Self.source(pattern), behavior, inverts: field.flag("invert", default: false),
            field: pattern)
    }
}

/// A part of a text between or at the matches of a pattern.
struct SplitPiece {
    var range: Range<Int>
    var isMatch: Bool
}

extension SplitPattern.Behavior {
    /// The parts of the text that remain, in order.
    func joined(_ pieces: [SplitPiece]) -> [Range<Int>] {
        switch self {
        case .isolated: return pieces.map(\.range)
        case .removed: return pieces.filter { !$0.isMatch }.map(\.range)
        case .contiguous:
            return Self.joined(pieces) { piece, previous in piece.isMatch == previous }
        case .mergedWithPrevious:
            return Self.joined(pieces) { piece, previous in piece.isMatch && !previous }
        case .mergedWithNext:
            return Self.joined(pieces.reversed()) { piece, previous in piece.isMatch && !previous }
                .reversed()
        }
    }

    /// Joins a piece to the one before it where `joins` says so.
    private static func joined(
        _ pieces: [SplitPiece], _ joins: (SplitPiece, Bool) -> Bool
    ) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var previous = false
        for piece in pieces {
            if joins(piece, previous), let last = ranges.popLast() {
                ranges.append(
                    min(
                        last.lowerBound, piece.range.lowerBound)..<max(
                            last.upperBound, piece.range.upperBound))
            } else {
                ranges.append(piece.range)
            }
            previous = piece.isMatch
        }
        return ranges
    }
}
