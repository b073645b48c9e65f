import Curricula
import Rollouts
import Store

/// The training problems of a run: held in memory where they are few and short, else read as they
/// are drawn.
final class TrainingProblems {
    private static let mostBytes = 64 << 20

    private let store: AssayStore
    private let curriculum: String
    private let sizes: [Int: Int]
    private let mostHeld: Int
    /// By level and place; nil before the first draw.
    private var held: [Int: [Problem]]?

    /// - Parameter mostHeld: how many problems are held in memory at most.
    init(
        _ store: AssayStore, curriculum: String, sizes: [Int: Int], mostHeld: Int = 50_000
    ) {
        self.mostHeld = mostHeld
        self.store = store
        self.curriculum = curriculum
        self.sizes = sizes
    }

    /// The problems at places of their levels' orders.
    func problems(_ draws: [Draw]) throws -> [Problem] {
        let held = try self.held ?? hold()
        self.held = held
        let known = draws.compactMap { draw in
            held[draw.level].flatMap {
                $0.indices.contains(draw.ordinal) ? $0[draw.ordinal] : nil
            }
        }
        if known.count == draws.count { return known }
        return try store.problems(
            curriculum: curriculum, split: .train,
            places: draws.map { (level: $0.level, ordinal: $0.ordinal) })
    }

    private func hold() throws -> [Int: [Problem]] {
        guard sizes.values.reduce(0, +) <= mostHeld,
            try store.textBytes(curriculum: curriculum, split: .train) <= Self.mostBytes
        else { return [:] }
        var held: [Int: [Problem]] = [:]
        for (level, size) in sizes {
            let problems = try store.problems(
                curriculum: curriculum, split: .train, level: level)
            // Others may import meanwhile: what came later lies behind.
            guard problems.count >= size else { return [:] }
            held[level] = Array(problems.prefix(size))
        }
        return held
    }
}
