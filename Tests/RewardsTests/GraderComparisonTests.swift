import Foundation
import Rollouts
import Testing

@testable import Rewards

@Suite struct GraderComparisonTests {
    private static let math = "name: m\nrewards: [{type: math}]\noutcome: math\n"
    private static let exact = "name: e\nrewards: [{type: exact, name: math}]\noutcome: math\n"
    private static let rows = """
        {"id":"a","completion":"\\\\boxed{7}","answer":"7"}
        {"id":"b","completions":["8","\\\\boxed{9}"],"answer":"8"}

        not a row
        """

    private func file(_ text: String) throws -> FileHandle {
        let pipe = Pipe()
        try pipe.fileHandleForWriting.write(contentsOf: Data(text.utf8))
        try pipe.fileHandleForWriting.close()
        return pipe.fileHandleForReading
    }

    private func compare(
        _ comparer: RowComparer, records: String? = nil
    ) throws -> (all: [GraderDifference], sum: GraderComparison) {
        var all: [GraderDifference] = []
        var sum = GraderComparison()
        try comparer.run(
            [RowInput(name: "rows", handle: try file(Self.rows))],
            records: try records.map { try file($0) }
        ) { pair in
            all.append(pair)
            _ = sum.add(pair)
        }
        return (all, sum)
    }

    private func records(_ yaml: String) throws -> String {
        let lines = OfflineScorer(try scorer(yaml)).records(
            rows: Array(Self.rows.utf8), named: "rows")
        return lines.joined(separator: "\n")
    }

    @Test("two graders are told apart completion by completion, and added up")
    func graders() throws {
        let (all, sum) = try compare(RowComparer(try scorer(Self.math), try scorer(Self.exact)))
        #expect(all.map(\.id) == ["a", "b", "b", "line-4"])
        #expect(all.map { $0.before.isCorrect } == [true, false, false, nil])
        #expect(all.map { $0.after.isCorrect } == [false, true, false, nil])
        #expect(sum.completions == 4 && sum.becameRight == 1 && sum.becameWrong == 1)
        #expect(sum.rewardsChanged == 2 && !sum.isSame)
        #expect(all[0].changedComponents.map(\.name) == ["math"])
    }

    @Test("a grader agrees with itself and with its own records")
    func same() throws {
        let grader = try scorer(Self.math)
        #expect(try compare(RowComparer(grader, grader)).sum.isSame)
        let again = try compare(RowComparer(grader), records: try records(Self.math))
        #expect(again.sum.isSame && again.all.count == 4)
        let other = try compare(RowComparer(grader), records: try records(Self.exact))
        #expect(other.sum.becameRight == 1 && other.sum.becameWrong == 1)
    }

    @Test("records of other rows, or too few, are refused")
    func foreign() throws {
        let grader = try scorer(Self.math)
        let lines = try records(Self.math).split(separator: "\n")
        for bad in [
            (lines + lines.prefix(1)).joined(separator: "\n"),
            lines.dropFirst().joined(separator: "\n"), lines.dropLast().joined(separator: "\n"),
            "", "{", "[1]",
        ] {
            #expect(throws: RewardError.self) { try compare(RowComparer(grader), records: bad) }
        }
    }
}
