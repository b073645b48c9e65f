import CAssay
import Foundation
import Rewards
import Rollouts

/// What a caller's handle of a scorer points to.
final class ScorerHandle: Sendable {
    let scorer: RewardScorer
    /// Programs and servers keep their own threads busy, and are asked for all rows at once.
    let isExternal: Bool

    init(_ spec: RewardSpec) throws(RewardError) {
        scorer = try RewardScorer(spec)
        isExternal = spec.components.contains { $0.function.traits.basis == .external }
    }

    /// The handle that a caller gave.
    static func of(_ pointer: OpaquePointer?) throws -> ScorerHandle {
        guard let pointer else { throw BadCall(reason: "no scorer") }
        return Unmanaged<ScorerHandle>.fromOpaque(UnsafeRawPointer(pointer)).takeUnretainedValue()
    }

    var pointer: OpaquePointer { OpaquePointer(Unmanaged.passRetained(self).toOpaque()) }
}

/// As `assay_scorer_open` of assay.h says.
@_cdecl("assay_scorer_open")
public func assayScorerOpen(_ path: UnsafePointer<CChar>?) -> OpaquePointer? {
    call({ _ in nil }) {
        guard let path else { throw BadCall(reason: "no path") }
        return try ScorerHandle(.load(path: String(cString: path))).pointer
    }
}

/// As `assay_scorer_parse` of assay.h says.
@_cdecl("assay_scorer_parse")
public func assayScorerParse(
    _ yaml: UnsafePointer<UInt8>?, _ length: Int64
) -> OpaquePointer? {
    call({ _ in nil }) {
        try ScorerHandle(.parse(yaml: text(yaml, length, "the spec"), file: "spec")).pointer
    }
}

/// As `assay_scorer_close` of assay.h says.
@_cdecl("assay_scorer_close")
public func assayScorerClose(_ scorer: OpaquePointer?) {
    guard let scorer else { return }
    Unmanaged<ScorerHandle>.fromOpaque(UnsafeRawPointer(scorer)).release()
}

/// As `assay_scorer_describe` of assay.h says.
@_cdecl("assay_scorer_describe")
public func assayScorerDescribe(_ scorer: OpaquePointer?) -> UnsafeMutablePointer<CChar>? {
    call({ _ in nil }) {
        let spec = try ScorerHandle.of(scorer).scorer.spec
        let components = spec.components.map {
            JSONValue.object(["name": .string($0.name), "weight": .number($0.weight)])
        }
        return try given(
            JSONValue.object([
                "name": .string(spec.name), "version": .string(spec.version),
                "verifier": .string(spec.verifier), "config_sha256": .string(spec.configHash),
                "outcome": .string(spec.outcome), "components": .array(components),
                "compares_groups": .bool(spec.comparesGroups),
                "reads_fields": .bool(spec.readsFields),
            ]).serialized())
    }
}
