"""Pages and drawings written anew from lists of what is passive."""
