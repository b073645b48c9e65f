import Foundation

/// A safetensors file in parts, so that tests can break each part alone.
struct TensorFile {
    var header: String
    var data: [UInt8]

    init(_ header: String, dataCount: Int = 0) {
        self.header = header
        data = [UInt8](repeating: 0, count: dataCount)
    }

    /// The whole file, with the header's true length or another one.
    func bytes(length: UInt64? = nil) -> [UInt8] {
        let length = length ?? UInt64(header.utf8.count)
        return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
            + Array(header.utf8) + data
    }

    /// A header's member for a tensor.
    static func entry(
        _ name: String, type: String = "F32", shape: String = "[1]", offsets: String = "[0,4]"
    ) -> String {
        "\"\(name)\":{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
    }

    /// A sound file with every kind of tensor: both halves, a scalar, an empty one and whole numbers.
    static let sound: TensorFile = {
        let entries = [
            #""__metadata__":{"format":"pt","é":"\u0041\n"}"#,
            entry("weight", shape: "[2,3]", offsets: "[0,24]"),
            entry("half", type: "F16", shape: "[4]", offsets: "[24,32]"),
            entry("brain", type: "BF16", shape: "[2,1]", offsets: "[32,36]"),
            entry("scalar", shape: "[]", offsets: "[36,40]"),
            entry("empty", shape: "[0,7]", offsets: "[40,40]"),
            entry("ids", type: "I64", shape: "[1]", offsets: "[40,48]"),
        ]
        var file = TensorFile("{" + entries.joined(separator: ",") + "}  ", dataCount: 48)
        for place in file.data.indices { file.data[place] = UInt8(place) }
        return file
    }()

    /// Two sound shards by their names, and their index.
    static let soundShards: (index: String, files: [String: [UInt8]]) = {
        let names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
        let first = [
            entry("a", shape: "[2]", offsets: "[0,8]"),
            entry("b", type: "BF16", shape: "[2]", offsets: "[8,12]"),
        ]
        let second = [#""__metadata__":{"format":"pt"}"#, entry("c")]
        let index = """
            {"metadata":{"total_size":16,"more":[1.5,{"x":null}]},
            "weight_map":{"a":"\(names[0])","b":"\(names[0])","c":"\(names[1])"}}
            """
        let files = [
            names[0]: TensorFile("{\(first.joined(separator: ","))}", dataCount: 12).bytes(),
            names[1]: TensorFile("{\(second.joined(separator: ","))}", dataCount: 4).bytes(),
        ]
        return (index, files)
    }()
}
