import Foundation
import Settings
import Testing

@testable import Training

@Suite struct RecipeTests {
    private static let recipes = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../recipes").path

    @Test("shipped recipes read, and read back equal from what they resolve to")
    func shipped() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.recipes)
            .filter { $0.hasSuffix(".yaml") }
        #expect(names.count >= 2)
        for name in names {
            let recipe = try Recipe(SettingsDocument(path: Self.recipes + "/" + name))
            #expect(
                try Recipe(SettingsDocument(yaml: recipe.yaml(), file: name)) == recipe)
        }
    }

    @Test("every arm of every claim is a recipe")
    func claims() throws {
        let folder = Self.recipes + "/claims/"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { $0.hasSuffix(".arms") }
        #expect(names.count >= 10)
        for name in names {
            let lines = try String(contentsOfFile: folder + name, encoding: .utf8)
                .split(separator: "\n").map(String.init)
            func header(_ key: String) -> String? {
                lines.first { $0.hasPrefix("# \(key): ") }.map {
                    String($0.dropFirst(key.count + 4))
                }
            }
            let path = Self.recipes + "/../" + (header("recipe") ?? "recipes/claims/sums.yaml")
            let shared = (header("settings") ?? "").split(separator: " ").map(String.init)
            let arms = lines.filter { !$0.hasPrefix("#") }.map { $0.split(separator: " ") }
            #expect(Set(arms.map { $0[0] }).count == arms.count && arms.count >= 2, "\(name)")
            for arm in arms {
                let own = arm.dropFirst().map(String.init)
                #expect(throws: Never.self, "\(name): \(arm[0])") {
                    try Recipe(SettingsDocument(path: path, overrides: shared + own))
                }
            }
        }
    }

    @Test(
        "what contradicts itself is refused with its field",
        arguments: [
            ("objective: {k: 2}", "objective"),
            ("objective: {filter: shortest, k: 99}", "objective"),
            ("objective: {gate: sometimes}", "objective"),
            ("objective: {preset: ppo, filter: shortest, k: 2}", "objective"),
            ("objective: {clip_low: [1]}", "objective.clip_low"),
            ("objective: {preset: sapo, clip_low: 0.1}", "objective"),
            ("objective: {preset: none}", "objective.preset"),
            ("policy: {heads: 3}", "policy.heads"),
            ("policy: {heads: 4, key_value_heads: 3}", "policy.key_value_heads"),
            ("rollout: {maximum_new_tokens: 500}", "rollout"),
            ("curriculum: {stages: [[0]]}", "curriculum.stages"),
            ("curriculum: {generator: null}", "curriculum.store"),
            ("curriculum: {generator: lookup, task: guessing}", "curriculum.task"),
            ("name: ../x", "name"),
            ("curriculum: {schedule: adarft, problems: lilo}", "curriculum.problems"),
            ("curriculum: {schedule: adarft, retire_at: 0.9}", "curriculum.retire_at"),
            (
                "curriculum: {schedule: length_phases, phase_tokens: [9], exploration: 0.1}",
                "curriculum.exploration"
            ),
            ("comparison: {name: ../x}", "comparison.name"),
            ("comparison: {name: run}", "comparison"),
            ("optimizer: {learning_rate: fast}", "optimizer.learning_rate"),
            ("warmup: {level_weights: [1]}", "warmup"),
            ("warmup: {pass_weights: [0, 0]}", "warmup.pass_weights"),
            ("warmup: {pass_weights: [1, .inf]}", "warmup.pass_weights"),
            ("steps: 3", "steps"),
        ])
    func refused(yaml: String, field: String) {
        #expect {
            try Recipe(SettingsDocument(yaml: yaml, file: "r.yaml"))
        } throws: { error in
            (error as? SettingsError)?.field == field
        }
    }
}
