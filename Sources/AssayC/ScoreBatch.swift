public import CAssay
import Foundation
import Rewards
import Rollouts

/// Rows of a caller, checked once and read by any thread.
private struct RowBatch: @unchecked Sendable {
    let completions: TextColumn
    let golds: TextColumn?
    let prompts: TextColumn?
    let fields: TextColumn?
    let tokens: UnsafePointer<Int64>?
    let truncated: UnsafePointer<UInt8>?
    /// Rows that are compared with one another.
    let groups: [Range<Int>]

    init(_ rows: assay_rows) throws {
        let count = try checked(rows.count, "rows")
        guard let completions = try TextColumn(rows.completions, count: count, "completions") else {
            throw BadCall(reason: "no completions")
        }
        self.completions = completions
        golds = try TextColumn(rows.golds, count: count, "golds")
        prompts = try TextColumn(rows.prompts, count: count, "prompts")
        fields = try TextColumn(rows.fields, count: count, "fields")
        tokens = rows.tokens
        truncated = rows.truncated
        var groups: [Range<Int>] = []
        for row in 0..<count {
            if let last = groups.last, let numbers = rows.groups,
                numbers[row] == numbers[last.lowerBound]
            {
                groups[groups.count - 1] = last.lowerBound..<row + 1
            } else {
                groups.append(row..<row + 1)
            }
        }
        self.groups = groups
    }

    /// The input of a row, or why it cannot be scored.
    func input(_ row: Int) -> Result<ScoringInput, BadCall> {
        guard let completion = completions[row] else {
            return .failure(BadCall(reason: "the row has no completion"))
        }
        var input = ScoringInput(
            prompt: prompts?[row], completion: completion, gold: golds?[row],
            truncated: truncated.map { $0[row] != 0 } ?? false)
        if let count = tokens?[row], count >= 0 { input.tokenCount = Int(count) }
        if let json = fields?[row] {
            guard case .object(let members)? = try? JSONValue.parse(Data(json.utf8)) else {
                return .failure(BadCall(reason: "the row's fields are no JSON object"))
            }
            input.fields = members
        }
        return .success(input)
    }
}

/// Where a caller wants the results of a batch.
private struct Results: @unchecked Sendable {
    let arrays: assay_scores
    let components: Int

    func put(_ score: Score, _ row: Int) {
        arrays.rewards?[row] = score.reward ?? .nan
        arrays.outcomes?[row] = score.outcome ?? .nan
        arrays.statuses?[row] = score.status.code
        for (place, component) in score.components.enumerated() {
            arrays.components?[row * components + place] = component.value ?? .nan
            arrays.component_statuses?[row * components + place] = component.status.code
        }
    }

    func putNothing(_ row: Int) {
        arrays.rewards?[row] = .nan
        arrays.outcomes?[row] = .nan
        arrays.statuses?[row] = ASSAY_INFRA_ERROR
        for place in 0..<components {
            arrays.components?[row * components + place] = .nan
            arrays.component_statuses?[row * components + place] = ASSAY_INFRA_ERROR
        }
    }
}

/// As `assay_score` of assay.h says.
@_cdecl("assay_score")
public func assayScore(
    _ scorer: OpaquePointer?, _ rows: UnsafePointer<assay_rows>?,
    _ scores: UnsafePointer<assay_scores>?, _ threads: Int32
) -> Int32 {
    call({ $0 }) {
        let handle = try ScorerHandle.of(scorer)
        guard let rows, let scores else { throw BadCall(reason: "no rows, or no scores") }
        let batch = try RowBatch(rows.pointee)
        let results = Results(
            arrays: scores.pointee, components: handle.scorer.spec.components.count)
        let work: @Sendable (Range<Int>) -> Void = { part in
            let inputs = batch.groups[part].map { rows in rows.map { ($0, batch.input($0)) } }
            let found = handle.scorer.score(
                batch: inputs.map { $0.compactMap { try? $0.1.get() } })
            for (group, scores) in zip(inputs, found) {
                var rest = scores[...]
                for (row, input) in group {
                    if case .success = input, let score = rest.popFirst() {
                        results.put(score, row)
                    } else {
                        results.putNothing(row)
                    }
                }
            }
        }
        if handle.isExternal {
            work(0..<batch.groups.count)
        } else {
            Crew.spread(batch.groups.count, threads: threads, least: 16, work)
        }
        return ASSAY_OK
    }
}
