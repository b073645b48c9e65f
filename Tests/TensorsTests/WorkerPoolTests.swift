import Tensors
import Testing

@Suite struct WorkerPoolTests {
    @Test("every task runs once, round after round", arguments: [1, 2, 3])
    func everyTask(threads: Int) {
        let pool = WorkerPool(threads: threads)
        let buffer = FloatBuffer(count: 64)
        for round in 1...200 {
            pool.run(64) { buffer.pointer[$0] += 1 }
            #expect(buffer.values.allSatisfy { $0 == Float(round) })
        }
        pool.run(0) { _ in Issue.record("there was no task") }
    }

    @Test func numbersAreGivenOnce() {
        let counter = SharedCounter()
        let pool = WorkerPool(threads: 3)
        let seen = FloatBuffer(count: 300)
        pool.run(3) { _ in for _ in 0..<100 { seen.pointer[counter.next()] += 1 } }
        #expect(seen.values.allSatisfy { $0 == 1 })
    }

    @Test func buffersGrowAndClear() {
        let buffer = FloatBuffer(count: 2)
        buffer.reserve(1000).update(repeating: 3, count: 1000)
        #expect(buffer.values.count == 1000)
        buffer.clear()
        #expect(buffer.values.allSatisfy { $0 == 0 })
        #expect(UInt(bitPattern: buffer.pointer) % 64 == 0)
    }
}
