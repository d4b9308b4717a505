"""Disarmers of Office documents: Office Open XML, OpenDocument, and what LibreOffice converts."""
