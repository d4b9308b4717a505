"""HL7 v2 messages: declarative profiles over an ER7 reader of our own."""
