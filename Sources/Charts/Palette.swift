/// Colours that people with any kind of colour vision tell apart, on light and on dark ground.
///
/// Source: Okabe and Ito, "Color universal design"; yellow and black are left out, one is unseen on white and
/// the other on black. The last is a grey for what has no place among the others.
enum Palette {
    private static let light = [
        "#0072b2", "#d55e00", "#009e73", "#aa4499", "#b8860b", "#56b4e9", "#882255", "#7a8290",
    ]
    private static let dark = [
        "#4aa8e0", "#ff8a3d", "#2fc89b", "#e08fc8", "#e6b422", "#9bd3f5", "#d977a0", "#98a2b3",
    ]

    /// How many colours there are.
    static let count = light.count
    /// The grey.
    static let grey = light.count - 1
    /// How many ways of dashing there are, the unbroken line one of them.
    static let dashes = 4

    static var lightVariables: String { variables(light) }
    static var darkVariables: String { variables(dark) }

    /// A class for each colour and each dash.
    static var classes: String {
        let colours = light.indices.map { ".c\($0){--c:var(--k\($0))}" }
        let dashes = ["6 4", "2 3", "9 3 2 3"].enumerated().map { index, dash in
            ".d\(index + 1) .line,.d\(index + 1).key line{stroke-dasharray:\(dash)}"
        }
        return (colours + dashes).joined()
    }

    private static func variables(_ colours: [String]) -> String {
        colours.enumerated().map { "--k\($0.offset):\($0.element);" }.joined()
    }
}
