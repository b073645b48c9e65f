import Foundation
import Rollouts
import Testing

@testable import Rewards

@Suite struct SpecSchemaTests {
    private static let schema = SpecSchema.json()

    private func branch(_ type: String) -> JSONValue? {
        let items = Self.schema["properties"]?["rewards"]?["items"]
        return items?["allOf"]?.array?.first {
            $0["if"]?["properties"]?["type"]?["const"]?.string == type
        }?["then"]
    }

    @Test("the published schema is the one that the code makes")
    func published() throws {
        let path = ShippedSpecTests.folder.appending(path: "schema.json")
        let text = try String(contentsOf: path, encoding: .utf8)
        #expect(text == (try SpecSchema.text()), "run: assay schema --out verifiers/schema.json")
    }

    @Test(
        "every type knows every key that its reader allows",
        arguments: RewardSpec.builtIn.map { $0.type })
    func keys(type: String) throws {
        let function = try #require(RewardSpec.builtIn.first { $0.type == type })
        let found = SpecSchema.settings(of: function)
        let properties = try #require(branch(type)?["properties"])
        guard case .object(let members) = properties else { return }
        // What a reader that is content allows besides what all parts have.
        let settings = found.required.sorted().map { "\($0): \(Self.value(of: $0))" }
        let extra = type == "numeric" ? ["absolute: 1"] : []
        let yaml =
            "name: s\nrewards: [{type: exact, name: a}, {\((["type: \(type), name: b, zzz: 1"] + settings + extra).joined(separator: ", "))}]\noutcome: a\n"
        guard case .unknownKey(_, "zzz", let allowed)? = specError(yaml) else {
            Issue.record("\(String(describing: specError(yaml)))")
            return
        }
        #expect(Set(allowed).subtracting(members.keys).isEmpty)
        #expect(found.required.isSubset(of: allowed))
    }

    private static func value(of key: String) -> String {
        switch key {
        case "url": "'http://a'"
        case "unit": "tokens"
        case "maximum": "100"
        case "cache", "ngram": "3"
        case "scripts": "[latin]"
        case "run": "[sh]"
        case "of": "[a]"
        case "mode": "max"
        case "formula": "a"
        case "pattern": "'(x)'"
        case "task": "arithmetic"
        default: "x"
        }
    }

    @Test("the keys of a spec are those that its reader allows")
    func top() throws {
        let yaml =
            "name: s\nrewards: [{type: math}]\noutcome: math\nzzz: 1\ncombine: formula\ntotal: math\n"
        guard case .unknownKey(_, "zzz", let allowed)? = specError(yaml),
            case .object(let members)? = Self.schema["properties"]
        else {
            Issue.record("no unknown key")
            return
        }
        #expect(Set(allowed) == Set(members.keys))
    }

    @Test("closed lists, defaults and what must be there are told")
    func details() {
        let overlong = branch("overlong")
        #expect(overlong?["required"] == ["type", "cache", "maximum", "unit"])
        #expect(
            overlong?["properties"]?["unit"]?["enum"] == ["tokens", "characters", "words"])
        #expect(branch("math")?["properties"]?["several_boxes"]?["default"] == "hedge")
        #expect(
            branch("json")?["properties"]?["members"]?["items"]?["properties"]?["minimum"] != nil)
        #expect(branch("format")?["properties"]?["minimum"]?["type"] == "integer")
        #expect(branch("command")?["properties"]?["compare"]?["enum"] == ["lines", "words"])
    }
}
