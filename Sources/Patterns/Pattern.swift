import CPCRE2

/// A compiled regular expression (PCRE2) whose matches are bounded.
///
/// It works on UTF-8 bytes: every range counts bytes from the start of the subject. A pattern is
/// immutable and may be used from any number of threads at once; a loop over many subjects saves
/// allocations with one `PatternMatcher` a thread.
///
///     let number = try Pattern(#"(\d+)\.(\d+)"#)
///     let match = try number.firstMatch(in: "about 3.14")
///     match?.range(of: 1)  // 6..<7
public struct Pattern: Sendable {
    /// How the source is read.
    public struct Options: OptionSet, Sendable, Hashable {
        /// The bits.
        public let rawValue: UInt32

        /// Options of these bits.
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// Letters match either case.
        public static let caseInsensitive = Options(rawValue: 1)
        /// `.` matches a line end too.
        public static let dotAll = Options(rawValue: 2)
        /// `^` and `$` match at every line.
        public static let multiline = Options(rawValue: 4)
        /// Characters are Unicode scalars, not bytes, and `\w`, `\d` know all scripts.
        public static let utf = Options(rawValue: 8)
        /// A match is the whole text.
        public static let wholeText = Options(rawValue: 16)
    }

    /// What one match may cost before it ends as `PatternError.resourceLimit`.
    public struct Limits: Sendable, Hashable {
        /// Steps of the matcher.
        public var match: UInt32
        /// Depth of backtracking (interpreter only).
        public var depth: UInt32
        /// Heap in KiB (interpreter only).
        public var heapKiB: UInt32

        /// Limits of these sizes; the defaults end a catastrophic pattern in milliseconds.
        public init(match: UInt32 = 1_000_000, depth: UInt32 = 1_000_000, heapKiB: UInt32 = 20_000)
        {
            self.match = match
            self.depth = depth
            self.heapKiB = heapKiB
        }
    }

    /// The regular expression as written.
    public let source: String
    /// How the source is read.
    public let options: Options
    /// What one match may cost.
    public let limits: Limits
    let code: CompiledCode

    /// Whether the pattern runs as machine code; if not, the slower interpreter runs it.
    public var usesJIT: Bool { code.usesJIT }
    /// How many capturing groups there are, not counting the whole match.
    public var groupCount: Int { code.groupCount }

    /// Compiles `source`.
    ///
    /// - Throws: `PatternError.syntax` with the byte offset of the fault.
    public init(
        _ source: String, options: Options = [.utf], limits: Limits = Limits()
    ) throws(PatternError) {
        self.source = source
        self.options = options
        self.limits = limits
        code = try CompiledCode(source, options: options)
    }

    /// The number of the group named `name`, or nil.
    public func groupNumber(named name: String) -> Int? {
        let number = pcre2_substring_number_from_name_8(code.pointer, Array(name.utf8) + [0])
        return number > 0 ? Int(number) : nil
    }

    /// The first match in `text`, or nil where there is none.
    ///
    /// - Throws: `PatternError.resourceLimit` where the limits end the search.
    public func firstMatch(in text: String) throws(PatternError) -> Match? {
        var matcher = PatternMatcher(self)
        return try matcher.firstMatch(in: text)
    }

    /// The first match in `bytes`; bytes that are not UTF-8 match nothing.
    ///
    /// - Throws: `PatternError.resourceLimit` where the limits end the search.
    public func firstMatch(in bytes: UnsafeBufferPointer<UInt8>) throws(PatternError) -> Match? {
        var matcher = PatternMatcher(self)
        return try matcher.firstMatch(in: bytes, from: 0)
    }

    /// All matches in `text`, left to right, none overlapping; an empty match advances by one
    /// character.
    public func matches(_ text: String) throws(PatternError) -> [Match] {
        var matcher = PatternMatcher(self)
        var found: [Match] = []
        try matcher.forEachMatch(in: text) { found.append($0) }
        return found
    }

    /// All matches in `bytes`, as `matches(_:)` finds them in a string.
    public func matches(_ bytes: UnsafeBufferPointer<UInt8>) throws(PatternError) -> [Match] {
        var matcher = PatternMatcher(self)
        var found: [Match] = []
        try matcher.forEachMatch(in: bytes) { found.append($0) }
        return found
    }

    /// How many matches `text` has.
    public func count(in text: String) throws(PatternError) -> Int {
        var matcher = PatternMatcher(self)
        var count = 0
        try matcher.forEachMatch(in: text) { _ in count += 1 }
        return count
    }

    /// The texts of the first match and its groups, nil where a group took no part; nil where
    /// nothing matches.
    public func captures(in text: String) throws(PatternError) -> [String?]? {
        guard let match = try firstMatch(in: text) else { return nil }
        return match.ranges.map { range in range.map { Match.text(of: $0, in: text) } }
    }
}

/// One match: byte ranges of the whole and of every group.
public struct Match: Sendable, Equatable {
    /// Ranges by group number, 0 being the whole match; nil where a group took no part.
    public let ranges: [Range<Int>?]

    /// The whole match.
    public var range: Range<Int> { ranges.first.flatMap { $0 } ?? 0..<0 }

    /// The range of one group, nil where it took no part or does not exist.
    public func range(of group: Int) -> Range<Int>? {
        ranges.indices.contains(group) ? ranges[group] : nil
    }

    /// The text at a byte range of `text`; a range that cuts a character is repaired.
    public static func text(of range: Range<Int>, in text: String) -> String {
        let utf8 = text.utf8
        let bounded = range.clamped(to: 0..<utf8.count)
        let start = utf8.index(utf8.startIndex, offsetBy: bounded.lowerBound)
        let end = utf8.index(start, offsetBy: bounded.count)
        return String(decoding: utf8[start..<end], as: UTF8.self)
    }
}
