public import Foundation
import Rollouts

extension SafeTensors {
    /// Reads a model's tensors out of a folder: `model.safetensors`, or the shards that
    /// `model.safetensors.index.json` names.
    ///
    /// - Throws: `PolicyError.file` where a file is missing, `tensorFile` where a shard does not hold
    ///   what the index says, and as `content(of:)`.
    public static func read(folder: URL) throws(PolicyError) -> Content {
        let index = folder.appending(path: "model.safetensors.index.json")
        guard FileManager.default.fileExists(atPath: index.path(percentEncoded: false)) else {
            return try read(folder.appending(path: "model.safetensors"))
        }
        let map = try weightMap(index)
        var content = Content(tensors: [])
        for shard in Set(map.values).sorted() {
            let part = try read(folder.appending(path: shard))
            for tensor in part.tensors {
                guard map[tensor.name] == shard else {
                    throw .tensorFile(
                        tensor: tensor.name,
                        reason:
                            "stands in \(shard), the index says \(map[tensor.name] ?? "nothing")")
                }
            }
            content.tensors += part.tensors
            content.metadata.merge(part.metadata) { first, _ in first }
        }
        let found = Set(content.tensors.map(\.name))
        if let missing = map.keys.filter({ !found.contains($0) }).min() {
            throw .tensorFile(tensor: missing, reason: "is not in \(map[missing] ?? "its shard")")
        }
        return content
    }

    /// The shard of each tensor; names of shards must be plain file names.
    private static func weightMap(_ index: URL) throws(PolicyError) -> [String: String] {
        let path = index.path(percentEncoded: false)
        let document: JSONValue
        do {
            document = try JSONReader.parse([UInt8](try Data(contentsOf: index)))
        } catch let fault as JSONReader.Fault {
            throw .file(path: path, reason: "not JSON at byte \(fault.offset + 1): \(fault.reason)")
        } catch {
            throw .file(path: path, reason: error.localizedDescription)
        }
        guard case .object(let members)? = document["weight_map"], !members.isEmpty else {
            throw .file(path: path, reason: "it has no weight_map")
        }
        var map: [String: String] = [:]
        for (tensor, shard) in members {
            guard let name = shard.string, !name.isEmpty, name != ".", name != "..",
                !name.contains("/"), !name.utf8.contains(0)
            else { throw .tensorFile(tensor: tensor, reason: "has no shard that is a file name") }
            map[tensor] = name
        }
        return map
    }
}
