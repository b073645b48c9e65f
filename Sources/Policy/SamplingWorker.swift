import Rollouts
import Tensors

/// One thread's share of a sampler.
final class SamplingWorker {
    /// A sequence being sampled.
    private struct Slot {
        var row: Int
        var position: Int
        var token: Int32
        var sampled: SampledTokens
    }

    /// Why this worker stopped early, and at which row.
    private(set) var failure: (row: Int, error: PolicyError)?

    private let decoder: StepDecoder
    private var slots: [Slot?]
    /// Prompt whose keys and values each slot's cache begins with.
    private var cached: [[Int32]]
    private let statistics = FloatBuffer()
    private let scratch: FloatBuffer

    init(_ decoder: StepDecoder, slots: Int) {
        self.decoder = decoder
        self.slots = Array(repeating: nil, count: slots)
        cached = Array(repeating: [], count: slots)
        scratch = FloatBuffer(count: decoder.model.configuration.vocabularySize + 16)
    }

    /// Samples rows of `job` until none is left.
    func run(_ job: SamplingJob) {
        failure = nil
        for index in slots.indices {
            slots[index] = nil
            cached[index] = []
        }
        while true {
            for index in slots.indices where slots[index] == nil {
                guard let row = job.next() else { break }
                admit(row, job, at: index)
            }
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

    /// Puts a row in a slot, its prompt but the last token in the cache.
    private func admit(_ row: Int, _ job: SamplingJob, at index: Int) {
        let prompt = job.prompts[row]
        let count = prompt.count - 1
        if count > 0, let source = cached.firstIndex(of: prompt) {
            if source != index { decoder.cache.copy(from: source, to: index, count: count) }
        } else {
            decoder.run(
                (0..<count).map {
                    StepDecoder.Row(slot: index, position: Int32($0), token: prompt[$0])
                }, wantsLogits: false)
        }
        cached[index] = prompt
        slots[index] = Slot(
            row: row, position: count, token: prompt[count], sampled: SampledTokens())
    }

    /// One token of each active slot.
    private func step(_ active: [Int], _ job: SamplingJob) {
        let count = active.count
        decoder.run(
            active.compactMap { index in
                slots[index].map {
                    StepDecoder.Row(slot: index, position: Int32($0.position), token: $0.token)
                }
            }, wantsLogits: true)
        let vocabulary = decoder.model.configuration.vocabularySize
        let base = statistics.reserve(5 * count)
        let parts = base + 3 * count
        decoder.kernels.logSoftmax(
            rows: count, vocabulary: vocabulary, decoder.logits.pointer, targets: nil,
            logProbabilities: base, entropies: base + count, logSums: base + 2 * count,
            parts: parts)
        let chooser = TokenChooser(settings: job.settings, kernels: decoder.kernels)
        for (order, index) in active.enumerated() {
            guard var slot = slots[index] else { continue }
            let logits = decoder.logits.pointer + order * vocabulary
            let (top, logSum) = (parts[2 * order], parts[2 * order + 1])
            let entropy = base[count + order]
            guard (top + logSum + entropy).isFinite else {
                failure = (slot.row, .nonFiniteOutput(sequence: slot.row, position: slot.position))
                return
            }
            let number = slot.sampled.tokens.count
            var random = SplitMix64(seed: job.seeds[slot.row], UInt64(number))
            let token = chooser.choose(
                logits, count: vocabulary, top: top, uniform: random.uniform(),
                scratch: scratch.pointer)
            slot.sampled.tokens.append(token)
            slot.sampled.logProbabilities.append((logits[Int(token)] - top) - logSum)
            slot.sampled.entropies.append(entropy)
            slot.position += 1
            slot.token = token
            slots[index] = advance(slot, job)
        }
    }

    /// The slot to go on with, or nil when its row is finished.
    private func advance(_ slot: Slot, _ job: SamplingJob) -> Slot? {
        var slot = slot
        let full =
            slot.sampled.tokens.count >= job.settings.maximumNewTokens
            || slot.position + 1 >= decoder.model.configuration.maximumLength
        let stopped = job.stop.contains(slot.token)
        guard stopped || full else { return slot }
        slot.sampled.stopReason = stopped ? .stop : .length
        job.finish(slot.row, slot.sampled)
        return nil
    }
}
