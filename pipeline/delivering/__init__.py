"""The hand-over of what was promoted: what is in it, the record of it, and the folder."""
