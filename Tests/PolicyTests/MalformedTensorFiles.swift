import Foundation

/// Files that break one rule each, and the tensor that the error must name.
struct MalformedTensorFile {
    var what: String
    var bytes: [UInt8]
    /// Empty where it is the file's frame or its header's text that is broken.
    var tensor: String

    static let all: [MalformedTensorFile] =
        cuts + lengths + texts + names + numbers + types + places + entries + notes + depths

    private static func file(
        _ what: String, _ header: String, _ dataCount: Int = 4, tensor: String = ""
    ) -> MalformedTensorFile {
        MalformedTensorFile(
            what: what, bytes: TensorFile(header, dataCount: dataCount).bytes(), tensor: tensor)
    }

    /// A sound file, cut at every byte; and its header cut at every byte with a length that fits.
    private static var cuts: [MalformedTensorFile] {
        let sound = TensorFile.sound
        let whole = sound.bytes()
        let text = sound.header
        let last = text.utf8.lastIndex(of: UInt8(ascii: "}")) ?? text.endIndex
        var files = whole.indices.map { count in
            // In the data the last tensor is the one that ends too late.
            let short = count - 8 - text.utf8.count
            let tensor =
                short < 0
                ? ""
                : [24, 32, 36, 40].firstIndex { short < $0 }.map {
                    ["weight", "half", "brain", "scalar"][$0]
                } ?? "ids"
            return MalformedTensorFile(
                what: "cut at \(count)", bytes: Array(whole[..<count]), tensor: tensor)
        }
        for place in text.utf8.indices where place < last {
            let cut = Array(text.utf8[..<place])
            var bytes = TensorFile(String(decoding: cut, as: UTF8.self)).bytes()
            bytes.replaceSubrange(8..., with: cut + sound.data)
            bytes[0] = UInt8(truncatingIfNeeded: cut.count)
            bytes[1] = UInt8(truncatingIfNeeded: cut.count >> 8)
            files.append(
                MalformedTensorFile(what: "header cut at \(cut.count)", bytes: bytes, tensor: "*"))
        }
        return files
    }

    private static var lengths: [MalformedTensorFile] {
        let sound = TensorFile.sound
        let size = UInt64(sound.bytes().count)
        let wrong: [UInt64] = [
            0, 1, size - 7, size, size + 1, 100_000_000, 100_000_001, 1 << 31, 1 << 32, 1 << 62,
            1 << 63, .max - 8, .max - 7, .max,
        ]
        let changed = wrong.map { length in
            MalformedTensorFile(
                what: "length \(length)", bytes: sound.bytes(length: length), tensor: "")
        }
        let added = [1, 7, 8, 4096].map { count in
            MalformedTensorFile(
                what: "\(count) bytes too many",
                bytes: sound.bytes() + [UInt8](repeating: 0, count: count), tensor: "")
        }
        return changed + added
    }

    /// What is no JSON object, or has something beside it.
    private static var texts: [MalformedTensorFile] {
        let entry = TensorFile.entry("a")
        let wrong = [
            "", " ", "null", "true", "0", "\"a\"", "[]", "[\(entry)]", " {\(entry)}", "\u{FEFF}{}",
            "{", "}", "{}", "{{}}", "{\(entry)}x", "{\(entry)}{}", "{\(entry)}\0", "{\(entry),}",
            "{,\(entry)}", "{\(entry),,}", "{\(entry)", "{\(entry)]", "{a:1}", "{'a':{}}", "{1:{}}",
            "{\"a\"}", "{\"a\" {}}", "{\"a", "{\"a\\", "{\"a\\\"", "{\"a\n\":{}}",
            "{\"a\0\":{}}", "{\"a\\x\":{}}", "{\"a\\u00\":{}}", "{\"a\\u00g0\":{}}",
            "{\"a\\u+123\":{}}", "{\"\\ud800\":{}}", "{\"\\udc00\":{}}", "{\"\\ud800\\ud800\":{}}",
            "{\"\\ud800\\u0041\":{}}", "{\"\\ud800x\":{}}", "{\"\\ud83d\\\":{}}", "{/**/\(entry)}",
        ]
        var files = wrong.map { file("text \($0.debugDescription)", $0) }
        for (place, byte) in [(0, UInt8(0xFF)), (1, 0xC0), (2, 0x80), (2, 0xED)] {
            var bytes = TensorFile("{\(TensorFile.entry("abc"))}", dataCount: 4).bytes()
            bytes[10 + place] = byte
            files.append(
                MalformedTensorFile(what: "byte \(byte) in a name", bytes: bytes, tensor: ""))
        }
        return files
    }

    private static var names: [MalformedTensorFile] {
        let second = TensorFile.entry("a", shape: "[0]", offsets: "[4,4]")
        let twice = [
            ("a", "a"), ("a", "\\u0061"), ("\\u0061", "a"), ("é", "\\u00e9"), ("é", "\\u00E9"),
            ("😀", "\\ud83d\\ude00"), ("/", "\\/"), ("\\n", "\\u000a"), ("\\u0022", "\\\""),
            ("", ""),
        ]
        return twice.map { first, again in
            file(
                "\(first) and \(again)",
                "{\(TensorFile.entry(first)),"
                    + second.replacingOccurrences(of: "\"a\"", with: "\"\(again)\"") + "}",
                tensor: "*")
        } + [
            file(
                "a name of 4097 bytes",
                "{\(TensorFile.entry(String(repeating: "n", count: 4097)))}",
                tensor: String(repeating: "n", count: 64)),
            file("NUL in a name", "{\(TensorFile.entry("a\\u0000b"))}", tensor: "a\0b"),
            file("only NUL", "{\(TensorFile.entry("\\u0000"))}", tensor: "\0"),
        ]
    }

    /// Everything that is no whole number, as a size and as an offset.
    private static var numbers: [MalformedTensorFile] {
        let wrong = [
            "-1", "-0", "+1", "1.0", "1e0", "1E2", "01", "00", "0x1", ".5", "1.", "NaN", "Infinity",
            "null", "true", "\"1\"", "[1]", "{}", "", "1 1", "9223372036854775808",
            "18446744073709551615", "18446744073709551617", "99999999999999999999999999", "１",
        ]
        let lists = ["1", "null", "{}", "\"[1]\"", "[", "]", "[1", "[1,]", "[,1]", "[1,,1]", "(1)"]
        return wrong.flatMap { text in
            [
                file(
                    "size \(text)", "{\(TensorFile.entry("a", shape: "[1,\(text)]"))}", tensor: "a"),
                file(
                    "begin \(text)", "{\(TensorFile.entry("a", offsets: "[\(text),4]"))}",
                    tensor: "a"),
                file(
                    "end \(text)", "{\(TensorFile.entry("a", offsets: "[0,\(text)]"))}", tensor: "a"
                ),
            ]
        }
            + lists.flatMap { text in
                [
                    file("shape \(text)", "{\(TensorFile.entry("a", shape: text))}", tensor: "a"),
                    file(
                        "offsets \(text)", "{\(TensorFile.entry("a", offsets: text))}", tensor: "a"),
                ]
            }
            + ["[]", "[0]", "[0,4,4]", "[0,2,4]"].map {
                file("offsets \($0)", "{\(TensorFile.entry("a", offsets: $0))}", tensor: "a")
            }
    }

    private static var types: [MalformedTensorFile] {
        let wrong = [
            "", "f32", "F31", "F320", "float32", "BF32", "Q4", "F32 ", "\\u0000", "\\ud800",
        ]
        let bare = ["null", "32", "[]", "{}", "F32", "[\"F32\"]"]
        let widths = [
            ("F32", 2), ("F32", 8), ("F16", 4), ("BF16", 1), ("F64", 4), ("I64", 4), ("I32", 2),
            ("I16", 4), ("U8", 4), ("I8", 2), ("BOOL", 4), ("C64", 4), ("F8_E4M3", 2), ("F4", 1),
            ("F6_E2M3", 1), ("F6_E3M2", 0),
        ]
        return wrong.map { file("type \($0)", "{\(TensorFile.entry("a", type: $0))}", tensor: "a") }
            + bare.map { text in
                let entry = TensorFile.entry("a").replacingOccurrences(of: "\"F32\"", with: text)
                return file("type \(text)", "{\(entry)}", tensor: "a")
            }
            + widths.map { type, size in
                file(
                    "\(type) in \(size) bytes",
                    "{\(TensorFile.entry("a", type: type, offsets: "[0,\(size)]"))}", size,
                    tensor: "a")
            }
    }

    /// Shapes and offsets that do not fit each other, the file or the other tensors.
    private static var places: [MalformedTensorFile] {
        let half = "4611686018427387904"
        let shapes = [
            "[2]", "[0]", "[1,2]", "[1,0]", "[2,2,2]", "[\(half),4]", "[\(half),\(half)]",
            "[\(half),4,0]", "[9223372036854775807]", "[9223372036854775807,2]",
            "[2305843009213693953]", "[4294967296,4294967296]", "[4294967297,4294967295]",
            "[" + [String](repeating: "2", count: 63).joined(separator: ",") + "]",
            "[" + [String](repeating: "1", count: 65).joined(separator: ",") + "]",
            "[" + [String](repeating: "0", count: 100_000).joined(separator: ",") + "]",
        ]
        let offsets = [
            "[0,0]", "[0,3]", "[0,5]", "[0,8]", "[4,0]", "[4,4]", "[4,8]", "[1,5]", "[8,4]",
            "[9223372036854775803,9223372036854775807]", "[9223372036854775807,0]",
            "[0,9223372036854775807]", "[9223372036854775807,9223372036854775807]",
        ]
        func pair(_ what: String, _ first: String, _ second: String, _ size: Int, _ tensor: String)
            -> MalformedTensorFile
        {
            let entries = [
                TensorFile.entry("a", shape: "[2]", offsets: first),
                TensorFile.entry("b", shape: "[2]", offsets: second),
            ]
            return file(what, "{\(entries.joined(separator: ","))}", size, tensor: tensor)
        }
        let empty = TensorFile.entry("e", shape: "[0]", offsets: "[2,2]")
        return shapes.map {
            file("shape \($0.prefix(40))", "{\(TensorFile.entry("a", shape: $0))}", tensor: "a")
        }
            + offsets.map {
                file("at \($0)", "{\(TensorFile.entry("a", offsets: $0))}", tensor: "a")
            }
            + [
                pair("one place", "[0,8]", "[0,8]", 8, "*"),
                pair("overlap", "[0,8]", "[4,12]", 12, "b"),
                pair("overlap backwards", "[4,12]", "[0,8]", 12, "a"),
                pair("hole", "[0,8]", "[12,20]", 20, "b"),
                pair("hole of a byte", "[0,8]", "[9,17]", 17, "b"),
                pair("hole at the start", "[4,12]", "[12,20]", 20, "a"),
                pair("end beyond the file", "[0,8]", "[8,16]", 15, "b"),
                pair("rest", "[0,8]", "[8,16]", 17, ""),
                pair("far apart", "[0,8]", "[9223372036854775799,9223372036854775807]", 16, "b"),
                file("empty in the middle", "{\(TensorFile.entry("a")),\(empty)}", tensor: "e"),
                file(
                    "empty beyond", "{\(TensorFile.entry("e", shape: "[0]", offsets: "[9,9]"))}", 0,
                    tensor: "e"),
            ]
    }

    /// Members of an entry that are missing, there twice or of another kind.
    private static var entries: [MalformedTensorFile] {
        let members = [#""dtype":"F32""#, #""shape":[1]"#, #""data_offsets":[0,4]"#]
        var wrong = ["", "null", "1", "\"x\"", "[]", "{}", "true", "[{}]"]
        for index in members.indices {
            var fewer = members
            fewer.remove(at: index)
            wrong.append("{\(fewer.joined(separator: ","))}")
            for place in 0...members.count {
                var more = members
                more.insert(members[index], at: place)
                wrong.append("{\(more.joined(separator: ","))}")
                more = members
                more.insert("\"other\":0", at: place)
                wrong.append("{\(more.joined(separator: ","))}")
            }
        }
        let escaped = members.joined(separator: ",") + #","\u0064type":"F32""#
        return (wrong + ["{\(escaped)}"]).map { text in
            file("entry \(text)", "{\"a\":\(text)}", tensor: "a")
        }
    }

    private static var notes: [MalformedTensorFile] {
        let wrong = [
            "null", "1", "\"x\"", "[]", "true", #"{"x":1}"#, #"{"x":null}"#, #"{"x":true}"#,
            #"{"x":["y"]}"#, #"{"x":{}}"#, #"{"x":"y","x":"y"}"#, #"{"x":"y","\u0078":"z"}"#,
            #"{"x":"y","z":2}"#, #"{"x":"\ud800"}"#, #"{"x"}"#, #"{"x":"y",}"#, "{\"x\":\"\t\"}",
        ]
        let entry = TensorFile.entry("a")
        return wrong.flatMap { text in
            [
                file(
                    "notes \(text)", "{\"__metadata__\":\(text),\(entry)}", tensor: "__metadata__"),
                file(
                    "notes \(text) last", "{\(entry),\"__metadata__\":\(text)}",
                    tensor: "__metadata__"),
            ]
        } + [
            file(
                "notes twice", "{\"__metadata__\":{},\(entry),\"__metadata__\":{}}",
                tensor: "__metadata__"),
            file(
                "notes twice, once escaped",
                "{\"__metadata__\":{},\(entry),\"\\u005f_metadata__\":{}}", tensor: "__metadata__"),
        ]
    }

    private static var depths: [MalformedTensorFile] {
        [10, 1000, 100_000].flatMap { depth in
            [("[", "]"), ("{\"x\":", "}")].flatMap { open, close in
                let nest =
                    String(repeating: open, count: depth) + "0"
                    + String(repeating: close, count: depth)
                return [
                    file("nest of \(depth) \(open)", nest, tensor: "*"),
                    file("entry of \(depth) \(open)", "{\"a\":\(nest)}", tensor: "a"),
                    file(
                        "shape of \(depth) \(open)", "{\(TensorFile.entry("a", shape: nest))}",
                        tensor: "a"),
                    file(
                        "notes of \(depth) \(open)", "{\"__metadata__\":\(nest)}",
                        tensor: "__metadata__"),
                ]
            }
        }
    }
}
