import Foundation

/// A whole file's bytes, mapped or given.
enum FileBytes: Sendable {
    case mapped(MappedFile)
    case data(Data)

    /// Gives the bytes to `body`, after a look at whether they are still all there.
    func read<Value>(
        _ body: (UnsafeRawBufferPointer) throws(PolicyError) -> Value
    ) throws(PolicyError) -> Value {
        switch self {
        case .mapped(let file):
            try file.checkSize()
            return try body(file.bytes)
        case .data(let data):
            let result = data.withUnsafeBytes { bytes in
                Result { () throws(PolicyError) in try body(bytes) }
            }
            return try result.get()
        }
    }

    /// Tells that a range of the bytes will hardly be read again.
    func release(_ range: Range<Int>) {
        if case .mapped(let file) = self { file.release(range) }
    }
}
