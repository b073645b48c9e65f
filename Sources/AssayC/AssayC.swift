// AssayC
