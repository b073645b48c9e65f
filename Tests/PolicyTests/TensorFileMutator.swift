import Rollouts

/// Makes hostile tensor files out of sound ones: every round from its own seed, so that any of them
/// can be made again alone.
struct TensorFileMutator {
    /// A model: one file, or shards and the index that names them.
    struct Model {
        var index: [UInt8]?
        var files: [String: [UInt8]]
    }

    let corpus: [Model]
    let seed: UInt64

    /// Pieces that headers and indexes, and attacks on their readers, are made of.
    private static let pieces: [[UInt8]] = [
        "{", "}", "[", "]", "\"", ":", ",", "\\", "\\u0061", "\\ud83d", "\\ude00", "\\u0000", "\0",
        " ", "\n", "null", "true", "0", "-1", "1.5", "1e9", "00", "4", "8", "16", "4294967296",
        "4611686018427387904", "9223372036854775807", "9223372036854775808",
        "18446744073709551616", "[0,0]", "[0,4]", "[4,0]", "[]", "{}", "\"a\":",
        "\"dtype\":\"F32\",",
        "\"shape\":[1],", "\"data_offsets\":[0,4]", "\"__metadata__\":{\"a\":\"b\"},", "F32", "F16",
        "BF16", "I64", "F4", "BOOL", "weight_map", "metadata", "..", "/", "é", "\u{FEFF}", "😀",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}",
        "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
    ].map { Array($0.utf8) }

    func model(round: UInt64) -> Model {
        var random = SplitMix64(seed: seed, round)
        var model = corpus[random.below(corpus.count)]
        if let index = model.index, random.below(3) == 0 {
            model.index = mutated(index, &random)
        }
        let names = model.files.keys.sorted()
        let name = names[random.below(names.count)]
        switch random.below(16) {
        case 0: model.files[name] = model.files[names[random.below(names.count)]]
        case 1: model.files[name] = noise(&random)
        default: model.files[name] = mutated(file: model.files[name] ?? [], &random)
        }
        return model
    }

    private func noise(_ random: inout SplitMix64) -> [UInt8] {
        (0..<random.below(64)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }

    /// Three of four times the header's length is made to fit again, or nothing behind it would be
    /// looked at.
    private func mutated(file: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        guard file.count >= 8, random.below(4) > 0 else { return mutated(file, &random) }
        let length = file[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard 8 + length <= file.count else { return mutated(file, &random) }
        var header = Array(file[8..<8 + length])
        var data = Array(file[(8 + length)...])
        if random.below(8) > 0 { header = mutated(header, &random) }
        if random.below(8) == 0 { data = mutated(data, &random) }
        let fitting = UInt64(header.count)
        return (0..<8).map { UInt8(truncatingIfNeeded: fitting >> (8 * $0)) } + header + data
    }

    private func mutated(_ bytes: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        var bytes = bytes
        for _ in 0...random.below(3) {
            let place = random.below(bytes.count + 1)
            let span = place..<min(bytes.count, place + random.below(24))
            let piece = Self.pieces[random.below(Self.pieces.count)]
            switch random.below(8) {
            case 0: bytes.insert(contentsOf: piece, at: place)
            case 1: bytes.replaceSubrange(span, with: piece)
            case 2: bytes.removeSubrange(span)
            case 3: bytes.insert(contentsOf: bytes[span], at: random.below(bytes.count + 1))
            case 4 where place < bytes.count: bytes[place] ^= 1 << random.below(8)
            case 5: changeNumber(in: &bytes, after: place, &random)
            case 6 where random.below(64) == 0:
                // Long enough for a wrong use of memory or time to be seen.
                let copies = random.below(20_000)
                bytes.insert(contentsOf: (0..<copies).flatMap { _ in piece }, at: place)
            case 7: bytes.removeSubrange(place...)
            default:
                if place < bytes.count { bytes[place] = UInt8(truncatingIfNeeded: random.next()) }
            }
        }
        return bytes
    }

    /// Another digit in a number keeps the text well formed, so that later checks are reached.
    private func changeNumber(
        in bytes: inout [UInt8], after place: Int, _ random: inout SplitMix64
    ) {
        guard let digit = bytes[place...].firstIndex(where: { 0x30...0x39 ~= $0 }) else { return }
        bytes[digit] = 0x30 + UInt8(random.below(10))
    }
}
