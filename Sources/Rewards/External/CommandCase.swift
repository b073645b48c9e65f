import Foundation
import Rollouts

/// One input of a program with the output that is right.
struct CommandCase: Equatable {
    /// Why a row's cases cannot be used.
    struct Fault: Error {
        var reason: String
    }

    var input: String
    var output: String

    /// The cases of a row, in the shapes that data sets have them: a list of `{"input", "output"}`,
    /// or `{"inputs": […], "outputs": […]}` (APPS, TACO), each also as JSON text.
    static func list(_ value: JSONValue?, named name: String) throws(Fault) -> [CommandCase] {
        var value = value
        if case .string(let text)? = value { value = try? JSONReader.parse(Array(text.utf8)) }
        let cases: [CommandCase]?
        switch value {
        case .array(let items)?:
            let read = items.compactMap { one($0["input"], $0["output"]) }
            cases = read.count == items.count ? read : nil
        case .object(let members)?:
            guard case .array(let inputs)? = members["inputs"],
                case .array(let outputs)? = members["outputs"], inputs.count == outputs.count
            else { throw unreadable(name) }
            let read = zip(inputs, outputs).compactMap { one($0, $1) }
            cases = read.count == inputs.count ? read : nil
        default: cases = nil
        }
        guard let cases, !cases.isEmpty else { throw unreadable(name) }
        return cases
    }

    private static func one(_ input: JSONValue?, _ output: JSONValue?) -> CommandCase? {
        guard let input = input.flatMap(text), let output = output.flatMap(text) else { return nil }
        return CommandCase(input: input, output: output)
    }

    /// A text, a number, or the lines of a list.
    private static func text(_ value: JSONValue) -> String? {
        guard case .array(let items) = value else { return value.scalarText }
        let lines = items.compactMap(\.scalarText)
        return lines.count == items.count ? lines.joined(separator: "\n") : nil
    }

    private static func unreadable(_ name: String) -> Fault {
        Fault(
            reason: "the row's '\(name)' is no list of {input, output} and no {inputs, outputs}")
    }

    // MARK: Comparing

    /// When two outputs are the same.
    enum Comparison: String, CaseIterable {
        /// Line by line, white space at the ends of lines and empty lines at the end aside.
        case lines
        /// Word by word; words that are numbers may differ by 1e-6 of their size.
        case words

        func holds(_ printed: [UInt8], _ wanted: [UInt8]) -> Bool {
            switch self {
            case .lines: CommandCase.lines(printed) == CommandCase.lines(wanted)
            case .words: CommandCase.sameWords(printed, wanted)
            }
        }
    }

    /// The lines of an output without white space at their ends, up to the last that has any text.
    static func lines(_ bytes: [UInt8]) -> [String] {
        var lines = String(decoding: bytes, as: UTF8.self)
            .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .map { line in
                var line = line
                while line.last?.isWhitespace == true { line.removeLast() }
                return String(line)
            }
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    private static func sameWords(_ printed: [UInt8], _ wanted: [UInt8]) -> Bool {
        let (a, b) = (words(printed), words(wanted))
        func isDecimal(_ word: String) -> Bool {
            word.contains { ".eE".contains($0) } && !word.contains { "xX".contains($0) }
        }
        return a.count == b.count
            && zip(a, b).allSatisfy { a, b in
                if a == b { return true }
                // Whole numbers, names and 0x10 are exact.
                guard isDecimal(a) || isDecimal(b) else { return false }
                guard let x = Double(a), let y = Double(b), x.isFinite, y.isFinite else {
                    return false
                }
                return abs(x - y) <= max(1e-9, 1e-6 * abs(y))
            }
    }

    private static func words(_ bytes: [UInt8]) -> [String] {
        String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).map(
            String.init)
    }
}
