public import CAssay
import MathAnswers
import Rollouts

extension MathVerdict.Kind {
    /// The number of the header.
    fileprivate var code: Int32 {
        switch self {
        case .equal: ASSAY_EQUAL
        case .different: ASSAY_DIFFERENT
        case .goldUnparseable: ASSAY_CHECK_GOLD_UNPARSEABLE
        case .answerMissing: ASSAY_ANSWER_MISSING
        case .answerUnparseable: ASSAY_ANSWER_UNPARSEABLE
        case .resourceLimit: ASSAY_CHECK_RESOURCE_LIMIT
        }
    }
}

/// As `assay_check` of assay.h says.
@_cdecl("assay_check")
public func assayCheck(
    _ gold: UnsafePointer<UInt8>?, _ goldLength: Int64, _ answer: UnsafePointer<UInt8>?,
    _ answerLength: Int64
) -> Int32 {
    call({ $0 }) {
        let verifier = MathVerifier()
        let compiled = verifier.compile(gold: try text(gold, goldLength, "gold"))
        return verifier.check(compiled, answer: try text(answer, answerLength, "answer")).kind.code
    }
}

/// As `assay_check_batch` of assay.h says.
@_cdecl("assay_check_batch")
public func assayCheckBatch(
    _ count: Int64, _ golds: UnsafePointer<assay_texts>?, _ answers: UnsafePointer<assay_texts>?,
    _ threads: Int32, _ verdicts: UnsafeMutablePointer<Int32>?
) -> Int32 {
    call({ $0 }) {
        let count = try checked(count, "pairs")
        guard let golds, let answers, let verdicts,
            let gold = try TextColumn(golds.pointee, count: count, "golds"),
            let answer = try TextColumn(answers.pointee, count: count, "answers")
        else { throw BadCall(reason: "no golds, no answers, or no verdicts") }
        let pairs = Pairs(golds: gold, answers: answer, verdicts: verdicts)
        Crew.spread(count, threads: threads, least: 64) { part in
            let verifier = MathVerifier()
            for row in part {
                let compiled = verifier.compile(gold: pairs.golds[row] ?? "")
                pairs.verdicts[row] =
                    verifier.check(compiled, answer: pairs.answers[row] ?? "").kind.code
            }
        }
        return ASSAY_OK
    }
}

/// Pairs of a caller; every row is one thread's.
private struct Pairs: @unchecked Sendable {
    let golds: TextColumn
    let answers: TextColumn
    let verdicts: UnsafeMutablePointer<Int32>
}

/// As `assay_check_json` of assay.h says.
@_cdecl("assay_check_json")
public func assayCheckJSON(
    _ gold: UnsafePointer<UInt8>?, _ goldLength: Int64, _ answer: UnsafePointer<UInt8>?,
    _ answerLength: Int64, _ explain: Int32
) -> UnsafeMutablePointer<CChar>? {
    call({ _ in nil }) {
        let verifier = MathVerifier()
        let compiled = verifier.compile(gold: try text(gold, goldLength, "gold"))
        let asked = try text(answer, answerLength, "answer")
        let verdict = verifier.check(compiled, answer: asked)
        var members: [String: JSONValue] = [
            "verdict": .string(verdict.kind.rawValue), "reason": .string(verdict.reason),
            "extracted": verdict.extracted.map { .string($0) } ?? .null,
            "gold": .string(verdict.gold),
            "answer": verdict.answer.map { .string($0) } ?? .null,
        ]
        if explain != 0 {
            members["explanation"] = .array(
                verifier.explain(compiled, answer: asked).map { .string($0) })
        }
        return try given(JSONValue.object(members).serialized())
    }
}
