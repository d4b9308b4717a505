"""Clinical documents in XML: CDA R2 with CI-SIS, and KMEHR."""
