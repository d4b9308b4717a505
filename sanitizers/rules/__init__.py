"""Rule packs: read, checked, installed, compiled and cached; and the pack that we wrote."""
