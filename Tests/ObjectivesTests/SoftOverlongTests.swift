import Testing

@testable import Objectives

struct SoftOverlongTests {
    @Test("0, then linear, then −1")
    func shape() throws {
        func penalty(_ length: Int, _ clamping: OverlongClamping = .dapo) throws -> Double {
            try softOverlongPenalty(length: length, maximum: 20, cache: 4, clamping: clamping)
        }
        #expect(
            try [0, 16, 17, 18, 20, 21].map { try penalty($0) } == [0, 0, -0.25, -0.5, -1, -1])
        #expect(try penalty(24, .verl) == -2)
        #expect(try penalty(.max) == -1)
    }

    @Test("a cache that makes no sense is refused", arguments: [0, -1, 21])
    func badCache(cache: Int) {
        #expect(throws: ObjectiveError.self) {
            try softOverlongPenalty(length: 1, maximum: 20, cache: cache)
        }
    }
}
