import Curricula
import Rollouts
import Store

/// The problems of a run: a curriculum inside a SQLite file.
struct ProblemSource {
    let store: AssayStore
    let curriculum: String
    let levels: [Int]
    /// Training problems on each level in use.
    let trainSizes: [Int: Int]

    /// Opens the curriculum that the recipe names, generating and importing it where it asks to.
    init(_ recipe: CurriculumRecipe, runStore: AssayStore, notice: (String) -> Void) throws {
        let store = try recipe.store.map { try AssayStore(path: $0) } ?? runStore
        if let task = recipe.generator {
            let generator = recipe.task
            for (split, count) in [
                (Split.train, recipe.trainPerLevel), (.heldOut, recipe.heldOutPerLevel),
            ] {
                var added = 0
                for level in recipe.levels {
                    let problems = try generator.problems(
                        level: level, count: count, seed: recipe.generatorSeed, split: split)
                    added += try store.importProblems(
                        problems, curriculum: recipe.name, split: split,
                        source: SourceInfo(
                            name: task.rawValue, format: "generator",
                            hash: "seed \(recipe.generatorSeed), \(count) a level")
                    ).added
                }
                if added > 0 { notice("imported \(added) \(split.rawValue) problems") }
            }
        }
        let sizes = try store.levelSizes(curriculum: recipe.name, split: .train)
        let used = sizes.filter { recipe.levels.contains($0.key) }
        guard !used.isEmpty else {
            throw TrainingError.emptyCurriculum(split: "train", levels: recipe.levels)
        }
        self.store = store
        curriculum = recipe.name
        levels = recipe.levels
        trainSizes = used
    }

    /// The training problem at a place of the curriculum's order.
    func problem(level: Int, ordinal: Int) throws -> Problem {
        try store.problem(curriculum: curriculum, split: .train, level: level, ordinal: ordinal)
    }

    /// Held-out problems, the same ones at every call, up to `count` a level.
    func heldOut(perLevel count: Int) throws -> [Problem] {
        try levels.flatMap { level in
            try store.problems(curriculum: curriculum, split: .heldOut, level: level, limit: count)
        }
    }
}
