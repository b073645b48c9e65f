import Foundation
import MathAnswers
import Rewards
import Rollouts

// The C ABI: plain synchronous calls without global state, safe from any thread. Text goes in as
// UTF-8 with its length and comes back as a NUL-terminated string that `assay_free` releases.

/// Version of the ABI; raised when a signature changes.
@_cdecl("assay_abi_version")
public func assayABIVersion() -> Int32 { 1 }

/// Releases a string that another call returned.
@_cdecl("assay_free")
public func assayFree(_ text: UnsafeMutablePointer<CChar>?) { free(text) }

/// Whether an answer, bare or within a completion, equals a gold answer.
///
/// - Returns: 1 equal, 0 different or no answer, −1 where nothing could be decided: a gold that
///   cannot be read, or a budget that ran out.
@_cdecl("assay_check")
public func assayCheck(
    _ gold: UnsafePointer<UInt8>?, _ goldCount: Int, _ answer: UnsafePointer<UInt8>?,
    _ answerCount: Int
) -> Int32 {
    let verifier = MathVerifier()
    let compiled = verifier.compile(gold: text(gold, goldCount))
    guard compiled.isUsable else { return -1 }
    let verdict = verifier.check(compiled, answer: text(answer, answerCount))
    switch verdict.kind {
    case .equal: return 1
    case .different, .answerMissing, .answerUnparseable: return 0
    case .goldUnparseable, .resourceLimit: return -1
    }
}

/// Scores JSON lines by the spec in a file: a record a line, as `assay score` writes them.
///
/// - Returns: the records, or `{"error":…,"remedy":…}` where the spec is unusable.
@_cdecl("assay_score")
public func assayScore(
    _ specPath: UnsafePointer<CChar>?, _ rows: UnsafePointer<UInt8>?, _ rowsCount: Int
) -> UnsafeMutablePointer<CChar>? {
    guard let specPath else { return strdup(#"{"error":"no spec","remedy":"Name a spec file."}"#) }
    do {
        let spec = try RewardSpec.load(path: String(cString: specPath))
        let scorer = OfflineScorer(try RewardScorer(spec))
        let bytes = Array(UnsafeBufferPointer(start: rows, count: rows == nil ? 0 : rowsCount))
        return strdup(scorer.records(rows: bytes, named: "rows").map { $0 + "\n" }.joined())
    } catch {
        let fault: JSONValue = .object([
            "error": .string(error.description), "remedy": .string(error.remedy),
        ])
        return strdup(fault.serialized())
    }
}

/// UTF-8 that a caller owns, with replacement characters where it is none.
private func text(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> String {
    let buffer = UnsafeBufferPointer(start: bytes, count: bytes == nil ? 0 : count)
    return String(decoding: buffer, as: UTF8.self)
}
