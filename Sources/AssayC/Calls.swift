import CAssay
import Foundation
import Rollouts

// What every call of the C interface does: keep its error, hand texts over.

/// A call that was not made as the header says.
struct BadCall: Error {
    let reason: String
}

/// Runs a call; on an error keeps it for the thread and gives `failure` for its code.
func call<Value>(_ failure: (Int32) -> Value, _ body: () throws -> Value) -> Value {
    assay_set_error("", "")
    do {
        return try body()
    } catch let error as BadCall {
        assay_set_error(error.reason, "Call as assay.h says.")
        return failure(ASSAY_BAD_ARGUMENT)
    } catch let error as any UserError {
        assay_set_error(error.description, error.remedy)
        return failure(error.fault == .work ? ASSAY_FAILED : ASSAY_BAD_INPUT)
    } catch {
        assay_set_error("\(error)", "")
        return failure(ASSAY_FAILED)
    }
}

/// A text for the caller, who releases it with `assay_free`.
func given(_ text: String) throws -> UnsafeMutablePointer<CChar> {
    guard let copy = strdup(text) else { throw BadCall(reason: "no memory is left") }
    return copy
}

/// UTF-8 of the caller, with replacement characters where it is none.
func text(_ bytes: UnsafePointer<UInt8>?, _ count: Int64, _ what: String) throws -> String {
    guard count >= 0, count == 0 || bytes != nil else {
        throw BadCall(reason: "\(what): no bytes, or a negative length")
    }
    return String(
        decoding: UnsafeBufferPointer(start: bytes, count: Int(count)), as: UTF8.self)
}

/// As `assay_abi_version` of assay.h says.
@_cdecl("assay_abi_version")
public func assayABIVersion() -> Int32 { ASSAY_ABI_VERSION }

/// As `assay_free` of assay.h says.
@_cdecl("assay_free")
public func assayFree(_ text: UnsafeMutablePointer<CChar>?) { free(text) }
