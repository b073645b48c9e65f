internal import CKernels

/// A few threads of our own that run numbered tasks; the caller waits.
///
/// Which thread runs which task is left to chance, so a task's result must depend on its number
/// alone.
package final class WorkerPool {
    /// Number of threads.
    package let threads: Int
    private let pool: OpaquePointer?

    /// A pool of `threads` threads (at least 1).
    ///
    /// Where none can be made, the caller does the work.
    package init(threads: Int) {
        self.threads = max(1, threads)
        pool = ck_pool_create(Int32(clamping: self.threads))
    }

    deinit { ck_pool_destroy(pool) }

    /// Runs `work(0)` … `work(tasks - 1)`, each once, and returns when all are done.
    package func run(_ tasks: Int, _ work: (Int) -> Void) {
        guard let pool else {
            for task in 0..<tasks { work(task) }
            return
        }
        withoutActuallyEscaping(work) { work in
            var box = work
            withUnsafeMutablePointer(to: &box) { pointer in
                ck_pool_run(
                    pool, Int32(clamping: tasks),
                    { context, task in
                        context?.assumingMemoryBound(to: ((Int) -> Void).self).pointee(Int(task))
                    }, pointer)
            }
        }
    }
}

/// A counter that threads draw numbers from.
package final class SharedCounter: @unchecked Sendable {
    private let value: UnsafeMutablePointer<Int64>

    /// Starts at 0.
    package init() {
        value = .allocate(capacity: 1)
        value.initialize(to: 0)
    }

    deinit { value.deallocate() }

    /// The next number, never given twice.
    package func next() -> Int { Int(ck_fetch_increment(value)) }
}
