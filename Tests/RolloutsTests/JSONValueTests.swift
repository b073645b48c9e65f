import Foundation
import Rollouts
import Testing

@Suite struct JSONValueTests {
    @Test("what is written reads back as the same value")
    func roundTrip() throws {
        let value: JSONValue = .object([
            "a": .array([1, 2.5, true, .null, "tab\t\"quote\" \u{1}é"]),
            "big": .integer(.max), "empty": .object([:]),
        ])
        #expect(try JSONValue.parse(Data(value.serialized().utf8)) == value)
    }

    @Test("a gold answer's spelling survives")
    func scalarText() {
        #expect(JSONValue.integer(72).scalarText == "72")
        #expect(JSONValue.number(0.5).scalarText == "0.5")
        #expect(JSONValue.number(5).scalarText == "5")
        #expect(JSONValue.array([]).scalarText == nil)
    }

    @Test("no NaN leaves")
    func nonFinite() {
        #expect(JSONValue.number(.nan).serialized() == "null")
    }
}
