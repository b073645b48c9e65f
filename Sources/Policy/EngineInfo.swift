import Tensors

/// What the engine runs on, for a person.
public enum EngineInfo {
    /// Instruction set, matrix products and what holds about invariance, a line each.
    public static func describe() -> String {
        """
        kernels: \(Kernels.best.instructionSet)
        matrix product: \(MatrixProduct().implementation)
        matrix product of bfloat16: \(MatrixProduct().halfImplementation)
        invariance: a token's log-probability does not depend on its batch, its place in it, or \
        the number of threads; the sampler's equals the trainer's bit for bit on one machine
        """
    }
}
