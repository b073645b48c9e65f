import CAssay
import Foundation
import Rewards
import Rollouts

/// As `assay_score_lines` of assay.h says.
@_cdecl("assay_score_lines")
public func assayScoreLines(
    _ scorer: OpaquePointer?, _ rows: UnsafePointer<UInt8>?, _ length: Int64, _ threads: Int32,
    _ outLength: UnsafeMutablePointer<Int64>?
) -> UnsafeMutablePointer<CChar>? {
    call({ _ in nil }) {
        let handle = try ScorerHandle.of(scorer)
        let count = try checked(length, "rows")
        guard count == 0 || rows != nil else { throw BadCall(reason: "no rows") }
        let bytes = Array(UnsafeBufferPointer(start: rows, count: count))
        let records = OfflineScorer(handle.scorer).records(rows: bytes, named: "rows") {
            Crew.spread($0, threads: handle.isExternal ? 1 : threads, least: 32, $1)
        }
        var text = ""
        text.reserveCapacity(records.reduce(0) { $0 + $1.utf8.count + 1 })
        for record in records {
            text += record
            text += "\n"
        }
        outLength?.pointee = Int64(text.utf8.count)
        return try given(text)
    }
}
