import AssayC
import CAssay
import Foundation
import Rewards
import Rollouts
import Testing

@Suite struct AssayCTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    private static let spec = root.appendingPathComponent("verifiers/math.yaml").path

    /// A column that lives as long as `body`.
    private func column<Value>(
        _ texts: [String?], _ body: (assay_texts) throws -> Value
    ) rethrows -> Value {
        var bytes: [UInt8] = []
        var offsets: [Int64] = [0]
        var valid = [UInt8](repeating: 0, count: (texts.count + 7) / 8 + 1)
        for (row, text) in texts.enumerated() {
            bytes += Array((text ?? "").utf8)
            offsets.append(Int64(bytes.count))
            if text != nil { valid[row / 8] |= 1 << UInt8(row % 8) }
        }
        return try bytes.withUnsafeBufferPointer { bytes in
            try offsets.withUnsafeBufferPointer { offsets in
                try valid.withUnsafeBufferPointer { valid in
                    try body(
                        assay_texts(
                            bytes: bytes.baseAddress, offsets: offsets.baseAddress,
                            valid: valid.baseAddress, first: 0))
                }
            }
        }
    }

    private func check(_ gold: String, _ answer: String) -> Int32 {
        let (gold, answer) = (Array(gold.utf8), Array(answer.utf8))
        return assayCheck(gold, Int64(gold.count), answer, Int64(answer.count))
    }

    private func taken(_ text: UnsafeMutablePointer<CChar>?) -> String? {
        defer { assayFree(text) }
        return text.map { String(cString: $0) }
    }

    @Test("verdicts cross the boundary, one by one and in batches on any number of threads")
    func verdicts() throws {
        #expect(check("1/2", "so \\boxed{0.5}") == ASSAY_EQUAL)
        #expect(check("1/2", "\\boxed{0.6}") == ASSAY_DIFFERENT)
        #expect(check("", "1") == ASSAY_CHECK_GOLD_UNPARSEABLE)
        #expect(assayCheck(nil, 3, nil, 0) == ASSAY_BAD_ARGUMENT)
        #expect(String(cString: assay_last_error()).contains("gold"))
        let golds = (0..<500).map { "\($0)/2" }
        let answers = (0..<500).map { $0 % 3 == 0 ? "\(Double($0) / 2)" : "x" }
        let single = zip(golds, answers).map(check)
        for threads in [Int32(0), 1, 3] {
            var verdicts = [Int32](repeating: -9, count: 500)
            let code = column(golds) { golds in
                column(answers) { answers in
                    withUnsafePointer(to: golds) { golds in
                        withUnsafePointer(to: answers) {
                            assayCheckBatch(500, golds, $0, threads, &verdicts)
                        }
                    }
                }
            }
            #expect(code == ASSAY_OK && verdicts == single)
        }
        #expect(String(cString: assay_last_error()).isEmpty)
    }

    @Test("rows score as in Swift, whatever the threads; what cannot be scored is no number")
    func scores() throws {
        let handle = try #require(assayScorerOpen(Self.spec))
        defer { assayScorerClose(handle) }
        let scorer = try RewardScorer(.load(path: Self.spec))
        let count = scorer.spec.components.count
        var completions: [String?] = (0..<300).map { "so \\boxed{\($0 % 7)}" }
        completions[5] = nil
        completions[9] = ""
        completions[11] = "\u{1F600}\\boxed{4}"
        let golds: [String?] = (0..<300).map { $0 % 11 == 3 ? nil : "\($0 % 5)" }
        for threads in [Int32(1), 0, 4] {
            var rewards = [Double](repeating: -1, count: 300)
            var statuses = [Int32](repeating: -1, count: 300)
            var parts = [Double](repeating: -1, count: 300 * count)
            let code = column(completions) { texts in
                column(golds) { golds in
                    rewards.withUnsafeMutableBufferPointer { rewards in
                        statuses.withUnsafeMutableBufferPointer { statuses in
                            parts.withUnsafeMutableBufferPointer { parts in
                                var rows = assay_rows()
                                (rows.count, rows.completions, rows.golds) = (300, texts, golds)
                                var scores = assay_scores()
                                scores.rewards = rewards.baseAddress
                                scores.statuses = statuses.baseAddress
                                scores.components = parts.baseAddress
                                return assayScore(handle, &rows, &scores, threads)
                            }
                        }
                    }
                }
            }
            #expect(code == ASSAY_OK)
            for row in 0..<300 {
                guard let completion = completions[row] else {
                    #expect(rewards[row].isNaN && statuses[row] == ASSAY_INFRA_ERROR)
                    continue
                }
                let wanted = scorer.score([
                    ScoringInput(completion: completion, gold: golds[row])
                ])[0]
                #expect(wanted.reward ?? -7 == (rewards[row].isNaN ? -7 : rewards[row]))
                #expect(ScoreStatus.allCases[Int(statuses[row])] == wanted.status)
                for (place, part) in wanted.components.enumerated() {
                    let found = parts[row * count + place]
                    #expect(part.value ?? -7 == (found.isNaN ? -7 : found))
                }
            }
        }
    }

    @Test("lines give the records of the command line, whatever the threads")
    func lines() throws {
        let handle = try #require(assayScorerOpen(Self.spec))
        defer { assayScorerClose(handle) }
        var rows = (0..<200).map {
            #"{"id":"r\#($0)","completion":"\\boxed{\#($0 % 4)}","answer":"2"}"#
        }
        rows[3] = "{broken"
        rows[7] = ""
        let bytes = Array(rows.joined(separator: "\n").utf8)
        let wanted = OfflineScorer(try RewardScorer(.load(path: Self.spec)))
            .records(rows: bytes, named: "rows").map { $0 + "\n" }.joined()
        for threads in [Int32(1), 0, 5] {
            var length: Int64 = 0
            let text = taken(assayScoreLines(handle, bytes, Int64(bytes.count), threads, &length))
            #expect(text == wanted && length == Int64(wanted.utf8.count))
        }
    }

    @Test("filters and losses give what the modules give")
    func objectives() throws {
        let rewards: [Double] = [1, 0, 1, .nan, 0, 0, 0, 0]
        let lengths: [Int64] = [9, 4, 3, 8, 5, 6, 7, 8]
        var advantages = [Double](repeating: 9, count: 8)
        var retained = [UInt8](repeating: 9, count: 8)
        var gates = [UInt8](repeating: 9, count: 2)
        let offsets: [Int64] = [0, 4, 8]
        let code = rewards.withUnsafeBufferPointer { rewards in
            lengths.withUnsafeBufferPointer { lengths in
                offsets.withUnsafeBufferPointer { offsets in
                    var groups = assay_groups()
                    groups.count = 2
                    groups.offsets = offsets.baseAddress
                    groups.rewards = rewards.baseAddress
                    groups.lengths = lengths.baseAddress
                    return assayAssess(
                        #"{"preset":"gfpo-shortest","k":2,"gate":"outcome"}"#, &groups,
                        &advantages, &retained, &gates)
                }
            }
        }
        #expect(code == ASSAY_OK)
        #expect(gates == [1, 0] && retained == [0, 1, 1, 0, 0, 0, 0, 0])
        #expect(advantages[2] > 0 && advantages[1] < 0 && advantages[4...].allSatisfy { $0 == 0 })

        let logp: [Double] = [-1, -2, -0.5]
        var loss = 9.0
        var gradient = [9.0, 9, 9]
        let bounds: [Int64] = [0, 2, 3]
        let metrics = logp.withUnsafeBufferPointer { logp in
            bounds.withUnsafeBufferPointer { bounds in
                [1.0, -1].withUnsafeBufferPointer { advantages in
                    var batch = assay_batch()
                    batch.count = 2
                    batch.offsets = bounds.baseAddress
                    batch.logp = logp.baseAddress
                    batch.old_logp = logp.baseAddress
                    batch.advantages = advantages.baseAddress
                    return taken(
                        assayPolicyLoss(
                            #"{"preset":"dapo"}"#, &batch, &loss, &gradient))
                }
            }
        }
        // On policy: −A/T a token, and the loss is −ΣA/T.
        #expect(abs(loss + 1.0 / 3) < 1e-12 && gradient.map { ($0 * 3).rounded() } == [-1, -1, 1])
        #expect(metrics?.contains("clip_ratio") == true)
    }

    @Test("what is wrong is told with a code, a reason and a remedy")
    func faults() throws {
        #expect(assayABIVersion() == ASSAY_ABI_VERSION)
        #expect(assayScorerOpen("/no/such/spec.yaml") == nil)
        #expect(String(cString: assay_last_error()).contains("/no/such/spec.yaml"))
        #expect(!String(cString: assay_last_remedy()).isEmpty)
        #expect(assayScorerOpen(nil) == nil && assayScorerDescribe(nil) == nil)
        #expect(assayScore(nil, nil, nil, 1) == ASSAY_BAD_ARGUMENT)
        var groups = assay_groups()
        #expect(assayAssess("{", &groups, nil, nil, nil) == ASSAY_BAD_ARGUMENT)
        #expect(
            assayAssess(#"{"preset":"nonsense"}"#, &groups, nil, nil, nil) == ASSAY_BAD_INPUT)
        #expect(assayAssess("{}", &groups, nil, nil, nil) == ASSAY_BAD_ARGUMENT)
        let handle = try #require(assayScorerOpen(Self.spec))
        defer { assayScorerClose(handle) }
        var rows = assay_rows()
        var scores = assay_scores()
        rows.count = -1
        #expect(assayScore(handle, &rows, &scores, 1) == ASSAY_BAD_ARGUMENT)
        rows.count = 2
        #expect(assayScore(handle, &rows, &scores, 1) == ASSAY_BAD_ARGUMENT)
        let descending: [Int64] = [0, 3, 1]
        descending.withUnsafeBufferPointer { offsets in
            rows.completions.offsets = offsets.baseAddress
            #expect(assayScore(handle, &rows, &scores, 1) == ASSAY_BAD_ARGUMENT)
        }
        #expect(String(cString: assay_last_error()).contains("offset 2"))
        let description = try #require(taken(assayScorerDescribe(handle)))
        let json = try JSONValue.parse(Data(description.utf8))
        #expect(json["components"]?.array?.isEmpty == false && json["name"]?.string != nil)
    }
}
