"""What an antivirus of the site says beside our scanners: it may only add, never prove clean."""
