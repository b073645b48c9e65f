import Foundation
import Rollouts
import Testing

@Suite struct JSONReaderTests {
    static func parse(_ text: String) throws -> JSONValue {
        try JSONReader.parse(Array(text.utf8))
    }

    @Test(arguments: [
        #"{"a":[1,-2.5,0.125,true,false,null,"x"],"b":{}}"#, "[]", " [ 1 , 2 ] ", "\"\"", "0",
        "-0.5",
        #""\u00e9\n\t\"\\\/\b\f\r""#, #""\ud83d\ude00""#, "9223372036854775807",
        #"{"":1}"#, "\"ünïcødé 漢字 🎈\"",
    ])
    func agreesWithFoundation(text: String) throws {
        let expected = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
        #expect(try Self.parse(text) == expected)
    }

    @Test(arguments: [
        "", "{", "[", "\"", "\"\\", "\"\\u12", "tru", "nul", "01", "-", "1.", "1e", ".5", "+1",
        "NaN",
        "[1,]", "{\"a\":1,}", "{\"a\"}", "{a:1}", "[1 2]", "1 2", "'a'", "\"\u{1}\"",
        "{1:2}",
        "\"\\x\"", "]", "\u{FEFF}1",
    ])
    func refuses(text: String) {
        #expect(throws: JSONReader.Fault.self) { try Self.parse(text) }
    }

    @Test(
        "numbers keep the spelling that a Double would lose",
        arguments: [
            "1.0", "2.50", "1e-3", "0.00001", "123456789012345678901234567890", "-1e400",
            "0.1234567890123456789", "9223372036854775808", "-0.0", "1E5",
        ])
    func numerals(text: String) throws {
        let value = try Self.parse(text)
        #expect(value == .numeral(text))
        #expect(value.scalarText == text && value.serialized() == text)
        #expect(value.double == Double(text).flatMap { $0.isFinite ? $0 : nil })
    }

    @Test("what a Double gives back as it was written is a Double")
    func numbers() throws {
        for _ in 0..<1000 {
            let text =
                "\(Int.random(in: -99999...99999)).\(Int.random(in: 0...9999))\(Int.random(in: 1...9))"
            #expect(try Self.parse(text) == .number(#require(Double(text))))
            #expect(try Self.parse(text).scalarText == text)
        }
        #expect(try Self.parse("3.0").int == 3)
    }

    @Test("what Python writes for no number is null where that is asked for")
    func notANumber() throws {
        let text = Array("[NaN,-Infinity,Infinity,1]".utf8)
        #expect(try JSONReader.parse(text, allowsNaN: true) == .array([.null, .null, .null, 1]))
        #expect(throws: JSONReader.Fault.self) { try JSONReader.parse(text) }
        for bad in ["nan", "-Inf", "Nan", "-", "-I"] {
            #expect(throws: JSONReader.Fault.self) {
                try JSONReader.parse(Array(bad.utf8), allowsNaN: true)
            }
        }
    }

    @Test func everyCutOfADocumentIsRefusedOrWhole() throws {
        let bytes = Array(#"{"a":["\u00e9é",{"b":-1.5e2}],"c":null}"#.utf8)
        for count in 0..<bytes.count {
            #expect(throws: JSONReader.Fault.self) { try JSONReader.parse(Array(bytes[..<count])) }
        }
        _ = try JSONReader.parse(bytes)
    }

    @Test func noBytesCrashIt() {
        var random = SplitMix64(seed: 5)
        let alphabet = Array(#"{}[]",:\u0e1-+. tfn"#.utf8) + [0xFF, 0xC3, 0xE9, 0x00]
        for _ in 0..<20_000 {
            let bytes = (0..<random.below(24)).map { _ in alphabet[random.below(alphabet.count)] }
            _ = try? JSONReader.parse(bytes)
        }
    }

    @Test func halvesOfSurrogatesBecomeReplacements() throws {
        #expect(try Self.parse(#""\ud83d""#) == .string("\u{FFFD}"))
        #expect(try Self.parse(#""\ude00x""#) == .string("\u{FFFD}x"))
        #expect(try Self.parse(#""\ud83d\u0041""#) == .string("\u{FFFD}A"))
    }

    @Test func depthIsBounded() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: JSONReader.Fault.self) { try Self.parse(deep) }
    }

    @Test func theFaultHasItsPlace() {
        #expect(throws: JSONReader.Fault(offset: 5, reason: "neither a value nor a bracket")) {
            try Self.parse(#"{"a":x}"#)
        }
        #expect(throws: JSONReader.Fault(offset: 1, reason: "a string that is not UTF-8")) {
            try JSONReader.parse([0x22, 0xFF, 0x22])
        }
    }
}
