import Rollouts
import Testing

@testable import Objectives

struct ObjectiveSettingsTests {
    @Test("a recipe replaces axes of a preset")
    func overrides() throws {
        let objective = try Objective.preset("gfpo").applying([
            "k": 4, "statistics": "group", "clip_high": 0.28, "gate": "outcome",
            "refill_rounds": 2, "refill_on_exhaustion": "fall-back", "kl_coefficient": 0,
            "negative_rewards": "refuse", "scale_epsilon": 1e-6, "denominator": "retained",
        ])
        #expect(objective.filter == .tokenEfficiency(k: 4, negatives: .refuse))
        #expect(objective.statistics == .group && objective.gate == .outcome)
        #expect(objective.trust == .clip(low: 0.2, high: 0.28))
        #expect(objective.refill == RefillPolicy(maximumRounds: 2, onExhaustion: .fallBack))
        #expect(objective.kl.coefficient == 0 && objective.denominator == .retained)
        #expect(objective.scale == .standardDeviation(ddof: 0, epsilon: 1e-6))
        _ = try objective.validate(groupSize: 8)

        // A filter with a soft gate is one setting.
        let mixed = try Objective.preset("sapo").applying(["filter": "shortest", "k": 3])
        #expect(mixed.filter == .shortest(k: 3))
        #expect(try Objective.preset("grpo").applying([:]) == Objective.preset("grpo"))
        let constant = try Objective.preset("grpo").applying([
            "aggregation": "constant", "constant_length": 64,
        ])
        #expect(constant.aggregation == .constant(length: 64))
        let range = try Objective.preset("grpo").applying(["gate": "range", "gate_low": 0.1])
        #expect(range.gate == .range(low: 0.1, high: 1))
    }

    @Test(
        "what an axis does not have is refused by name",
        arguments: [
            ("sapo", "clip_low", 0.1), ("grpo", "k", 4), ("grpo", "gate_low", 0.1),
            ("dr-grpo", "scale_ddof", 1), ("grpo", "constant_length", 9),
            ("grpo", "epsilon_high", 0.28), ("grpo", "clip_high", "wide"),
            ("grpo", "gate", "sometimes"), ("grpo", "mask_truncated", 1),
            ("grpo", "kl_estimator", "k9"), ("gfpo-shortest", "negative_rewards", "refuse"),
            ("gfpo", "k", 2.5),
        ] as [(String, String, JSONValue)])
    func refusals(preset: String, setting: String, value: JSONValue) throws {
        let error = #expect(throws: ObjectiveError.self) {
            try Objective.preset(preset).applying([setting: value])
        }
        #expect(
            error?.description.contains("objective.\(setting)") == true || setting == "scale_ddof")
    }

    @Test("every setting is read", arguments: Objective.settingNames)
    func allRead(name: String) throws {
        #expect(throws: ObjectiveError.self) {
            try Objective.preset("gfpo").applying([name: .array([])])
        }
    }

    @Test("an objective's settings make it out of any other")
    func roundTrip() throws {
        for objective in variedObjectives {
            for start in try [Objective(name: "x"), Objective.preset("gfpo-adaptive")] {
                #expect(try start.applying(objective.settings) == objective, "\(objective.name)")
            }
            #expect(Set(objective.settings.keys).isSubset(of: Objective.settingNames))
            #expect(objective.axes.allSatisfy { !$0.formula.isEmpty })
        }
    }

    @Test("every preset is sound, and its name and aliases find it", arguments: Preset.all)
    func presets(preset: Preset) throws {
        _ = try preset.objective.validate(groupSize: 16)
        for name in [preset.name] + preset.aliases {
            #expect(try Objective.preset(name) == preset.objective)
        }
        #expect(
            Preset.all.count { $0.name == preset.name || $0.aliases.contains(preset.name) } == 1)
    }
}
