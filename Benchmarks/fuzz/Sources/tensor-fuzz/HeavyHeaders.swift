import Foundation
import Policy

extension TensorFuzz {
    /// Opens headers that are long and costly to read, and prints what each took.
    static func openHeavy(megabytes: Int, _ tally: inout Tally) {
        let size = megabytes * 1_000_000
        for (what, make) in heavyHeaders {
            let header = make(size)
            let length = UInt64(header.count)
            var bytes = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
            bytes += header
            let data = Data(bytes)
            bytes = []
            resetPeak()
            let before = presentMegabytes()
            let start = processorMilliseconds()
            let archive = try? TensorArchive(data: data)
            let seconds = (processorMilliseconds() - start) / 1e3
            let growth = presentPeak() - before
            let found = archive.map { "\($0.entries.count) tensors" } ?? "refused"
            print(
                "\(what), \(data.count / 1_000_000) MB: \(found)"
                    + String(format: ", %.2f s, %.0f MB", seconds, growth))
            if seconds > Double(megabytes) / 4 { tally.fail("\(what): too slow") }
            if growth > 12 * Double(megabytes) + 8 { tally.fail("\(what): too much memory") }
        }
    }

    private static let heavyHeaders: [(String, @Sendable (Int) -> [UInt8])] = [
        (
            "many empty tensors",
            { size in
                var text = Array("{".utf8)
                var number = 0
                while text.count < size {
                    if number > 0 { text.append(0x2C) }
                    let name = String(number, radix: 36)
                    text +=
                        "\"\(name)\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}".utf8
                    number += 1
                }
                return text + Array("}".utf8)
            }
        ),
        ("one long name", { repeated("{\"", "a", "\":{}}", $0) }),
        ("one name of escapes", { repeated("{\"", "\\u0061", "\":{}}", $0) }),
        ("many notes", { repeated("{\"__metadata__\":{", "\"\":\"\",", "}}", $0) }),
        ("a shape of zeros", { repeated("{\"a\":{\"shape\":[", "0,", "0]}}", $0) }),
        ("a long number", { repeated("{\"a\":{\"shape\":[", "9", "]}}", $0) }),
        ("zeros before a number", { repeated("{\"a\":{\"shape\":[", "0", "]}}", $0) }),
        ("space", { repeated("{", " ", "}", $0) }),
        ("brackets", { repeated("{\"a\":", "[", "]}", $0) }),
    ]

    private static func repeated(
        _ start: String, _ piece: String, _ end: String, _ size: Int
    ) -> [UInt8] {
        let piece = Array(piece.utf8)
        var text = Array(start.utf8)
        text.reserveCapacity(size + 64)
        while text.count < size { text += piece }
        return text + Array(end.utf8)
    }

    /// Lets the system count the peak from here on, where it can.
    private static func resetPeak() {
        try? Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs"))
    }

    private static func presentMegabytes() -> Double { status("VmRSS:") ?? peakMegabytes() }
    private static func presentPeak() -> Double { status("VmHWM:") ?? peakMegabytes() }

    private static func status(_ field: String) -> Double? {
        let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = text?.split(separator: "\n").first { $0.hasPrefix(field) }
        let words = line?.split(whereSeparator: \.isWhitespace) ?? []
        return words.count > 1 ? Double(words[1]).map { $0 * 1024 / 1e6 } : nil
    }
}
