import Foundation
import Policy
import Testing

@Suite struct TensorFileFuzzTests {
    @Test("no mutation of a sound model does more than throw its error")
    func mutations() throws {
        let shards = TensorFile.soundShards
        let mutator = TensorFileMutator(
            corpus: [
                .init(index: nil, files: ["": TensorFile.sound.bytes()]),
                .init(index: Array(shards.index.utf8), files: shards.files),
            ], seed: 1)
        var opened = 0
        var count = 0
        for round in 0..<20_000 as Range<UInt64> {
            let model = mutator.model(round: round)
            let size = model.files.values.reduce(0) { $0 + $1.count }
            guard let archive = try? open(model) else { continue }
            opened += 1
            for entry in archive.entries {
                // Else there would be no room for what a header says.
                #expect(entry.elementType == nil || 2 * entry.count <= size, "round \(round)")
                guard entry.elementType != nil, 2 * entry.count <= size else { continue }
                let target = UnsafeMutablePointer<Float>.allocate(capacity: entry.count)
                defer { target.deallocate() }
                try archive.read(entry.name, into: target, count: entry.count)
                count += entry.count
            }
        }
        #expect((200...10_000).contains(opened) && count > 0, "\(opened) were opened")
    }

    private func open(_ model: TensorFileMutator.Model) throws(PolicyError) -> TensorArchive {
        guard let index = model.index else {
            return try TensorArchive(data: Data(model.files[""] ?? []))
        }
        return try TensorArchive(index: Data(index)) { name throws(PolicyError) in
            guard let bytes = model.files[name] else {
                throw .file(path: name, reason: "is missing")
            }
            return Data(bytes)
        }
    }
}
