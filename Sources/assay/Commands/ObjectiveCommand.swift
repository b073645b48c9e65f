import ArgumentParser
import Foundation
import Objectives
import Rewards
import Rollouts
import Settings
import Training

/// `assay objective`: what the algorithms compute, axis by axis.
struct ObjectiveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "objective",
        abstract: "List algorithms, show what one computes, explain what a recipe computes.",
        discussion: """
            An algorithm is a value on each of some axes. A preset names such values; NAME@trl and \
            NAME@verl are what those libraries compute under the name. A recipe takes a preset and \
            changes axes under `objective:` by the settings that `show` prints.

            Examples:
              assay objective list
              assay objective show dapo
              assay objective explain recipes/arithmetic.yaml
            """,
        subcommands: [
            ObjectiveListCommand.self, ObjectiveShowCommand.self, ObjectiveExplainCommand.self,
        ])
}

/// `assay objective list`: the presets.
struct ObjectiveListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Name every preset with what it is and where it is from.")

    @Flag(help: "Print a JSON array.")
    var json = false

    func run() throws {
        if json {
            let rows = Preset.all.map { ObjectiveText.json($0) }
            print(JSONValue.array(rows).serialized())
            return
        }
        let width = (Preset.all.map(\.name.count).max() ?? 0) + 2
        for preset in Preset.all {
            let name = preset.name.padding(toLength: width, withPad: " ", startingAt: 0)
            let also =
                preset.aliases.isEmpty
                ? "" : " (also \(preset.aliases.joined(separator: ", ")))"
            print("\(name)\(preset.summary)\(also)")
        }
    }
}

/// `assay objective show`: one preset.
struct ObjectiveShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print a preset's formula, its axes and their settings.")

    @Argument(help: "The preset, such as dapo or grpo@trl.")
    var preset: String

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let preset = try Preset.named(preset)
        if json {
            print(ObjectiveText.json(preset).serialized())
            return
        }
        print("\(preset.name): \(preset.summary)")
        print("source: \(preset.source)")
        if let needs = preset.needs { print("needs: \(needs)") }
        print("")
        ObjectiveText.printAxes(preset.objective, base: nil)
    }
}

/// `assay objective explain`: what a recipe computes.
struct ObjectiveExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Print what a recipe's objective computes, what it changes, and what is doubtful."
    )

    @Argument(help: "The recipe, a YAML file.")
    var recipe: String

    @Option(name: .customLong("set"), help: "Override a field: --set objective.k=6.")
    var overrides: [String] = []

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let recipe = try Recipe(SettingsDocument(path: recipe, overrides: overrides))
        let preset = try Preset.named(recipe.objective.preset)
        let objective = try recipe.objective.resolve(rollout: recipe.rollout)
        let spec = try RewardSpec.load(path: recipe.reward)
        let warnings =
            try objective.validate(groupSize: recipe.rollout.group, rewards: spec.profile)
            + recipe.warnings
        if json {
            var object: [String: JSONValue] = ["preset": .string(preset.name)]
            object["axes"] = .array(objective.axes.map(ObjectiveText.json))
            object["settings"] = .object(objective.settings)
            object["warnings"] = .array(warnings.map { .string($0) })
            print(JSONValue.object(object).serialized())
            return
        }
        print("\(recipe.name): \(preset.name), groups of \(recipe.rollout.group)")
        print("source: \(preset.source)")
        if let needs = preset.needs { print("needs: \(needs)") }
        print("")
        ObjectiveText.printAxes(objective, base: preset.objective)
        print("")
        if warnings.isEmpty { print("no warnings") }
        for warning in warnings { print("warning: \(warning)") }
    }
}

/// Objectives on the screen.
private enum ObjectiveText {
    /// The axes that are computed, a line each; what differs from `base` is marked.
    static func printAxes(_ objective: Objective, base: Objective?) {
        let axes = objective.axes.filter(\.isUsed)
        let width = (axes.map(\.name.count).max() ?? 0) + 2
        print(
            objective.preference == nil
                ? "L = Σ w·c·ℓ(ρ, Â) + KL − entropy, over the tokens that are trained on\n"
                : "L = mean over pairs\n")
        let before = Dictionary(
            uniqueKeysWithValues: (base?.axes ?? []).map { ($0.name, $0.settings) })
        for axis in axes {
            let isChanged = before[axis.name].map { $0 != axis.settings } ?? false
            let name = axis.name.padding(toLength: width, withPad: " ", startingAt: 0)
            print("\(isChanged ? "* " : "  ")\(name)\(axis.formula)")
            let words = axis.settings.sorted { $0.key < $1.key }.map {
                "\($0.key): \($0.value.string ?? $0.value.serialized())"
            }
            print("    \(String(repeating: " ", count: width))\(words.joined(separator: ", "))")
        }
        if base != nil { print("\n* differs from the preset") }
    }

    static func json(_ preset: Preset) -> JSONValue {
        .object([
            "name": .string(preset.name), "summary": .string(preset.summary),
            "source": .string(preset.source),
            "aliases": .array(preset.aliases.map { .string($0) }),
            "needs": preset.needs.map { .string($0) } ?? .null,
            "axes": .array(preset.objective.axes.map(json)),
            "settings": .object(preset.objective.settings),
        ])
    }

    static func json(_ axis: AxisDescription) -> JSONValue {
        .object([
            "axis": .string(axis.name), "formula": .string(axis.formula),
            "settings": .object(axis.settings), "used": .bool(axis.isUsed),
        ])
    }
}
