#!/bin/sh
# chat, in one file: this script, then a compressed archive of the Deno runtime and the program. It is unpacked
# once, into the user's cache folder, and started from there. To remove what it unpacked, remove the folder
# "chat-runtime" below $XDG_CACHE_HOME or ~/.cache.
set -u
umask 077
hash=@HASH@

fail() {
  echo "chat: $1" >&2
  exit 1
}

# Others must not be able to change what is about to run: a folder of our own, closed to them, no link.
is_ours() {
  [ -d "$1" ] && [ ! -L "$1" ] && [ -O "$1" ] || return 1
  case $(ls -ld "$1") in drwx------*) return 0 ;; *) return 1 ;; esac
}

is_complete() { [ -f "$1/complete" ] && [ -x "$1/deno" ] && [ -f "$1/main.js" ]; }

archive() { tail -n +@LINES@ "$0"; }

check_archive() {
  if command -v sha256sum >/dev/null; then found=$(archive | sha256sum)
  elif command -v shasum >/dev/null; then found=$(archive | shasum -a 256)
  else return; fi # gzip has a checksum too
  [ "${found%% *}" = "$hash" ] || fail "$0 is damaged: copy it again."
}

# Unpacks beside the final place and renames, so that other starts see all of it or nothing. Where two starts do
# this at once, mv puts the second copy into the first one's folder; from there it is removed.
unpack() {
  fresh=$(mktemp -d "$base/unpacking.XXXXXX") || fail "No folder can be made in $base: $advice."
  trap 'rm -rf "$fresh"' EXIT
  trap 'exit 1' HUP INT TERM
  check_archive
  archive | gzip -dc | tar -xomf - -C "$fresh" && is_complete "$fresh" ||
    fail "Cannot unpack into $base: is the disk full, or are programs forbidden there? If so, $advice."
  is_complete "$home" || rm -rf "$home"
  mv "$fresh" "$home" 2>/dev/null
  rm -rf "$home/${fresh##*/}"
  trap - EXIT HUP INT TERM
}

advice="set XDG_CACHE_HOME to a folder that is yours"
cache=${XDG_CACHE_HOME:-}
case $cache in /*) ;; *) cache=${HOME:-}/.cache ;; esac
[ "$cache" != /.cache ] || fail "There is no HOME to unpack into: $advice."
base=$cache/chat-runtime
home=$base/$hash
mkdir -p "$cache" 2>/dev/null || fail "The folder $cache cannot be made: $advice."
mkdir "$base" 2>/dev/null || [ -e "$base" ] || fail "The folder $base cannot be made: $advice."
is_ours "$base" || fail "The folder $base is not yours alone: remove it, or $advice."
is_complete "$home" || unpack
is_ours "$home" || fail "The folder $home is not yours alone: remove it."

# The program must not change what is started next time. (Deno cannot be given a path with a comma in it.)
deny=--deny-write=$base
case $base in *,*) deny= ;; esac

# Deno raises the number of files that may be open to this limit, which the program cannot find out by itself.
CHAT_DESCRIPTOR_LIMIT=$(ulimit -Hn 2>/dev/null)
export CHAT_DESCRIPTOR_LIMIT

# Whom the client trusts is for the client to decide, not for what Deno would add to its authorities.
unset DENO_CERT DENO_TLS_CA_STORE

# Nothing is fetched, and nothing in the current folder is read as a configuration.
export DENO_DIR="$home/cache" DENO_NO_UPDATE_CHECK=1 DENO_NO_PACKAGE_JSON=1
exec "$home/deno" run --quiet --no-config --no-lock --no-remote --no-npm --cached-only \
  @PERMISSIONS@ ${deny:+"$deny"} "$home/main.js" "$@"
