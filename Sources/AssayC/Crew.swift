import Dispatch
import Foundation
import Synchronization

/// Threads for the length of one call.
///
/// Nothing of them outlives the call: a process may fork before and after it.
final class Crew: Sendable {
    /// Pieces of work a thread: the slowest piece then holds little up.
    private static let piecesEach = 8

    private let next = Atomic(0)
    private let done = DispatchSemaphore(value: 0)
    private let count: Int
    private let size: Int
    private let body: @Sendable (Range<Int>) -> Void

    private init(count: Int, size: Int, body: @escaping @Sendable (Range<Int>) -> Void) {
        self.count = count
        self.size = size
        self.body = body
    }

    /// Runs `body` over parts of `0..<count`, each once, and returns when all are done.
    ///
    /// - Parameters:
    ///   - threads: how many at most; 0 for as many as there are cores.
    ///   - least: how many make a thread worth its start.
    static func spread(
        _ count: Int, threads: Int32, least: Int, _ body: @escaping @Sendable (Range<Int>) -> Void
    ) {
        let most = threads > 0 ? Int(threads) : ProcessInfo.processInfo.activeProcessorCount
        let members = max(1, min(most, count / max(1, least)))
        guard members > 1 else {
            if count > 0 { body(0..<count) }
            return
        }
        let pieces = members * piecesEach
        let crew = Crew(count: count, size: max(1, (count + pieces - 1) / pieces), body: body)
        for _ in 1..<members {
            let thread = Thread {
                crew.work()
                crew.done.signal()
            }
            // Deep expressions want as much as a main thread has.
            thread.stackSize = 8 << 20
            thread.start()
        }
        crew.work()
        for _ in 1..<members { crew.done.wait() }
    }

    private func work() {
        while true {
            let begin = next.add(size, ordering: .relaxed).oldValue
            guard begin < count else { return }
            body(begin..<min(begin + size, count))
        }
    }
}
