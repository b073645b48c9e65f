public import Foundation
import Rollouts

extension BytePairTokenizer {
    /// A tokenizer without merges: each byte is the token of its own number, special tokens follow.
    ///
    /// - Parameters:
    ///   - special: the special tokens, whose ids begin at 256.
    ///   - endOfText: the special token that ends a text; default: the first.
    /// - Throws: `PolicyError.invalidTokenizer` for tokens that are empty, repeated or a byte's.
    public static func bytes(
        special: [String], endOfText: String? = nil
    ) throws(PolicyError) -> BytePairTokenizer {
        var vocabulary: [String] = []
        for byte in UInt8.min...UInt8.max {
            vocabulary.append("\(quoted(ByteAlphabet.text(of: [byte]))):\(byte)")
        }
        let added = special.enumerated().map { index, token in
            """
            {"id":\(256 + index),"content":\(quoted(token)),"single_word":false,"lstrip":false,\
            "rstrip":false,"normalized":false,"special":true}
            """
        }
        let bytes =
            #"{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":false,"use_regex":false}"#
        let json = """
            {"version":"1.0","truncation":null,"padding":null,"added_tokens":[\
            \(added.joined(separator: ","))],"normalizer":null,"pre_tokenizer":\(bytes),\
            "post_processor":null,"decoder":\(bytes),"model":{"type":"BPE","dropout":null,\
            "unk_token":null,"continuing_subword_prefix":null,"end_of_word_suffix":null,\
            "fuse_unk":false,"byte_fallback":false,"ignore_merges":false,"vocab":{\
            \(vocabulary.joined(separator: ","))},"merges":[]}}
            """
        let end = endOfText ?? special.first
        return try BytePairTokenizer(
            tokenizerJSON: Data(json.utf8), endOfText: end.map { [$0] } ?? [])
    }

    private static func quoted(_ text: String) -> String {
        var out = ""
        JSONValue.quote(text, to: &out)
        return out
    }

    /// Writes `tokenizer.json` into a folder.
    ///
    /// - Throws: `PolicyError.file`.
    public func write(to folder: URL) throws(PolicyError) {
        let url = folder.appendingPathComponent("tokenizer.json")
        do {
            try tokenizerJSON.write(to: url, options: .atomic)
        } catch {
            throw .file(path: url.path, reason: error.localizedDescription)
        }
    }
}
