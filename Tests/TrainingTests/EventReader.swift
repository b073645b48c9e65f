import Foundation

@testable import Training

/// Reads TensorBoard's events, apart from how they are written: CRCs bit by bit, fields of any order.
struct EventReader {
    struct Scalar: Equatable {
        var step: Int
        var tag: String
        var value: Float
    }

    struct Fault: Error { var text: String }

    private(set) var scalars: [Scalar] = []
    private(set) var times: [Int: Double] = [:]
    private(set) var version = ""
    /// Offsets at which records end.
    private(set) var ends: [Int] = []

    init(_ bytes: [UInt8]) throws {
        var place = 0
        while place < bytes.count {
            guard place + 16 <= bytes.count else { throw Fault(text: "cut at \(place)") }
            let length = Int(Self.number(bytes[place..<place + 8]))
            guard Self.number(bytes[place + 8..<place + 12]) == Self.mask(bytes[place..<place + 8]),
                place + 16 + length <= bytes.count
            else { throw Fault(text: "length at \(place)") }
            let data = bytes[place + 12..<place + 12 + length]
            place += 12 + length
            guard Self.number(bytes[place..<place + 4]) == Self.mask(data) else {
                throw Fault(text: "data before \(place)")
            }
            place += 4
            ends.append(place)
            try read(data)
        }
    }

    private mutating func read(_ event: ArraySlice<UInt8>) throws {
        let fields = try Self.fields(event)
        let step = Int(Self.number(fields.first { $0.0 == 2 }?.1 ?? []))
        for (number, content) in fields {
            switch number {
            case 1: times[step] = Double(bitPattern: Self.number(content))
            case 3: version = String(decoding: content, as: UTF8.self)
            case 5:
                for (_, value) in try Self.fields(content) {
                    let parts = Dictionary(
                        try Self.fields(value).map { ($0.0, $0.1) }, uniquingKeysWith: { $1 })
                    scalars.append(
                        Scalar(
                            step: step, tag: String(decoding: parts[1] ?? [], as: UTF8.self),
                            value: Float(
                                bitPattern: UInt32(Self.number(parts[2] ?? [])))))
                }
            default: break
            }
        }
    }

    /// Numbers of fields with their content; a varint's as eight bytes.
    private static func fields(_ bytes: ArraySlice<UInt8>) throws -> [(Int, ArraySlice<UInt8>)] {
        var (rest, fields) = (bytes, [(Int, ArraySlice<UInt8>)]())
        func varint() throws -> UInt64 {
            for shift in stride(from: UInt64(0), to: 64, by: 7) {
                guard let byte = rest.popFirst() else { break }
                varintValue = (shift == 0 ? 0 : varintValue) | UInt64(byte & 0x7F) << shift
                if byte < 0x80 { return varintValue }
            }
            throw Fault(text: "varint")
        }
        var varintValue: UInt64 = 0
        while !rest.isEmpty {
            let key = try varint()
            var count = 0
            switch key & 7 {
            case 0:
                let value = try varint()
                fields.append((Int(key >> 3), RecordFraming.littleEndian(value)[...]))
                continue
            case 1: count = 8
            case 2: count = Int(try varint())
            case 5: count = 4
            default: throw Fault(text: "wire kind \(key & 7)")
            }
            guard rest.count >= count else { throw Fault(text: "field \(key >> 3) is cut") }
            fields.append((Int(key >> 3), rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return fields
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 * 256 + UInt64($1) }
    }

    private static func mask(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        var crc = UInt32.max
        for byte in bytes {
            for bit in 0..<8 {
                let isSet = (crc ^ UInt32(byte >> bit)) & 1 == 1
                crc = crc / 2 ^ (isSet ? 0x82F6_3B78 : 0)
            }
        }
        crc = ~crc
        return UInt64((crc >> 15 | crc << 17) &+ 0xA282_EAD8)
    }
}
