import Foundation

/// Blocks of text between fences of backticks or tildes, as CommonMark §4.5 reads them and a little
/// further: fences may be set in by any depth, as in lists, stand behind a tag or a colon, and end with text behind them.
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
                    fence.info.isEmpty || fence.info.contains(" ") || fence.info.hasPrefix("<")
                {
                    blocks.append(FencedBlock(language: block.language, text: block.lines))
                    open = nil
                } else {
                    // A fence that is set in sets in its lines.
                    var inner = line[...]
                    for _ in 0..<block.indent
                    where inner.first == " " || inner.first == "\t" { inner.removeFirst() }
                    block.lines += inner + "\n"
                    open = block
                }
            } else if let fence = fence ?? Self.fence(behindTag: line) {
                open = (fence.mark, fence.count, fence.indent, Self.language(fence.info), "")
            }
        }
        return blocks
    }

    /// The language that an info string begins with: `python3.11` and `python:main.py` are Python.
    private static func language(_ info: Substring) -> String {
        let word = info.prefix { !$0.isWhitespace && $0 != "{" && $0 != ":" && $0 != "," }
        let name = word.contains(".") ? word.prefix { $0 != "." } : word
        return name.lowercased()
    }

    /// An opening fence behind a tag or a colon: `<answer>```python`.
    private static func fence(
        behindTag line: Substring
    ) -> (mark: Character, count: Int, indent: Int, info: Substring)? {
        guard let start = line.range(of: "```")?.lowerBound, start > line.startIndex else {
            return nil
        }
        let before = line[..<start].last { !$0.isWhitespace }
        guard before == ">" || before == ":" else { return nil }
        guard var found = fence(line[start...]), !found.info.contains("`") else { return nil }
        found.indent = 0
        return found
    }

    private static func endsLine(_ character: Character) -> Bool {
        character == "\n" || character == "\r\n" || character == "\r"
    }

    private static func fence(
        _ line: Substring
    ) -> (mark: Character, count: Int, indent: Int, info: Substring)? {
        let indent = line.prefix { $0 == " " || $0 == "\t" }.count
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
