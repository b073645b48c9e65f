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
            ("comparison: {name: ../x}", "comparison.name"),
            ("comparison: {name: run}", "comparison"),
            ("optimizer: {learning_rate: fast}", "optimizer.learning_rate"),
            ("warmup: {level_weights: [1]}", "warmup"),
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
