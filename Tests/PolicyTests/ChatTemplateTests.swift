import Foundation
import Rollouts
import Testing

@testable import Policy

@Suite struct ChatTemplateTests {
    /// The rows of `Golden/chat.jsonl`, written with jinja2 3.1.6 by `Benchmarks/parity/templates.py`.
    @Test("templates write what jinja2 writes")
    func golden() throws {
        var templates: [String: ChatTemplate] = [:]
        for row in try GoldenFolder.rows("chat.jsonl") {
            let expected = row["text"]?.string
            if let name = row["name"]?.string, let source = row["source"]?.string {
                templates[name] = try ChatTemplate(source)
            } else if let name = row["name"]?.string {
                let template = try #require(templates[name])
                let text = try? template.text(
                    of: Self.messages(row), addsGenerationPrompt: row["add"] == true,
                    variables: row["variables"]?.members ?? [:])
                #expect(Self.same(text, expected), "\(row.serialized())\n\(text ?? "nil")")
            } else {
                let source = try #require(row["source"]?.string)
                let text = try? ChatTemplate(source).text(of: [], addsGenerationPrompt: false)
                #expect(Self.same(text, expected), "\(row.serialized())\n\(text ?? "nil")")
            }
        }
    }

    static func messages(_ row: JSONValue) -> [ChatMessage] {
        (row["messages"]?.array ?? []).map {
            ChatMessage(role: $0["role"]?.string ?? "", content: $0["content"]?.string ?? "")
        }
    }

    static func same(_ left: String?, _ right: String?) -> Bool {
        switch (left, right) {
        case (nil, nil): true
        case (let left?, let right?): left.utf8.elementsEqual(right.utf8)
        default: false
        }
    }

    @Test(
        "what is not supported is named with its line",
        arguments: [
            ("a\n{% include 'x' %}", 2, "include"), ("{{ 1 | nosuch }}", 1, "nosuch"),
            ("\n\n{{ 'a'.encode() }}", 3, "encode"), ("{% for x in y %}", 1, "end"),
            ("{{ 1 +", 1, "end"), ("{{ 2 ** 3 }}", 1, "**"), ("{% if %}", 1, "value"),
            ("{{ x is nosuch }}", 1, "nosuch"), ("{{ nosuch() }}", 1, "nosuch"),
            ("{# x", 1, "comment"), ("{{ 'x }}", 1, "string"), ("{% raw %}x{% endraw %}", 1, "raw"),
            ("{{ \u{7F} }}", 1, "unexpected"), ("{{ 99999999999999999999 }}", 1, "large"),
            ("{{ 9223372036854775807 + 1 }}", 1, "large"), ("{{ 1 // 0 }}", 1, "zero"),
            ("{{ raise_exception('sorry') }}", 1, "sorry"), ("{% break %}", 1, "break"),
        ])
    func unsupported(source: String, line: Int, named: String) throws {
        do throws(PolicyError) {
            let text = try ChatTemplate(source).text(of: [], addsGenerationPrompt: false)
            Issue.record("it wrote \(text)")
        } catch {
            guard case .chatTemplate(let found, let reason) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(found == line)
            #expect(reason.contains(named), "\(reason)")
        }
    }

    static let bombs = [
        "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
        "{% set ns = namespace(x='a') %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
        "{{ 'a' * 9223372036854775807 }}", "{{ range(9223372036854775807) }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{{ 'x'.replace('x', 'y' * 60000000) * 9 }}",
        String(repeating: "(", count: 100_000), "{{ " + String(repeating: "(", count: 100_000),
        "{{ " + String(repeating: "[", count: 50_000) + String(repeating: "]", count: 50_000)
            + " }}",
        "{{ 1" + String(repeating: " + 1", count: 100_000) + " }}",
        "{{ a" + String(repeating: ".a", count: 100_000) + " }}",
        "{{ " + String(repeating: "not ", count: 100_000) + "x }}",
        "{{ " + String(repeating: "-", count: 100_000) + "1 }}",
        String(repeating: "{% if true %}", count: 50_000),
        "{% set ns = namespace() %}{% set ns.a = ns %}{{ ns.a }}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(30) %}{% set ns.x = [ns.x, ns.x] %}"
            + "{% endfor %}{{ ns.x == ns.x }}",
        "{% set ns = namespace(x=[]) %}{% for i in range(9999) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
    ]

    @Test("no template runs without end or eats the memory", arguments: bombs.indices)
    func bounded(index: Int) {
        let start = ContinuousClock.now
        _ = try? ChatTemplate(Self.bombs[index]).text(of: [], addsGenerationPrompt: false)
        #expect(ContinuousClock.now - start < .seconds(30))
    }

    @Test("changed templates are run or refused, never worse")
    func mutations() throws {
        var random = SplitMix64(seed: 3)
        let sources = try GoldenFolder.rows("chat.jsonl").compactMap { $0["source"]?.string }
        let messages = [
            ChatMessage(role: "user", content: "a"), ChatMessage(role: "assistant", content: "b"),
        ]
        for round in 0..<4_000 {
            var scalars = Array(sources[round % sources.count].unicodeScalars)
            for _ in 0...(random.next() % 4) where !scalars.isEmpty {
                let place = Int(random.next() % UInt64(scalars.count))
                switch random.next() % 3 {
                case 0: scalars.remove(at: place)
                case 1: scalars.insert(Unicode.Scalar(UInt8(random.next() % 128)), at: place)
                default: scalars.swapAt(place, Int(random.next() % UInt64(scalars.count)))
                }
            }
            var view = String.UnicodeScalarView()
            view.append(contentsOf: scalars)
            _ = try? ChatTemplate(String(view)).text(of: messages, addsGenerationPrompt: true)
        }
    }

    @Test("the date is a parameter")
    func date() throws {
        let template = try ChatTemplate("{{ strftime_now('%Y') }}")
        let date = Date(timeIntervalSince1970: 1_000_000_000)
        #expect(try template.text(of: [], addsGenerationPrompt: false, date: date) == "2001")
    }
}
