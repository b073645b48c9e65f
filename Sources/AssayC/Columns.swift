import CAssay
import Rollouts

/// A checked view of a column of texts of the caller.
struct TextColumn {
    private let column: assay_texts
    private let count: Int

    /// The column; nil where the caller has none.
    init?(_ column: assay_texts, count: Int, _ what: String) throws {
        guard let offsets = column.offsets else { return nil }
        guard column.first >= 0 else { throw BadCall(reason: "\(what): a negative first bit") }
        try check(offsets, count: count, what)
        guard column.bytes != nil || offsets[count] == offsets[0] else {
            throw BadCall(reason: "\(what): offsets without bytes")
        }
        self.column = column
        self.count = count
    }

    /// The text of a row; nil where it has none.
    subscript(row: Int) -> String? {
        guard let offsets = column.offsets else { return nil }
        if let valid = column.valid {
            let bit = Int(column.first) + row
            guard valid[bit / 8] >> UInt8(bit % 8) & 1 == 1 else { return nil }
        }
        let (begin, end) = (Int(offsets[row]), Int(offsets[row + 1]))
        guard let bytes = column.bytes, end > begin else { return "" }
        return String(
            decoding: UnsafeBufferPointer(start: bytes + begin, count: end - begin), as: UTF8.self)
    }
}

/// Refuses offsets that begin below 0 or descend.
func check(_ offsets: UnsafePointer<Int64>, count: Int, _ what: String) throws {
    guard offsets[0] >= 0 else { throw BadCall(reason: "\(what): a negative offset") }
    for index in 0..<count where offsets[index] > offsets[index + 1] {
        throw BadCall(reason: "\(what): offset \(index + 1) is below the one before it")
    }
}

/// `count` numbers of the caller; nil where there are none.
func array<Number>(_ start: UnsafePointer<Number>?, _ count: Int) -> [Number]? {
    start.map { Array(UnsafeBufferPointer(start: $0, count: count)) }
}

/// A number of rows that can be.
func checked(_ count: Int64, _ what: String) throws -> Int {
    guard count >= 0, let count = Int(exactly: count) else {
        throw BadCall(reason: "\(what): a negative count")
    }
    return count
}

/// A number that a NaN stands for the absence of.
func known(_ value: Double) -> Double? { value.isNaN ? nil : value }

extension ScoreStatus {
    /// The number of the header.
    var code: Int32 {
        switch self {
        case .scored: ASSAY_SCORED
        case .abstain: ASSAY_ABSTAIN
        case .goldUnparseable: ASSAY_GOLD_UNPARSEABLE
        case .answerMissing: ASSAY_PRED_MISSING
        case .answerUnparseable: ASSAY_PRED_UNPARSEABLE
        case .timeout: ASSAY_TIMEOUT
        case .resourceLimit: ASSAY_RESOURCE_LIMIT
        case .infrastructureError: ASSAY_INFRA_ERROR
        }
    }
}
