public import CAssay
import Foundation
import Objectives
import Rollouts

/// The objective that JSON settings mean: a preset and the axes that differ from it.
private func objective(_ json: UnsafePointer<CChar>?) throws -> Objective {
    guard let json else { throw BadCall(reason: "no objective") }
    guard case .object(var settings)? = try? JSONValue.parse(Data(String(cString: json).utf8))
    else { throw BadCall(reason: "the objective is no JSON object") }
    let name = settings.removeValue(forKey: "preset")
    guard let preset = name == nil ? "grpo" : name?.string else {
        throw BadCall(reason: "the preset is no text")
    }
    return try Objective.preset(preset).applying(settings)
}

/// As `assay_assess` of assay.h says.
@_cdecl("assay_assess")
public func assayAssess(
    _ settings: UnsafePointer<CChar>?, _ groups: UnsafePointer<assay_groups>?,
    _ advantages: UnsafeMutablePointer<Double>?, _ retained: UnsafeMutablePointer<UInt8>?,
    _ gates: UnsafeMutablePointer<UInt8>?
) -> Int32 {
    call({ $0 }) {
        let objective = try objective(settings)
        guard let groups = groups?.pointee, let offsets = groups.offsets,
            let rewards = groups.rewards
        else { throw BadCall(reason: "no groups, no offsets, or no rewards") }
        let count = try checked(groups.count, "groups")
        try check(offsets, count: count, "groups")
        let numbers = (0..<count).map { group in
            let range = Int(offsets[group])..<Int(offsets[group + 1])
            let own = range.map { known(rewards[$0]) }
            return GroupNumbers(
                rewards: own,
                outcomes: groups.outcomes.map { all in range.map { known(all[$0]) } } ?? own,
                lengths: groups.lengths.map { all in range.map { Int(all[$0]) } }
                    ?? range.map { _ in 0 },
                truncated: groups.truncated.map { all in range.map { all[$0] != 0 } }
                    ?? range.map { _ in false })
        }
        for (group, found) in try objective.assess(numbers).enumerated() {
            gates?[group] = found.gate.isKept ? 1 : 0
            for (index, place) in (Int(offsets[group])..<Int(offsets[group + 1])).enumerated() {
                advantages?[place] = found.advantages[index]
                retained?[place] = found.trained[index] ? 1 : 0
            }
        }
        return ASSAY_OK
    }
}

/// As `assay_policy_loss` of assay.h says.
@_cdecl("assay_policy_loss")
public func assayPolicyLoss(
    _ settings: UnsafePointer<CChar>?, _ batch: UnsafePointer<assay_batch>?,
    _ loss: UnsafeMutablePointer<Double>?, _ gradient: UnsafeMutablePointer<Double>?
) -> UnsafeMutablePointer<CChar>? {
    call({ _ in nil }) {
        let objective = try objective(settings)
        guard let batch = batch?.pointee, let offsets = batch.offsets, batch.logp != nil,
            batch.old_logp != nil, batch.advantages != nil
        else { throw BadCall(reason: "no batch, offsets, logp, old_logp or advantages") }
        let count = try checked(batch.count, "sequences")
        try check(offsets, count: count, "sequences")
        let tokens = Int(offsets[count])
        let ofTokens = batch.advantages_are_tokens != 0
        let found = try objective.loss(
            PolicyBatch(
                offsets: (0...count).map { Int(offsets[$0]) },
                mask: array(batch.mask, tokens)?.map { $0 != 0 }
                    ?? [Bool](repeating: true, count: tokens),
                newLogProbabilities: array(batch.logp, tokens) ?? [],
                oldLogProbabilities: array(batch.old_logp, tokens) ?? [],
                referenceLogProbabilities: array(batch.ref_logp, tokens),
                advantages: array(batch.advantages, ofTokens ? tokens : count) ?? [],
                advantageLevel: ofTokens ? .token : .sequence,
                entropies: array(batch.entropies, tokens)))
        loss?.pointee = found.loss
        if let gradient {
            for (index, value) in found.gradient.enumerated() { gradient[index] = value }
        }
        return try given(
            JSONValue.object(found.metrics.mapValues { .number($0) }).serialized())
    }
}
