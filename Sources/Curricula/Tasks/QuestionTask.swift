import Rollouts

/// One question of a task, as its prompt writes it.
protocol TaskQuestion: Sendable {
    /// Reads a prompt; nil for one that the task would not write or that has no answer.
    init?(prompt: String)
    /// What is asked.
    var prompt: String { get }
    /// The gold answer, with all that the grader needs.
    var answer: String { get }
    /// What the wall goes by: equal for questions that differ in order alone.
    var key: String { get }
    /// What a demonstration knows beyond the prompt.
    var metadata: [String: JSONValue] { get }
}

extension TaskQuestion {
    var key: String { prompt }
    var metadata: [String: JSONValue] { [:] }
}

/// A task that draws its questions one by one; the rest follows from that.
protocol QuestionTask: ProblemGenerator {
    associatedtype Question: TaskQuestion
    /// The most passes of a demonstration, each as likely; every further one stands after a `?`.
    static var passes: Int { get }

    init()
    /// A question of the level; nil where the draw was an unlucky one.
    static func drawn(level: Int, using rng: inout SplitMix64) -> Question?
    /// The question of a problem, with what its metadata adds.
    static func question(of problem: Problem) -> Question?
    /// One pass: what the pupil writes, and the answer that it comes to.
    static func worked(_ question: Question, by pupil: inout Pupil) -> (
        working: String, answer: String
    )
}

extension QuestionTask {
    static var passes: Int { 1 }

    static func question(of problem: Problem) -> Question? { Question(prompt: problem.prompt) }

    func problems(
        level: Int, count: Int, seed: UInt64, split: Split
    ) throws(CurriculumError) -> [Problem] {
        guard Self.levels.indices.contains(level) else {
            throw .unknownLevel(level: level, known: 0...Self.levels.count - 1)
        }
        var rng = SplitMix64(
            seed: seed, UInt64(level), split == .train ? 0 : 1, stableHash(Self.name))
        var chosen: [Problem] = []
        var seen: Set<String> = []
        var misses = 0
        // So many draws without a new one that a level has, as good as surely, none left.
        while chosen.count < count, misses < 1000 + 40 * seen.count {
            misses += 1
            guard let question = Self.drawn(level: level, using: &rng),
                seen.insert(question.prompt).inserted
            else { continue }
            misses = 0
            if Self.side(question) == split { chosen.append(Self.problem(question, level)) }
        }
        return chosen
    }

    func demonstration(
        for problem: Problem, noise: DemonstrationNoise, using rng: inout SplitMix64
    ) throws(CurriculumError) -> String {
        guard let question = Self.question(of: problem) else {
            throw .notOfTask(prompt: problem.prompt, task: Self.name)
        }
        var pupil = Pupil(noise: noise, random: rng)
        var workings: [String] = []
        var answer = ""
        for pass in 0..<1 + pupil.random.below(Self.passes) {
            pupil.isFirstPass = pass == 0
            let work = Self.worked(question, by: &pupil)
            workings.append(work.working)
            answer = work.answer
        }
        rng = pupil.random
        return "<think>\(workings.joined(separator: "?"))</think><answer>\(answer)</answer>"
    }

    /// A digit of the prompt becomes another, or the whole question does, and gold with it: in either
    /// case the response is wrong by the new gold.
    func perturbed(
        _ problem: Problem, answeredBy response: String, using rng: inout SplitMix64
    ) -> Problem {
        guard let answer = Self.answer(in: response) else { return problem }
        for attempt in 0..<128 {
            let other =
                attempt < 64
                ? Question(prompt: Self.withOtherDigit(problem.prompt, using: &rng))
                : Self.drawn(level: problem.level ?? 0, using: &rng)
            guard let other, other.prompt != problem.prompt,
                let grade = Self.grade(answer, gold: other.answer), grade.value < 0.5
            else { continue }
            return Self.replacing(problem, with: other)
        }
        return problem
    }

    /// The problem with another question in its place.
    static func replacing(_ problem: Problem, with question: Question) -> Problem {
        var changed = problem
        changed.prompt = question.prompt
        changed.answer = question.answer
        changed.metadata = question.metadata
        return changed
    }

    private static func side(_ question: Question) -> Split {
        stableHash("\(name) \(question.key)") % 7 == 0 ? .heldOut : .train
    }

    private static func problem(_ question: Question, _ level: Int) -> Problem {
        let prompt = question.prompt
        let mark =
            prompt.utf8.count <= 64
            ? String(prompt.dropLast()) : String(stableHash(prompt), radix: 16)
        return Problem(
            id: "\(name)-\(level)-\(mark)", prompt: prompt, answer: question.answer, level: level,
            tags: [name], metadata: question.metadata)
    }
}

/// Who works a question out, and errs with the noise's chances.
struct Pupil {
    let noise: DemonstrationNoise
    var random: SplitMix64
    var isFirstPass = true

    init(noise: DemonstrationNoise, random: SplitMix64) {
        self.noise = noise
        self.random = random
    }

    /// Whether something is forgotten here.
    mutating func forgets() -> Bool {
        random.uniform() < (isFirstPass ? noise.forgetsCarry : noise.forgetsCarryAgain)
    }

    /// Whether something wrong is written here.
    mutating func slips() -> Bool { random.uniform() < noise.slips }

    /// The number as it is written down: its last digit is another where the pupil slips.
    mutating func written<Number: FixedWidthInteger & SignedInteger>(_ value: Number) -> Number {
        slips() ? otherNumber(than: value) : value
    }

    /// The number with another last digit.
    mutating func otherNumber<Number: FixedWidthInteger & SignedInteger>(
        than value: Number
    ) -> Number {
        let digit = abs(value) % 10
        let change = (digit + 1 + Number(random.below(9))) % 10 - digit
        return value < 0 ? value - change : value + change
    }
}
