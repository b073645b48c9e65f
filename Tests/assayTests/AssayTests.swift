// assay
