import Foundation
import Synchronization

/// Places for work that waits on others, shared by all threads that score.
final class Lanes: Sendable {
    private let count: Int
    private let places: DispatchSemaphore

    /// So many pieces of work are under way at once.
    init(_ count: Int) {
        self.count = count
        places = DispatchSemaphore(value: count)
    }

    /// What `work` gives for each of `0..<items`, in order, each on a thread of its own.
    func map<Value: Sendable>(
        _ items: Int, _ work: @escaping @Sendable (Int) -> Value
    ) -> [Value] {
        let values = Mutex([Value?](repeating: nil, count: items))
        let next = Atomic(0)
        // The caller is a lane itself, so that one item costs no thread.
        let run: @Sendable () -> Void = { [places] in
            while true {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard index < items else { return }
                places.wait()
                let value = work(index)
                places.signal()
                values.withLock { $0[index] = value }
            }
        }
        let others = DispatchGroup()
        for _ in 1..<max(1, min(count, items)) {
            others.enter()
            let thread = Thread {
                run()
                others.leave()
            }
            thread.stackSize = 1 << 20
            thread.start()
        }
        run()
        others.wait()
        return values.withLock { $0.compactMap(\.self) }
    }

    /// What `work` gives for each completion of each group.
    func map(
        _ batch: [[ScoringInput]], _ work: @escaping @Sendable (ScoringInput) -> RewardResult
    ) -> [[RewardResult]] {
        let inputs = batch.flatMap { $0 }
        return map(inputs.count) { index in
            let start = ContinuousClock.now
            var result = work(inputs[index])
            result.seconds = (ContinuousClock.now - start) / .seconds(1)
            return result
        }.grouped(as: batch)
    }
}

extension Array {
    /// The elements in groups as large as those of `shape`, whose sizes add up to the count.
    func grouped<Other>(as shape: [[Other]]) -> [[Element]] {
        var rest = self[...]
        return shape.map { group in
            let part = Array(rest.prefix(group.count))
            rest = rest.dropFirst(group.count)
            return part
        }
    }
}
