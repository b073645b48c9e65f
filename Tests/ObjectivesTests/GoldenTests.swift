import Rollouts
import Testing

@testable import Objectives

/// Every golden case by name, against real code with the parameters of the case.
struct GoldenTests {
    static let checks = GoldenAdvantageCases.all
        .merging(GoldenPolicyCases.all) { a, _ in a }
        .merging(GoldenOtherCases.all) { a, _ in a }
        .merging(GoldenCurriculumCases.all) { a, _ in a }

    /// Cases without code in this module, each for its reason.
    static let notCovered: [String: String] = [:]

    @Test(arguments: checks.keys.sorted())
    func matches(_ name: String) throws {
        let file = try GoldenFile.judged.get()
        let check = try #require(Self.checks[name])
        guard let golden = file.cases[name] else {
            Issue.record("the file has no case \(name)")
            return
        }
        try check(golden)
    }

    @Test("the repository's copy holds exactly the covered and the excused cases")
    func coverage() throws {
        let own = Set(try GoldenFile.own.get().cases.keys)
        let covered = Set(Self.checks.keys)
        let excused = Set(Self.notCovered.keys)
        #expect(covered.isDisjoint(with: excused))
        #expect(own.subtracting(covered).subtracting(excused).sorted() == [])
        #expect(covered.union(excused).subtracting(own).sorted() == [])
    }
}
