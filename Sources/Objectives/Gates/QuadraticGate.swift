/// `−A·lp + (strength/2)·(log ρ)²`.
///
/// At the token level this is verl's `dro` (arXiv:2405.19107); with the product ratio, a baseline
/// of the mean and a sum over tokens it is the mirror descent of Kimi k1.5, arXiv:2501.12599,
/// eq. 3. A ratio that n tokens share enters once: each carries an nth of it.
func quadraticSurrogate(_ input: SurrogateInput, strength: Double) -> Surrogate {
    let logRatio = input.logRatio
    return Surrogate(
        value: -input.advantage * input.logProbability
            + strength / 2 * logRatio * logRatio / input.sharing,
        slope: strength * logRatio / input.sharing, direct: -input.advantage)
}
