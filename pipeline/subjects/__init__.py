"""The subject index: whom records are about, in keyed codes; asked for by people with a reason."""
