/// How a text is cut into words before anything is merged: the `pre_tokenizer` of a file.
struct PreTokenizer: Sendable {
    /// Cuts in their order, each within the parts that the one before it left.
    let cuts: [SplitPattern]
    /// Whether each part gets a leading space, unless it has one, before `words` cuts it.
    let addsPrefixSpace: Bool
    /// The last cut, that of `ByteLevel`; nil where its parts are the words.
    let words: SplitPattern?

    /// The pattern of GPT-2, which `ByteLevel` uses.
    private static let words =
        #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

    /// Reads the field; there has to be one `ByteLevel`, and nothing after it.
    init(_ field: TokenizerField) throws(PolicyError) {
        var steps = try Self.flattened(field, depth: 0)
        guard let last = steps.popLast(), try last.kind() == "ByteLevel" else {
            throw field.fault("only byte-level tokenizers are supported: `ByteLevel` comes last")
        }
        addsPrefixSpace = try last.flag("add_prefix_space", default: true)
        if try last.flag("use_regex", default: true) {
            words = try SplitPattern(
                regex: SplitSyntax.translated(Self.words, field: last), .isolated, field: last)
        } else {
            words = nil
        }
        var cuts: [SplitPattern] = []
        for step in steps { cuts.append(try Self.cut(step)) }
        self.cuts = cuts
    }

    /// The steps of nested sequences in their order.
    static func flattened(
        _ field: TokenizerField, depth: Int, members: String = "pretokenizers"
    ) throws(PolicyError) -> [TokenizerField] {
        guard try field.kind() == "Sequence" else { return [field] }
        guard depth < 16 else { throw field.fault("sequences are nested too deep") }
        var steps: [TokenizerField] = []
        for element in try field.required(members).elements() {
            steps += try flattened(element, depth: depth + 1, members: members)
        }
        return steps
    }

    private static func cut(_ field: TokenizerField) throws(PolicyError) -> SplitPattern {
        let space = try SplitSyntax.translated(#"\s"#, field: field)
        switch try field.kind() {
        case "Split": return try SplitPattern(field)
        case "Digits":
            let alone = try field.flag("individual_digits", default: false)
            return try SplitPattern(
                regex: "[\(SplitSyntax.members(of: "N"))]", alone ? .isolated : .contiguous,
                field: field)
        case "Whitespace":
            let words = try SplitSyntax.translated(#"\w+|[^\w\s]+"#, field: field)
            return try SplitPattern(regex: words, .removed, inverts: true, field: field)
        case "WhitespaceSplit": return try SplitPattern(regex: space, .removed, field: field)
        case "Punctuation":
            let name = try field.member("behavior")
            let behavior = SplitPattern.Behavior(rawValue: try name?.string() ?? "Isolated")
            guard let behavior else { throw field.fault("an unknown behavior") }
            return try SplitPattern(
                regex: "[\(SplitSyntax.members(of: "P"))$+<=>^`|~]", behavior, field: field)
        case "CharDelimiterSplit":
            let delimiter = try field.required("delimiter").string()
            return try SplitPattern(
                regex: SplitPattern.quoted(delimiter), .removed, field: field)
        case let other: throw field.unsupported(other)
        }
    }
}
