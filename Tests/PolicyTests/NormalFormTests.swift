import Testing

@testable import Policy

@Suite struct NormalFormTests {
    /// A text with its NFC, NFD, NFKC and NFKD by `tokenizers` 0.23.3.
    static let cases: [[String]] = [
        [
            "e\u{301}\u{323}", "\u{1EB9}\u{301}", "e\u{323}\u{301}", "\u{1EB9}\u{301}",
            "e\u{323}\u{301}",
        ],
        [
            "\u{10041}\u{301}", "\u{10041}\u{301}", "\u{10041}\u{301}", "\u{10041}\u{301}",
            "\u{10041}\u{301}",
        ],
        [
            "\u{FC5E}\u{334}", "\u{FC5E}\u{334}", "\u{FC5E}\u{334}", " \u{334}\u{64C}\u{651}",
            " \u{334}\u{64C}\u{651}",
        ],
        [
            "\u{AC00}\u{11A8}", "\u{AC01}", "\u{1100}\u{1161}\u{11A8}", "\u{AC01}",
            "\u{1100}\u{1161}\u{11A8}",
        ],
        [
            "\u{1100}\u{1161}\u{11A8}", "\u{AC01}", "\u{1100}\u{1161}\u{11A8}", "\u{AC01}",
            "\u{1100}\u{1161}\u{11A8}",
        ],
        ["\u{B47}\u{B56}", "\u{B48}", "\u{B47}\u{B56}", "\u{B48}", "\u{B47}\u{B56}"],
        [
            "\u{11099}\u{110BA}", "\u{1109A}", "\u{11099}\u{110BA}", "\u{1109A}",
            "\u{11099}\u{110BA}",
        ],
        [
            "a\u{345}\u{898}\u{334}", "a\u{345}\u{898}\u{334}", "a\u{345}\u{898}\u{334}",
            "a\u{345}\u{898}\u{334}", "a\u{345}\u{898}\u{334}",
        ],
        [
            "\u{CCB}", "\u{CCB}", "\u{CC6}\u{CC2}\u{CD5}", "\u{CCB}", "\u{CC6}\u{CC2}\u{CD5}",
        ],
        ["", "", "", "", ""],
    ]

    @Test("the normal forms are those of tokenizers", arguments: cases)
    func forms(texts: [String]) {
        let forms = [(false, true), (false, false), (true, true), (true, false)]
        for (index, (isCompatible, composes)) in forms.enumerated() {
            var form = NormalForm(isCompatible: isCompatible, composes: composes)
            let found = form.apply(texts[0])
            #expect(Array(found.unicodeScalars) == Array(texts[index + 1].unicodeScalars))
        }
    }
}
