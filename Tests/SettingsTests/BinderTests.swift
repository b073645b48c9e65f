import Settings
import Testing

private enum Colour: String, SettingChoice { case red, green }

private struct Inner: Configurable, Equatable {
    var rate = 0.5
    var colour = Colour.red
    mutating func bind(_ settings: Binder) throws(SettingsError) {
        try settings.bind("rate", &rate, in: 0...1)
        try settings.bind("colour", &colour)
    }
}

private struct Outer: Configurable, Equatable {
    var name = "none"
    var count = 3
    var minutes: Double?
    var stages: [[Int]] = [[0]]
    var inner = Inner()
    var extra: Inner?
    var list: [Inner] = []
    mutating func bind(_ settings: Binder) throws(SettingsError) {
        try settings.bind("name", &name)
        try settings.bind("count", &count, in: 1...100)
        try settings.bind("minutes", &minutes)
        try settings.bind("stages", &stages)
        try settings.section("inner", &inner)
        try settings.section("extra", &extra)
        try settings.sections("list", &list)
    }
}

@Suite struct BinderTests {
    private func read(_ yaml: String, _ overrides: [String] = []) throws -> Outer {
        try Outer(SettingsDocument(yaml: yaml, file: "r.yaml", overrides: overrides))
    }

    @Test("what is written reads back as the same settings")
    func roundTrip() throws {
        var value = Outer()
        value.name = "true"
        value.minutes = 2.5
        value.stages = [[0], [0, 1]]
        value.inner.colour = .green
        value.extra = Inner(rate: 1)
        value.list = [Inner(rate: 0.25), Inner()]
        #expect(try read(value.yaml()) == value)
        #expect(try read(Outer().yaml()) == Outer())
    }

    @Test("absent keys keep their defaults, overrides win")
    func overrides() throws {
        let value = try read(
            "name: a\ninner:\n  rate: 0.1\n", ["inner.rate=0.9", "extra.colour=green", "count=4e1"])
        #expect(value.name == "a" && value.inner.rate == 0.9 && value.count == 40)
        #expect(value.extra == Inner(rate: 0.5, colour: .green))
    }

    @Test(
        "a bad setting is refused with its place",
        arguments: [
            ("name: a\ninner:\n  rte: 1\n", 3, 3, "inner.rte", "Did you mean `rate`?"),
            ("name: a\ncount: many\n", 2, 8, "count", "whole number in 1...100"),
            ("count: 0\n", 1, 8, "count", "1...100"),
            ("inner:\n  colour: blue\n", 2, 11, "inner.colour", "red, green"),
            ("inner: 5\n", 1, 8, "inner", "Indent"),
            ("list:\n  - rate: 2\n", 2, 11, "list[0].rate", "0.0...1.0"),
            ("inner:\n  rate: .nan\n", 2, 9, "inner.rate", "0.0...1.0"),
        ])
    func refused(yaml: String, line: Int, column: Int, field: String, remedy: String) {
        #expect {
            try read(yaml)
        } throws: { error in
            let error = error as? SettingsError
            return error?.line == line && error?.column == column && error?.field == field
                && error?.remedy.contains(remedy) == true
        }
    }

    @Test(
        "text that is no settings file is refused",
        arguments: ["", "- a\n", "a: [1\n", "a: 1\na: 2\n", "just words"])
    func malformed(yaml: String) {
        #expect(throws: SettingsError.self) { try read(yaml) }
    }

    @Test("a fault in an override names --set")
    func overrideFault() {
        #expect {
            try read("name: a\n", ["count=none"])
        } throws: { error in
            (error as? SettingsError)?.file == "--set"
        }
        #expect(throws: SettingsError.self) { try read("name: a\n", ["count"]) }
    }
}
