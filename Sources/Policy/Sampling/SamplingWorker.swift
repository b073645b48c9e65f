import Rollouts
import Tensors

/// A share of a sampler's slots, and the team that runs them.
final class SamplingWorker {
    /// A sequence being sampled.
    private struct Slot {
        var row: Int
        var position: Int
        var token: Int32
        var sampled = SampledTokens()
        var tail = StopRule.Tail()
    }

    /// What a row's distribution gave.
    private struct Choice {
        var token: Int32 = 0
        var logProbability: Float = 0
        var entropy: Float = 0
        var isFinite = true
    }

    /// Why this worker stopped early, and at which row.
    private(set) var failure: (row: Int, error: PolicyError)?

    private let decoder: StepDecoder
    private var slots: [Slot?]
    /// The prompts whose keys and values stand in the cache behind the slots' own, oldest first.
    private var prefixes: [(prompt: [Int32], slot: Int)] = []
    /// Slots of the cache that belong to prefixes.
    private var spare: [Int]
    private let statistics = FloatBuffer()

    /// Prompts that are remembered while others like them may follow.
    private static let mostPrefixes = 4
    /// Rows of prompts that run at once.
    private static let mostRows = 512

    init(
        _ model: Transformer, weights: PackedWeights, team: DecodingTeam, slots: Int,
        kernels: Kernels
    ) {
        decoder = StepDecoder(
            model, weights: weights, team: team, slots: slots + Self.mostPrefixes,
            kernels: kernels)
        self.slots = Array(repeating: nil, count: slots)
        spare = []
    }

    /// Samples rows of `job` until none is left.
    func run(_ job: SamplingJob) {
        failure = nil
        for index in slots.indices { slots[index] = nil }
        for slot in 0..<slots.count + Self.mostPrefixes { decoder.cache.release(slot) }
        prefixes = []
        spare = Array(slots.count..<slots.count + Self.mostPrefixes)
        while true {
            admit(job)
            let active = slots.indices.filter { slots[$0] != nil }
            if active.isEmpty { return }
            if job.shouldStop?() == true {
                failure = (Int.max, .cancelled)
                return
            }
            step(active, job)
            if failure != nil { return }
        }
    }

    // MARK: Prompts

    /// Fills free slots, the prompts but for their last tokens in the cache; equal prompts run once.
    private func admit(_ job: SamplingJob) {
        var rows: [StepDecoder.Row] = []
        var leaders: [[Int32]: Int] = [:]
        var followers: [(slot: Int, leader: Int)] = []
        for index in slots.indices where slots[index] == nil {
            guard let row = job.next() else { break }
            let prompt = job.prompts[row]
            slots[index] = Slot(
                row: row, position: prompt.count - 1, token: prompt[prompt.count - 1])
            guard prompt.count > 1 else { continue }
            if let known = prefixes.first(where: { $0.prompt == prompt }) {
                decoder.cache.share(from: known.slot, to: index, count: prompt.count - 1)
            } else if let leader = leaders[prompt] {
                followers.append((index, leader))
            } else {
                leaders[prompt] = index
                for (position, token) in prompt.dropLast().enumerated() {
                    rows.append(
                        StepDecoder.Row(slot: index, position: Int32(position), token: token))
                }
            }
        }
        for first in stride(from: 0, to: rows.count, by: Self.mostRows) {
            decoder.run(
                Array(rows[first..<min(first + Self.mostRows, rows.count)]), wantsLogits: false)
        }
        for (slot, leader) in followers {
            guard let position = slots[slot]?.position else { continue }
            decoder.cache.share(from: leader, to: slot, count: position)
        }
        for (prompt, slot) in leaders.sorted(by: { $0.value < $1.value }).suffix(Self.mostPrefixes)
        where job.repeats(prompt) { remember(prompt, in: slot) }
    }

    /// Keeps a prompt's pages for rows that are still to come.
    private func remember(_ prompt: [Int32], in slot: Int) {
        if spare.isEmpty {
            let oldest = prefixes.removeFirst().slot
            decoder.cache.release(oldest)
            spare.append(oldest)
        }
        let place = spare.removeLast()
        decoder.cache.share(from: slot, to: place, count: prompt.count - 1)
        prefixes.append((prompt, place))
    }

    // MARK: Tokens

    /// One token of each active slot.
    private func step(_ active: [Int], _ job: SamplingJob) {
        decoder.run(
            active.compactMap { index in
                slots[index].map {
                    StepDecoder.Row(slot: index, position: Int32($0.position), token: $0.token)
                }
            }, wantsLogits: true, headScale: job.settings.headScale)
        var choices = [Choice](repeating: Choice(), count: active.count)
        choices.withUnsafeMutableBufferPointer { choices in
            let choices = SharedChoices(choices.baseAddress)
            statistics.reserve(5 * active.count)
            decoder.team.each { member in
                let range = decoder.team.rows(member, of: active.count)
                if !range.isEmpty { choose(active, range, member, job, choices) }
            }
        }
        for (index, choice) in zip(active, choices) {
            guard var slot = slots[index] else { continue }
            guard choice.isFinite else {
                failure = (slot.row, .nonFiniteOutput(sequence: slot.row, position: slot.position))
                return
            }
            slot.sampled.tokens.append(choice.token)
            slot.sampled.logProbabilities.append(choice.logProbability)
            slot.sampled.entropies.append(choice.entropy)
            slot.position += 1
            slot.token = choice.token
            slots[index] = advance(slot, job)
            if slots[index] == nil { decoder.cache.release(index) }
        }
    }

    /// Where members write what they chose, each its own rows.
    private struct SharedChoices: @unchecked Sendable {
        let pointer: UnsafeMutablePointer<Choice>?
        init(_ pointer: UnsafeMutablePointer<Choice>?) { self.pointer = pointer }
    }

    /// One member's rows: their distributions, and a token of each.
    private func choose(
        _ active: [Int], _ range: Range<Int>, _ member: Int, _ job: SamplingJob,
        _ choices: SharedChoices
    ) {
        let vocabulary = decoder.model.configuration.vocabularySize
        let first = range.lowerBound
        let logits = decoder.logits.pointer + first * vocabulary
        let base = statistics.pointer + 5 * first
        let (entropies, parts) = (base + range.count, base + 3 * range.count)
        decoder.kernels.logSoftmax(
            rows: range.count, vocabulary: vocabulary, logits, targets: nil,
            logProbabilities: base, entropies: entropies, logSums: base + 2 * range.count,
            parts: parts)
        let scratch = decoder.team.members[member].scratch.reserve(
            TokenChooser.scratchCount(vocabulary))
        let chooser = TokenChooser(settings: job.settings, kernels: decoder.kernels)
        for order in 0..<range.count {
            guard let slot = slots[active[first + order]] else { continue }
            let (top, logSum) = (parts[2 * order], parts[2 * order + 1])
            let row = logits + order * vocabulary
            var choice = Choice()
            choice.entropy = entropies[order]
            choice.isFinite = (top + logSum + choice.entropy).isFinite
            if choice.isFinite {
                let number = slot.sampled.tokens.count
                var random = SplitMix64(seed: job.seeds[slot.row], UInt64(number))
                choice.token = chooser.choose(
                    row, count: vocabulary, top: top, uniform: random.uniform(), scratch: scratch)
                choice.logProbability = (row[Int(choice.token)] - top) - logSum
            }
            choices.pointer?[first + order] = choice
        }
    }

    /// The slot to go on with, or nil when its row is finished.
    private func advance(_ slot: Slot, _ job: SamplingJob) -> Slot? {
        var slot = slot
        let full =
            slot.sampled.tokens.count >= job.settings.maximumNewTokens
            || slot.position + 1 >= decoder.model.configuration.maximumLength
        let stopped = job.stop.ends(with: slot.token, &slot.tail)
        guard stopped || full else { return slot }
        slot.sampled.stopReason = stopped ? .stop : .length
        job.finish(slot.row, slot.sampled)
        return nil
    }
}
