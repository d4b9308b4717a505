"""Whom records are about: identifiers of patients, in one form, whatever format told them."""
