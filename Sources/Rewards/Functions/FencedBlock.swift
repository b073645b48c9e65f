/// Blocks of text between fences of backticks or tildes, as CommonMark §4.5 reads them.
struct FencedBlock: Equatable {
    /// The first word behind the opening fence, in small letters; empty where there is none.
    var language: String
    /// The lines between the fences, each with its end.
    var text: String

    /// The closed blocks of `text`, in order.
    static func all(in text: Substring) -> [FencedBlock] {
        var blocks: [FencedBlock] = []
        var open: (mark: Character, count: Int, indent: Int, language: String, lines: String)?
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: Self.endsLine) {
            let fence = fence(line)
            if var block = open {
                if let fence, fence.mark == block.mark, fence.count >= block.count,
                    fence.info.isEmpty
                {
                    blocks.append(FencedBlock(language: block.language, text: block.lines))
                    open = nil
                } else {
                    // A fence that is set in sets in its lines.
                    var inner = line[...]
                    for _ in 0..<block.indent where inner.first == " " { inner.removeFirst() }
                    block.lines += inner + "\n"
                    open = block
                }
            } else if let fence {
                let word = fence.info.prefix { !$0.isWhitespace && $0 != "{" }
                open = (fence.mark, fence.count, fence.indent, word.lowercased(), "")
            }
        }
        return blocks
    }

    private static func endsLine(_ character: Character) -> Bool {
        character == "\n" || character == "\r\n" || character == "\r"
    }

    private static func fence(
        _ line: Substring
    ) -> (mark: Character, count: Int, indent: Int, info: Substring)? {
        let indent = line.prefix { $0 == " " }.count
        guard indent <= 3 else { return nil }
        let rest = line.dropFirst(indent)
        guard let mark = rest.first, mark == "`" || mark == "~" else { return nil }
        let run = rest.prefix { $0 == mark }
        guard run.count >= 3 else { return nil }
        var info = rest.dropFirst(run.count).drop { $0.isWhitespace }
        while info.last?.isWhitespace == true { info.removeLast() }
        guard mark == "~" || !info.contains("`") else { return nil }
        return (mark, run.count, indent, info)
    }
}
