import Foundation

/// Bytes by name, and what kind of character they are.
enum ASCII {
    static let tab: UInt8 = 0x09
    static let newline: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let hash: UInt8 = 0x23
    static let dollar: UInt8 = 0x24
    static let star: UInt8 = 0x2A
    static let comma: UInt8 = 0x2C
    static let dot: UInt8 = 0x2E
    static let colon: UInt8 = 0x3A
    static let less: UInt8 = 0x3C
    static let backslash: UInt8 = 0x5C
    static let openBrace: UInt8 = 0x7B
    static let closeBrace: UInt8 = 0x7D

    static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
    static func isLetter(_ byte: UInt8) -> Bool {
        (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A
    }
    static func isSpace(_ byte: UInt8) -> Bool {
        byte == space || (byte >= tab && byte <= carriageReturn)
    }
    static func lowercased(_ byte: UInt8) -> UInt8 {
        byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether the bytes at `index` spell `word`, which is lower case, in either case.
    func spells(_ word: StaticString, at index: Int) -> Bool {
        let length = word.utf8CodeUnitCount
        guard index >= 0, index + length <= count else { return false }
        for offset in 0..<length
        where ASCII.lowercased(self[index + offset]) != word.utf8Start[offset] {
            return false
        }
        return true
    }

    /// Where a byte stands next from `start` on, or nil.
    func first(_ byte: UInt8, from start: Int) -> Int? {
        guard let baseAddress, start < count,
            let found = memchr(baseAddress + start, Int32(byte), count - start)
        else { return nil }
        return UnsafeRawPointer(found) - UnsafeRawPointer(baseAddress)
    }

    /// `range` without the bytes at its ends that `isDressing` names.
    func trimmed(_ range: Range<Int>, where isDressing: (UInt8) -> Bool) -> Range<Int> {
        var lower = range.lowerBound
        var upper = range.upperBound
        while lower < upper, isDressing(self[lower]) { lower += 1 }
        while upper > lower, isDressing(self[upper - 1]) { upper -= 1 }
        return lower..<upper
    }

    /// The text of a range, repaired where it is no UTF-8.
    func text(_ range: Range<Int>) -> String {
        String(decoding: self[range], as: UTF8.self)
    }
}

/// Marks for every byte.
///
/// The memory is never freed: tables are static, and a plain pointer costs no reference count.
struct ByteTable: @unchecked Sendable {
    private let marks: UnsafePointer<UInt8>

    /// A table of the bytes of each text, marked with its number.
    init(_ texts: [(bytes: StaticString, mark: UInt8)]) {
        let table = UnsafeMutablePointer<UInt8>.allocate(capacity: 256)
        table.initialize(repeating: 0, count: 256)
        for (bytes, mark) in texts {
            for index in 0..<bytes.utf8CodeUnitCount { table[Int(bytes.utf8Start[index])] |= mark }
        }
        marks = UnsafePointer(table)
    }

    subscript(_ byte: UInt8) -> UInt8 { marks[Int(byte)] }
}
