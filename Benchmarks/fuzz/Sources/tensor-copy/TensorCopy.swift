import ArgumentParser
import Foundation
import Policy

/// Reads a model's tensors and writes them again.
@main
struct TensorCopy: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tensor-copy",
        abstract: "Copy a safetensors file or a model's folder, in another type or other shards.",
        discussion: "Tensors that hold no floats are listed and left out.")

    @Argument(help: "A safetensors file, or a folder with one or with shards.")
    var source: String

    @Argument(help: "The file to write, or with --shard-size the folder.")
    var target: String

    @Option(help: "F32, BF16 or F16.")
    var type = "F32"

    @Option(help: "Bytes that no shard may exceed.")
    var shardSize: Int?

    func run() throws {
        guard let type = SafeTensors.ElementType(rawValue: type) else {
            throw ValidationError("no type \(type)")
        }
        let clock = ContinuousClock()
        var seconds: [Double] = []
        func timed<Value>(_ body: () throws -> Value) rethrows -> Value {
            let start = clock.now
            defer { seconds.append((clock.now - start) / .seconds(1)) }
            return try body()
        }
        let archive = try timed { try TensorArchive(URL(filePath: source)) }
        let entries = archive.entries.filter { $0.elementType != nil }
        for entry in archive.entries {
            print("\(entry.name.debugDescription) \(entry.type) \(entry.shape) \(entry.file)")
        }
        let total = entries.reduce(0) { $0 + $1.count }
        let floats = UnsafeMutablePointer<Float>.allocate(capacity: max(1, total))
        defer { floats.deallocate() }
        // Touched before, so that the time is that of reading.
        floats.initialize(repeating: 0, count: total)
        var tensors: [TensorArchiveWriter.Tensor] = []
        var isFinite = true
        try timed {
            var place = floats
            for entry in entries {
                isFinite = try archive.read(entry.name, into: place, count: entry.count) && isFinite
                tensors.append(.init(name: entry.name, shape: entry.shape, values: place))
                place += entry.count
            }
        }
        let writer = TensorArchiveWriter(elementType: type, metadata: ["format": "pt"])
        try timed {
            if let shardSize {
                try writer.write(
                    tensors, folder: URL(filePath: target), shardSize: shardSize)
            } else {
                try writer.write(tensors, to: URL(filePath: target))
            }
        }
        print(
            "\(total) values, \(isFinite ? "all finite" : "not all finite"): "
                + String(format: "opened in %.4f s, read in %.3f s, ", seconds[0], seconds[1])
                + String(format: "written in %.3f s", seconds[2]))
    }
}
