"""Tables of determinations: files of several formats as Parquet, checked, with what cannot be read set aside."""
