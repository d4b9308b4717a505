#!/bin/sh
# Installs an Autoclave bundle without a network. See INSTALL.txt.
#
#   ./install.sh --signers FILE --identity NAME PREFIX
#   ./install.sh --unsigned PREFIX
#
# PREFIX/versions/VERSION holds the program, PREFIX/current names the version in force, and
# PREFIX/bin/autoclave is the command. Nothing outside of PREFIX is written.
set -eu

fail() {
  echo "install.sh: $1" >&2
  echo "next step: $2" >&2
  exit "${3:-5}"
}
usage() { fail "$1" "./install.sh --signers FILE --identity NAME PREFIX (or --unsigned PREFIX)" 2; }

signers= identity= unsigned= older= prefix=
while [ $# -gt 0 ]; do
  case $1 in
    --signers) [ $# -gt 1 ] || usage "--signers needs a file"; signers=$2; shift 2 ;;
    --identity) [ $# -gt 1 ] || usage "--identity needs a name"; identity=$2; shift 2 ;;
    --unsigned) unsigned=yes; shift ;;
    --older) older=yes; shift ;;
    -*) usage "there is no option $1" ;;
    *) [ -z "$prefix" ] || usage "more than one PREFIX"; prefix=$1; shift ;;
  esac
done
[ -n "$prefix" ] || usage "no PREFIX"
case $prefix in /*) ;; *) prefix=$PWD/$prefix ;; esac
case $signers in /*|'') ;; *) signers=$PWD/$signers ;; esac
cd "$(dirname "$0")"

# 1. The list of checksums is the builder's, and everything here is on it and as it was.
if [ -n "$unsigned" ]; then
  echo "install.sh: --unsigned: nobody vouches for this bundle but who gave it to you" >&2
else
  [ -n "$signers" ] && [ -n "$identity" ] || usage "who signed the bundle is not told"
  [ -f SHA256SUMS.sig ] || fail "the bundle is not signed" "ask its builder for a signed one"
  command -v ssh-keygen >/dev/null || fail "ssh-keygen is not installed" "install openssh-client" 6
  ssh-keygen -Y verify -f "$signers" -I "$identity" -n autoclave-bundle -s SHA256SUMS.sig \
    <SHA256SUMS >/dev/null 2>&1 ||
    fail "the signature is not $identity's" "do not install this bundle; ask its builder"
fi
sha256sum --check --strict --quiet SHA256SUMS ||
  fail "the bundle is not whole" "copy it again from where it was signed"
listed=$(sed 's/^[0-9a-f]*  //' SHA256SUMS | LC_ALL=C sort)
there=$(find . -type f ! -name SHA256SUMS ! -name SHA256SUMS.sig | sed 's|^\./||' | LC_ALL=C sort)
[ "$listed" = "$there" ] || fail "files beside the list" "unpack the bundle into an empty folder"
[ -z "$(find . ! -type f ! -type d)" ] ||
  fail "links or devices in the bundle" "unpack the bundle into an empty folder"

# 2. It is no older than what is installed.
version=$(sed -n 's/^version=\([0-9A-Za-z.+-]*\)$/\1/p' RELEASE)
made=$(sed -n 's/^made=\([0-9]*\)$/\1/p' RELEASE)
[ -n "$version" ] && [ -n "$made" ] || fail "RELEASE does not name a version" "ask its builder"
before=$(sed -n 's/^made=\([0-9]*\)$/\1/p' "$prefix/current/RELEASE" 2>/dev/null || true)
if [ -n "$before" ] && [ "$made" -lt "$before" ] && [ -z "$older" ]; then
  fail "this bundle is older than what is installed" "take a newer one, or say --older"
fi

# 3. A new folder; the version in force stays until it is whole.
python=
for each in python3.11 python3.12 python3.13 python3; do
  if command -v "$each" >/dev/null &&
    "$each" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null
  then python=$each; break; fi
done
[ -n "$python" ] || fail "no Python 3.11 with venv" "install python3.11 and python3.11-venv" 6
target=$prefix/versions/$version-$made
mkdir -p "$prefix/versions" "$prefix/bin"
# Programs that a killed installation left behind hold this too, until they end.
exec 9>"$prefix/.lock"
flock -n 9 || fail "another installation is at work in $prefix" "wait until it has ended" 6
if [ ! -f "$target/RELEASE" ]; then
  rm -rf "$target"
  trap 'rm -rf "$target"' EXIT
  trap 'exit 7' HUP INT TERM
  installed() { "$target/bin/python" -m pip install --quiet --no-index --no-deps "$@"; }
  "$python" -m venv "$target" &&
    installed --disable-pip-version-check --require-hashes --find-links wheels \
      --requirement requirements.txt &&
    installed --disable-pip-version-check wheels/autoclave-"$version"-*.whl ||
    fail "the packages cannot be installed" "see above: free space, or a bundle for this machine" 6
  "$target/bin/python" -m pip check --quiet --disable-pip-version-check ||
    fail "the bundle lacks what its parts need" "ask its builder"
  cp sbom.cdx.json SHA256SUMS "$target/"
  [ ! -d packs ] || cp -R packs "$target/packs"
  "$target/bin/autoclave" --version >/dev/null
  cp RELEASE "$target/RELEASE" # the last one: with it the folder is whole
  trap - EXIT HUP INT TERM
fi

# 4. In force: one rename.
ln -sfn "versions/$version-$made" "$prefix/current.new"
mv -T "$prefix/current.new" "$prefix/current"
ln -sfn ../current/bin/autoclave "$prefix/bin/autoclave"
echo "installed: $prefix/bin/autoclave ($version)"
if [ -d "$target/packs" ]; then
  for pack in "$target"/packs/*; do
    echo "rules: $prefix/bin/autoclave rules add $pack"
  done
fi
