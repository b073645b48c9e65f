import Patterns

/// What one call of `encode` needs besides the tokenizer: pattern matchers, and words seen before.
///
/// Unchecked: the tokenizer lends a worker to one call at a time.
final class BytePairWorker: @unchecked Sendable {
    private let model: BytePairModel
    private let normalizer: Normalizer?
    private let plainFinder: AddedTokenFinder
    private let normalizedFinder: AddedTokenFinder
    private let cuts: [(finder: PatternFinder, split: SplitPattern)]
    private let words: PatternFinder?
    private let addsPrefixSpace: Bool
    private var merger = PairMerger()
    private var cache = WordCache()
    private var output: [Int32] = []

    init(_ tokenizer: BytePairTokenizer) {
        model = tokenizer.model
        normalizer = tokenizer.normalizer
        plainFinder = tokenizer.plainFinder
        normalizedFinder = tokenizer.normalizedFinder
        cuts = tokenizer.preTokenizer.cuts.map { (PatternFinder($0.pattern), $0) }
        words = tokenizer.preTokenizer.words.map { PatternFinder($0.pattern) }
        addsPrefixSpace = tokenizer.preTokenizer.addsPrefixSpace
    }

    /// The tokens of a text.
    func encode(_ text: String) throws(PolicyError) -> [Int32] {
        output = []
        let bytes = Array(text.utf8)
        guard bytes.count < Int32.max else {
            throw .textLimit(reason: "\(bytes.count) bytes are too many")
        }
        output.reserveCapacity(bytes.count / 3)
        try bytes.withUnsafeBufferPointer { (all) throws(PolicyError) in
            guard !plainFinder.isEmpty else { return try encodeNormalized(all) }
            for part in plainFinder.parts(of: all) {
                if let token = part.token {
                    output.append(token)
                } else {
                    try encodeNormalized(UnsafeBufferPointer(rebasing: all[part.range]))
                }
            }
        }
        return output
    }

    private func encodeNormalized(_ bytes: UnsafeBufferPointer<UInt8>) throws(PolicyError) {
        guard let normalizer else { return try encodeParts(bytes) }
        let text = try normalizer.apply(String(decoding: bytes, as: UTF8.self))
        try Array(text.utf8).withUnsafeBufferPointer { (normal) throws(PolicyError) in
            try encodeParts(normal)
        }
    }

    private func encodeParts(_ bytes: UnsafeBufferPointer<UInt8>) throws(PolicyError) {
        guard !normalizedFinder.isEmpty else { return try encodeText(bytes, cut: 0) }
        for part in normalizedFinder.parts(of: bytes) {
            if let token = part.token {
                output.append(token)
            } else {
                try encodeText(UnsafeBufferPointer(rebasing: bytes[part.range]), cut: 0)
            }
        }
    }

    /// Cuts a text further, from one of the cuts on.
    private func encodeText(
        _ bytes: UnsafeBufferPointer<UInt8>, cut: Int
    ) throws(PolicyError) {
        guard !bytes.isEmpty else { return }
        guard cut < cuts.count else { return try encodeLastCut(bytes) }
        let (finder, split) = cuts[cut]
        if split.behavior == .isolated {
            return try finder.forEachPiece(in: bytes) { range, _ throws(PolicyError) in
                try encodeText(UnsafeBufferPointer(rebasing: bytes[range]), cut: cut + 1)
            }
        }
        var pieces: [SplitPiece] = []
        try finder.forEachPiece(in: bytes) { range, isMatch throws(PolicyError) in
            pieces.append(SplitPiece(range: range, isMatch: isMatch != split.inverts))
        }
        for range in split.behavior.joined(pieces) {
            try encodeText(UnsafeBufferPointer(rebasing: bytes[range]), cut: cut + 1)
        }
    }

    private func encodeLastCut(_ bytes: UnsafeBufferPointer<UInt8>) throws(PolicyError) {
        guard addsPrefixSpace, bytes.first != 0x20 else { return try encodeWords(bytes) }
        try ([0x20] + Array(bytes)).withUnsafeBufferPointer { (spaced) throws(PolicyError) in
            try encodeWords(spaced)
        }
    }

    private func encodeWords(_ bytes: UnsafeBufferPointer<UInt8>) throws(PolicyError) {
        guard let words else { return encodeWord(bytes) }
        try words.forEachPiece(in: bytes) { range, _ throws(PolicyError) in
            encodeWord(UnsafeBufferPointer(rebasing: bytes[range]))
        }
    }

    private func encodeWord(_ word: UnsafeBufferPointer<UInt8>) {
        guard !word.isEmpty else { return }
        if cache.append(word, to: &output) { return }
        let start = output.count
        let whole = model.words?.value(word) ?? -1
        if whole >= 0 {
            output.append(whole)
        } else {
            merge(word)
        }
        cache.insert(word, output[start...])
    }

    private func merge(_ word: UnsafeBufferPointer<UInt8>) {
        merger.reset()
        var wasUnknown = false
        for byte in word {
            let token = model.byteTokens[Int(byte)]
            if token >= 0 {
                merger.add(token)
            } else if let unknown = model.unknown, !(wasUnknown && model.fusesUnknown) {
                merger.add(unknown)
            }
            wasUnknown = token < 0
        }
        merger.merge(with: model.merges, into: &output)
    }
}
