import Foundation
public import Store

/// What storing costs a run: the time inside the store beside the time of the steps.
public struct LoopBenchmark {
    /// Medians over the steps, in seconds; shares are of sums.
    public struct Figures: Sendable {
        /// Steps that were timed.
        public var steps: Int
        /// A whole step.
        public var step: Elapsed
        /// Reading problems from the store.
        public var reading: Elapsed
        /// The step's transaction: metrics, schedule, every rollout with its text.
        public var recording: Elapsed
        /// Appending to the metric files.
        public var publishing: Elapsed
        /// Reading and recording, of the whole.
        public var share: Elapsed
    }

    /// Steps at the start that do not count.
    private static let unsteady = 3

    private let recipe: Recipe
    private let directory: RunDirectory

    /// Steps of a recipe in an empty folder, every rollout stored, without evaluations on the way.
    public init(_ recipe: Recipe, steps: Int, in directory: RunDirectory) {
        var recipe = recipe
        recipe.budget.steps = steps + Self.unsteady
        recipe.budget.minutes = nil
        recipe.budget.rolloutsEvery = 1
        recipe.budget.checkpointEvery = recipe.budget.steps
        recipe.evaluation.every = 0
        recipe.evaluation.finalProblemsPerLevel = 1
        recipe.comparison = nil
        self.recipe = recipe
        self.directory = directory
    }

    /// Trains and times.
    ///
    /// - Throws: as `TrainingRun.train`.
    public func run() throws -> Figures {
        let watch = Stopwatch()
        _ = try TrainingRun(recipe, in: directory).train(
            .start, observer: watch, interruption: Interruption())
        let times = Array(watch.times.dropFirst(Self.unsteady))
        let whole = times.reduce(Elapsed()) { $0 + $1.step }
        let store = times.reduce(Elapsed()) { $0 + $1.reading + $1.recording }
        return Figures(
            steps: times.count, step: Self.median(times.map(\.step)),
            reading: Self.median(times.map(\.reading)),
            recording: Self.median(times.map(\.recording)),
            publishing: Self.median(times.map(\.publishing)),
            share: Elapsed(
                wall: store.wall / max(whole.wall, 1e-9),
                processor: store.processor / max(whole.processor, 1e-9)))
    }

    private static func median(_ times: [Elapsed]) -> Elapsed {
        func middle(_ values: [Double]) -> Double {
            values.isEmpty ? 0 : values.sorted()[values.count / 2]
        }
        return Elapsed(
            wall: middle(times.map(\.wall)), processor: middle(times.map(\.processor)))
    }

    /// Keeps the times of all steps.
    private final class Stopwatch: TrainingObserver {
        private(set) var times: [StepTimes] = []

        func notice(_ text: String) {}
        func progress(_ progress: TrainingProgress) {}
        func finished(_ times: StepTimes) { self.times.append(times) }
    }
}
