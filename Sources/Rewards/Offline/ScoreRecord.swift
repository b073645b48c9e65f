import Rollouts

/// One line of the output: a score with what identifies it; every record has the same keys.
struct ScoreRecord {
    var sample: RowSample
    var score: Score

    /// The record as a line of JSON without its end.
    func line(verifier: String, configHash: String) -> String {
        var out = JSONLineWriter()
        write(to: &out, verifier: verifier, configHash: configHash)
        return String(decoding: out.bytes, as: UTF8.self)
    }

    /// Appends the record as a line of JSON without its end.
    func write(to out: inout JSONLineWriter, verifier: String, configHash: String) {
        out.raw("{\"id\":")
        out.string(sample.id)
        out.raw(",\"sample\":\(sample.sample),\"reward\":")
        out.number(score.reward)
        out.raw(",\"score\":")
        out.number(score.outcome)
        out.raw(",\"acc\":")
        out.raw(score.isCorrect.map { $0 ? "true" : "false" } ?? "null")
        out.raw(",\"status\":")
        out.string(score.status.rawValue)
        out.raw(score.reward == nil ? ",\"mask\":true" : ",\"mask\":false")
        out.raw(",\"components\":{")
        for (index, component) in score.components.enumerated() {
            if index > 0 { out.raw(",") }
            write(component, to: &out)
        }
        out.raw("},\"pred\":")
        out.string(score.extracted)
        out.raw(",\"gold\":")
        out.string(score.gold ?? sample.input.gold)
        out.raw(",\"reason\":")
        out.string(score.reason)
        out.raw(",\"verifier\":")
        out.string(verifier)
        out.raw(",\"config_sha256\":")
        out.string(configHash)
        out.raw(",\"tokens\":")
        out.raw(sample.input.tokenCount.map { "\($0)" } ?? "null")
        out.raw(sample.input.truncated ? ",\"truncated\":true}" : ",\"truncated\":false}")
    }

    private func write(_ component: ComponentScore, to out: inout JSONLineWriter) {
        out.string(component.name)
        out.raw(":{\"value\":")
        out.number(component.value)
        out.raw(",\"weight\":")
        out.number(component.weight)
        out.raw(",\"status\":")
        out.string(component.status.rawValue)
        out.raw(",\"reason\":")
        out.string(component.reason)
        out.raw("}")
    }
}

/// Bytes of JSON under construction.
struct JSONLineWriter {
    private(set) var bytes: [UInt8] = []

    /// Text that is JSON already.
    mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// A finite number, or null.
    mutating func number(_ value: Double?) {
        switch value {
        case 0?: raw(value?.sign == .minus ? "-0.0" : "0.0")
        case 1?: raw("1.0")
        case let value? where value.isFinite: raw(value.description)
        default: raw("null")
        }
    }

    /// A string literal, or null.
    mutating func string(_ text: String?) {
        guard var text else { return raw("null") }
        bytes.append(UInt8(ascii: "\""))
        text.withUTF8 { utf8 in
            var start = 0
            for (index, byte) in utf8.enumerated() {
                guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else {
                    continue
                }
                bytes.append(contentsOf: utf8[start..<index])
                escape(byte)
                start = index + 1
            }
            bytes.append(contentsOf: utf8[start...])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case 0x0A: raw("\\n")
        case 0x0D: raw("\\r")
        case 0x09: raw("\\t")
        case UInt8(ascii: "\""): raw("\\\"")
        case UInt8(ascii: "\\"): raw("\\\\")
        default: raw("\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16))
        }
    }
}
