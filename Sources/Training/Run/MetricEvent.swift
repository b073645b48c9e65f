/// TensorBoard's `Event` messages, as far as scalars need them, in protobuf's wire format.
///
/// Fields: `Event` 1 wall_time, 2 step, 3 file_version, 5 summary, 7 session_log; `Summary` 1 value; `Value`
/// 1 tag, 2 simple_value; `SessionLog` 1 status.
enum MetricEvent {
    /// What the first record of a file says.
    static func fileVersion(time: Double) -> [UInt8] {
        double(1, time) + bytes(3, Array("brain.Event:2".utf8))
    }

    /// Tells a reader that follows the folder to forget what earlier files said from step 0 on.
    static func sessionStart(time: Double) -> [UInt8] {
        double(1, time) + integer(2, 0) + bytes(7, integer(1, 1))
    }

    /// All metrics of a step, by name.
    static func scalars(_ row: MetricRow, time: Double) -> [UInt8] {
        let values = row.metrics.sorted { $0.key < $1.key }.flatMap { name, value in
            bytes(1, bytes(1, Array(name.utf8)) + float(2, Float(value)))
        }
        return double(1, time) + integer(2, UInt64(row.step)) + bytes(5, values)
    }

    /// Step and time of an event that this type made; nil of another.
    static func stamp(_ event: ArraySlice<UInt8>) -> (step: Int, time: Double)? {
        guard event.first == key(1, 1)[0], event.count > 10 else { return nil }
        let time = Double(bitPattern: RecordFraming.number(event.dropFirst().prefix(8)))
        var rest = event.dropFirst(9)
        guard rest.popFirst() == key(2, 0)[0] else { return nil }
        var (step, shift) = (UInt64(0), UInt64(0))
        while let byte = rest.popFirst(), shift < 63 {
            step |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return Int(exactly: step).map { ($0, time) } }
            shift += 7
        }
        return nil
    }

    // MARK: Wire format

    private static func varint(_ value: UInt64) -> [UInt8] {
        var (rest, bytes) = (value, [UInt8]())
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    /// A field's number with the kind of what follows: 0 varint, 1 eight bytes, 2 length and
    /// bytes, 5 four bytes.
    private static func key(_ field: UInt64, _ kind: UInt64) -> [UInt8] {
        varint(field << 3 | kind)
    }

    private static func integer(_ field: UInt64, _ value: UInt64) -> [UInt8] {
        key(field, 0) + varint(value)
    }

    private static func double(_ field: UInt64, _ value: Double) -> [UInt8] {
        key(field, 1) + RecordFraming.littleEndian(value.bitPattern)
    }

    private static func float(_ field: UInt64, _ value: Float) -> [UInt8] {
        key(field, 5) + RecordFraming.littleEndian(value.bitPattern)
    }

    private static func bytes(_ field: UInt64, _ content: [UInt8]) -> [UInt8] {
        key(field, 2) + varint(UInt64(content.count)) + content
    }
}
