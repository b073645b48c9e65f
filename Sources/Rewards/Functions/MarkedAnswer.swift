import Foundation
import MathAnswers

/// Finds the text that a completion gives as its answer.
struct MarkedAnswer: Sendable {
    /// Where the answer stands.
    enum Place: String, Sendable, CaseIterable {
        /// In a box, an answer tag, behind "the answer is", or the whole text where nothing marks one.
        case marked
        /// In a box, an answer tag or behind "the answer is" only.
        case stated
        /// The whole completion behind its reasoning.
        case whole
    }

    private let place: Place
    private let verifier: MathVerifier

    init(_ place: Place) {
        self.place = place
        verifier = MathVerifier(options: MathOptions(severalBoxes: .last))
    }

    /// The answer, trimmed; nil where there is none, or where boxes hold several.
    func text(of completion: String) -> String? {
        if place != .whole, let found = verifier.extraction(from: completion) {
            return Set(found.alternatives).count > 1 ? nil : found.text
        }
        guard place != .stated else { return nil }
        let text = completion.behindReasoning.trimmingCharacters(in: .whitespacesAndNewlines)
        return text.isEmpty ? nil : text
    }
}
