/// How many rollouts of a group the filter keeps.
public enum Retention: Sendable, Equatable {
    /// The filter's k, whatever the group.
    case fixed
    /// By the group's difficulty: k of very hard, hard, medium and easy ones, once `readyAfter` groups
    /// were seen. GFPO's adaptive difficulty, arXiv:2508.09726.
    case adaptive(sizes: [Int], readyAfter: Int = 4)

    /// The largest k; nil where the filter's own holds.
    var largest: Int? {
        if case .adaptive(let sizes, _) = self { return sizes.max() }
        return nil
    }
}
