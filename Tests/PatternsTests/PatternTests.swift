import Patterns
import Testing

@Suite struct PatternTests {
    @Test("groups come as byte ranges, unset ones as nil")
    func groups() throws {
        let pattern = try Pattern(#"(\d+)|([a-z]+)"#)
        let match = try #require(try pattern.firstMatch(in: "é=abc"))
        #expect(match.range == 3..<6)
        #expect(match.range(of: 1) == nil)
        #expect(match.range(of: 2) == 3..<6)
        #expect(match.range(of: 9) == nil)
        #expect(try pattern.captures(in: "é=abc") == ["abc", nil, "abc"])
        #expect(try pattern.captures(in: "é=") == nil)
        #expect(pattern.groupCount == 2)
    }

    @Test("named groups are found by name")
    func names() throws {
        let pattern = try Pattern(#"<(?<tag>\w+)>"#)
        #expect(pattern.groupNumber(named: "tag") == 1)
        #expect(pattern.groupNumber(named: "other") == nil)
    }

    @Test("the options change what matches")
    func options() throws {
        #expect(try Pattern("abc", options: [.caseInsensitive]).count(in: "ABC abc aBc") == 3)
        #expect(try Pattern("a.b").count(in: "a\nb") == 0)
        #expect(try Pattern("a.b", options: [.dotAll]).count(in: "a\nb") == 1)
        #expect(try Pattern("^x", options: [.multiline]).count(in: "x\nx\ny") == 2)
        #expect(try Pattern("^.$", options: [.utf]).count(in: "é") == 1)
        #expect(try Pattern("^.$", options: []).count(in: "é") == 0)
        #expect(try Pattern("É", options: [.utf, .caseInsensitive]).count(in: "é") == 1)
    }

    @Test("an empty match advances by a character, and ends")
    func emptyMatches() throws {
        #expect(try Pattern("").matches("aé").map(\.range) == [0..<0, 1..<1, 3..<3])
        #expect(try Pattern("b*").matches("abbc").map(\.range) == [0..<0, 1..<3, 3..<3, 4..<4])
        #expect(try Pattern("").count(in: "") == 1)
    }

    @Test("a fault in the source is reported with its offset and a remedy")
    func syntax() {
        #expect {
            _ = try Pattern("ab(cd")
        } throws: { error in
            guard case .syntax(let source, let offset, let message)? = error as? PatternError
            else { return false }
            let remedy = (error as? PatternError)?.remedy ?? ""
            return source == "ab(cd" && offset == 5 && !message.isEmpty && remedy.contains("5")
        }
    }

    @Test(
        "catastrophic patterns end at a limit, soon",
        arguments: ["^(a+)+$", "^(a|aa)+$", "^(a|a?)+$", "^(x+x+)+[yz]"])
    func catastrophes(source: String) throws {
        let pattern = try Pattern(source)
        let subject = String(repeating: source.contains("x") ? "x" : "a", count: 5_000) + "!"
        let clock = ContinuousClock()
        let elapsed = clock.measure {
            #expect(throws: PatternError.self) { try pattern.firstMatch(in: subject) }
        }
        #expect(elapsed < .seconds(2))
    }

    @Test("deep recursion falls back from the machine stack and stays bounded")
    func recursion() throws {
        let pattern = try Pattern(#"^(\((?1)*\))$"#)
        let depth = 2_000
        let nested = String(repeating: "(", count: depth) + String(repeating: ")", count: depth)
        do throws(PatternError) {
            #expect(try pattern.firstMatch(in: nested)?.range == 0..<(2 * depth))
        } catch {
            guard case .resourceLimit = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test("bytes that are not UTF-8 neither crash nor loop")
    func invalidUTF8() throws {
        let bytes: [UInt8] = [0x61, 0xFF, 0x61, 0xC3, 0x80, 0x61, 0xE2, 0x82, 0x61, 0xF0]
        let letter = try Pattern("a")
        let empty = try Pattern("")
        let found = try bytes.withUnsafeBufferPointer { buffer throws -> [[Match]] in
            [try letter.matches(buffer), try empty.matches(buffer)]
        }
        #expect(found[0].map(\.range) == [0..<1, 2..<3, 5..<6, 8..<9])
        #expect(found[1].count <= bytes.count + 1)
        let nothing = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
        #expect(try letter.firstMatch(in: nothing) == nil)
        #expect(try empty.firstMatch(in: nothing)?.range == 0..<0)
    }

    @Test("one pattern serves many threads at once")
    func concurrency() async throws {
        let pattern = try Pattern(#"(\d+)-(\d+)"#)
        let total = try await withThrowingTaskGroup(of: Int.self) { group in
            for task in 0..<16 {
                group.addTask {
                    var matcher = PatternMatcher(pattern)
                    var sum = 0
                    for index in 0..<200 {
                        let text = "x \(task)-\(index) y"
                        if let range = try matcher.firstMatch(in: text)?.range(of: 2) {
                            sum += Int(Match.text(of: range, in: text)) ?? 0
                        }
                    }
                    return sum
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(total == 16 * 199 * 100)
    }
}
