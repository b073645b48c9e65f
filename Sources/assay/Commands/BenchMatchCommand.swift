import ArgumentParser
import Foundation
import Patterns
import Rollouts

/// `assay bench match`: bytes a second of a regular expression.
struct BenchMatchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "match",
        abstract: "Time a format pattern on completions, in bytes a second.",
        discussion: """
            The texts are the lines of --texts, or 256 completions of 2 KB with <think> and \
            <answer> that are made for the purpose. One thread.
            """)

    @Option(help: "The regular expression (PCRE2), as in a spec's format reward.")
    var pattern = #"<think>.*?</think>\s*<answer>.*?</answer>\s*"#

    @Option(help: "A file whose lines are the texts.")
    var texts: String?

    @Option(help: "full or search.")
    var match = "full"

    @Option(help: "Measure for at least this many seconds.")
    var seconds: Double = 1

    @Flag(help: "Print the figures as JSON.")
    var json = false

    func validate() throws {
        guard match == "full" || match == "search" else {
            throw ValidationError("--match is full or search.")
        }
        guard seconds >= 0, seconds <= 3600 else {
            throw ValidationError("--seconds is 0 to 3600.")
        }
    }

    func run() throws {
        let compiled: Pattern
        do {
            compiled = try Pattern(
                match == "full" ? "\\A(?:\(pattern))\\z" : pattern, options: [.utf, .dotAll])
        } catch {
            throw ValidationError("\(error)\n\(error.remedy)")
        }
        let lines = try texts.map(Self.lines) ?? Self.completions
        guard !lines.isEmpty else { throw ValidationError("there is no text to match.") }
        var (bytes, found, limited, passes) = (0, 0, 0, 0)
        let start = ContinuousClock.now
        repeat {
            for text in lines {
                bytes += text.utf8.count
                do {
                    if try compiled.firstMatch(in: text) != nil { found += 1 }
                } catch {
                    limited += 1
                }
            }
            passes += 1
        } while start.duration(to: .now) < .seconds(seconds)
        let elapsed = start.duration(to: .now) / .seconds(1)
        let rate = Double(bytes) / elapsed / 1e9
        if json {
            print(
                JSONValue.object([
                    "gigabytes_per_second": .number(rate), "texts": .integer(Int64(lines.count)),
                    "matched": .integer(Int64(found / passes)),
                    "limited": .integer(Int64(limited / passes)),
                    "microseconds_per_text": .number(
                        elapsed * 1e6 / Double(passes * lines.count)),
                    "jit": .bool(compiled.usesJIT),
                ]).serialized())
        } else {
            print(
                String(
                    format: "%.2f GB/s, %.2f µs a text, ", rate,
                    elapsed * 1e6 / Double(passes * lines.count))
                    + "\(found / passes) of \(lines.count) match, \(limited / passes) end by a limit"
                    + (compiled.usesJIT ? "" : " (no JIT)"))
        }
    }

    private static func lines(_ path: String) throws -> [String] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ValidationError("cannot read \(path).")
        }
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// Completions of 2 KB in the R1 form.
    private static var completions: [String] {
        (0..<256).map { index in
            var text = "<think>"
            var step = index
            while text.utf8.count < 1900 {
                step += 1
                text +=
                    "Step \(step): we add \(step * 7) and \(step * 13), which is \(step * 20).\n"
            }
            return text + "</think>\n<answer>\(index)</answer>"
        }
    }
}
