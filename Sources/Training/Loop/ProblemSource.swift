import Curricula
import Foundation
import Policy
import Rollouts
import Store

/// The problems of a run: a curriculum inside a SQLite file.
struct ProblemSource {
    let store: AssayStore
    let curriculum: String
    let levels: [Int]
    /// Training problems on each level in use.
    let trainSizes: [Int: Int]
    private let training: TrainingProblems

    /// Opens the curriculum that the recipe names, generating and importing it where it asks to.
    ///
    /// - Parameter imports: false where the store is known to hold what the generator makes.
    init(
        _ recipe: CurriculumRecipe, runStore: AssayStore, imports: Bool = true,
        notice: (String) -> Void
    ) throws {
        // Opening a store makes it where there is none.
        let makes = imports && recipe.generator != nil
        if !makes, let path = recipe.store, !FileManager.default.fileExists(atPath: path) {
            throw TrainingError.file(
                path: path,
                problem: imports
                    ? "there is no such store" : "the store of the problems is gone")
        }
        let store =
            try recipe.store.map { path in
                try makes ? AssayStore(path: path) : AssayStore(reading: path)
            } ?? runStore
        if imports, let task = recipe.generator {
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
            throw TrainingError.emptyCurriculum(
                name: recipe.name, store: store.path, split: "train", levels: recipe.levels)
        }
        self.store = store
        curriculum = recipe.name
        levels = recipe.levels
        trainSizes = used
        training = TrainingProblems(store, curriculum: recipe.name, sizes: used)
    }

    /// What a schedule needs to know of the training problems.
    func contents(_ schedule: ScheduleRecipe, _ engine: PolicyEngine) throws -> CurriculumContents {
        var lengths: [Int: [Int]] = [:]
        for (level, size) in trainSizes where schedule.readsLengths {
            lengths[level] = try (0..<size).map { ordinal in
                let problem = try problem(level: level, ordinal: ordinal)
                return try engine.encode(problem, room: 1).count
                    + engine.tokenizer.encode(problem.answer).count
            }
        }
        if schedule.kind == .lengthPhases, let first = schedule.phaseTokens.first,
            let shortest = lengths.values.lazy.compactMap({ $0.min() }).min(), shortest > first
        {
            throw TrainingError.emptyPhase(tokens: first, shortest: shortest)
        }
        var difficulties: [Int: [Double?]] = [:]
        if schedule.difficulty == .known {
            let rates = try store.passRates(
                curriculum: curriculum, policy: schedule.difficultyPolicy)
            guard !rates.isEmpty else {
                throw TrainingError.noPassRates(
                    curriculum: curriculum, policy: schedule.difficultyPolicy)
            }
            for (level, size) in trainSizes {
                var column = [Double?](repeating: nil, count: size)
                for (ordinal, rate) in rates[level] ?? [:] where ordinal < size {
                    column[ordinal] = 1 - rate
                }
                difficulties[level] = column
            }
        }
        var sources: [String: [Int: [Int]]] = [:]
        if !schedule.sourceWeights.isEmpty {
            sources = try store.sourcePlaces(curriculum: curriculum)
            for name in schedule.sourceWeights.keys.sorted() where sources[name] == nil {
                throw TrainingError.unknownSource(name: name, known: sources.keys.sorted())
            }
        }
        return CurriculumContents(
            sizes: trainSizes, difficulties: difficulties, lengths: lengths, sources: sources)
    }

    /// The training problem at a place of the curriculum's order.
    func problem(level: Int, ordinal: Int) throws -> Problem {
        try problems([Draw(level: level, ordinal: ordinal)])[0]
    }

    /// The training problems that a schedule drew.
    func problems(_ draws: [Draw]) throws -> [Problem] {
        try training.problems(draws)
    }

    /// Held-out problems, the same ones at every call, up to `count` a level.
    func heldOut(perLevel count: Int) throws -> [Problem] {
        try levels.flatMap { level in
            try store.problems(curriculum: curriculum, split: .heldOut, level: level, limit: count)
        }
    }
}
