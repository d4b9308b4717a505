"""DICOM files as records: our own walk to the last byte, then what the elements say."""
