import Curricula
import Rollouts

/// What a generated task's own scorer says of the answer: 0…1, right from one half.
///
/// Of an `InteractiveTask` the whole transcript is the answer. Gold is what `assay curriculum generate
/// TASK` wrote as the problem's answer.
public struct TaskReward: RewardFunction {
    /// `task`.
    public static let type = "task"
    /// Nil where the whole completion is judged as it is.
    private let reader: MarkedAnswer?
    private let task: any ProblemGenerator.Type

    /// Looks at whether the answer is right.
    public var traits: RewardTraits { RewardTraits(basis: .correctness) }

    /// Reads `task`, the generator's name, and `answer`: where the answer stands.
    public init(_ settings: inout SpecReader) throws(RewardError) {
        let name: GeneratedTask = try settings.choice("task")
        task = name.type
        // A schema tells the default of tasks of one turn.
        let isTranscript = settings.notes == nil && task is any InteractiveTask.Type
        let place = try settings.choice(
            "answer", default: isTranscript ? MarkedAnswer.Place.whole : .stated)
        if isTranscript, place != .whole {
            throw .wrongType(
                settings.valuePlace(of: "answer"), key: "answer",
                expected: "whole, as \(task.name) judges transcripts",
                found: "'\(place.rawValue)'")
        }
        reader = isTranscript ? nil : MarkedAnswer(place)
    }

    /// Extracts the answer and grades it.
    public func score(_ input: ScoringInput) -> RewardResult {
        guard let gold = input.gold, !gold.isEmpty else {
            return .unscored(.goldUnparseable, "the row has no gold answer")
        }
        let found = reader.map { $0.text(of: input.completion) } ?? input.completion
        guard let answer = found, reader != nil || !answer.isEmpty else {
            guard task.grade("", gold: gold) != nil else { return Self.foreign(gold, task) }
            return RewardResult(value: 0, status: .answerMissing, reason: "no_answer")
        }
        guard let grade = task.grade(answer, gold: gold) else { return Self.foreign(gold, task) }
        return RewardResult(value: grade.value, reason: grade.reason, extracted: answer)
    }

    private static func foreign(
        _ gold: String, _ task: any ProblemGenerator.Type
    ) -> RewardResult {
        .unscored(.goldUnparseable, "`\(gold.prefix(40))` is no gold of \(task.name)")
    }
}
