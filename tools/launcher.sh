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
  # What was not there a moment ago is whole if it is there now: another start has put it there, and may run from it.
  [ ! -e "$home" ] || is_complete "$home" || rm -rf "$home"
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

# Deno's lists of paths have commas between them: where a path has one in it, the folder above is listed.
list_path() {
  case $1 in /*) path=$1 ;; *) path=$PWD/$1 ;; esac
  case $path in *,*) path=${path%%,*} path=${path%/*} ;; esac
  path=${path:-/}
}

may_read() { [ -z "$1" ] || { list_path "$1" && reads=${reads:+$reads,}$path; }; }

# What Deno takes as a host. With anything else it would not start, and the mistake is for the program to tell.
is_host() {
  case $1 in
    *:::* | *::*::* | *[!0-9A-Fa-f.:]*:* | *:*[!0-9A-Fa-f.:]*) return 1 ;;
    *::*) return 0 ;;
    '' | *[!A-Za-z0-9._-]* | [.-]* | *[.-] | *..* | *-.* | *.-*) return 1 ;;
    *) [ ${#1} -lt 64 ] ;;
  esac
}

may_use_port() {
  case $2 in '' | *[!0-9]* | ??????*) return ;; esac
  [ "$2" -le 65535 ] || return
  case $1 in \[*:*\]) address=${1#?} && set -- "${address%?}" "$2" ;; esac
  is_host "$1" || addresses=any
  case $1 in *:*) set -- "[$1]" "$2" ;; esac
  [ "$addresses" = any ] || addresses=${addresses:+$addresses,}$1:$2
}

take_flag() {
  case $1 in
    --data) data=$2 ;;
    --downloads) downloads=$2 ;;
    --host) host=$2 ;;
    --irc | --irc-plain | --classic | --web) ports="$ports $2" ;;
    --web-port) ;; # Beside --web, which allows every address.
    --cluster) servers=$2 ;;
    --cluster-monitor) monitors=$2 ;;
    --motd | --cluster-credentials | --cluster-ca | --tls-cert | --tls-key | --web-cert | --web-key | --password-file) may_read "$2" ;;
  esac
}

# HOST:PORT after nats:// or tls://, several with commas between them.
may_use_servers() {
  while [ -n "$servers" ]; do
    server=${servers%%,*}
    case $servers in *,*) servers=${servers#*,} ;; *) servers='' ;; esac
    server=${server#*://} server=${server%/}
    case $server in *]) server=$server:4222 ;; *:*) ;; *) server=$server:4222 ;; esac
    may_use_port "${server%:*}" "${server##*:}"
  done
}

# The same after http:// or https://, where a path may follow.
may_use_monitors() {
  while [ -n "$monitors" ]; do
    monitor=${monitors%%,*}
    case $monitors in *,*) monitors=${monitors#*,} ;; *) monitors='' ;; esac
    case $monitor in https:*) usual=443 ;; *) usual=80 ;; esac
    monitor=${monitor#*://} monitor=${monitor%%/*}
    case $monitor in *]) monitor=$monitor:$usual ;; *:*) ;; *) monitor=$monitor:$usual ;; esac
    may_use_port "${monitor%:*}" "${monitor##*:}"
  done
}

# Where the others of a cluster are, as a server has told in an earlier run: each stands in a line of its own there. What is no
# plain address is passed over.
may_use_told() {
  [ -f "$1" ] || return
  for server in $(sed -n 's/^ *"\([^"*?]*:[0-9]\{1,5\}\)",\{0,1\}$/\1/p' "$1" | head -n 64); do
    told=${server%:*}
    case $told in \[*:*\]) told=${told#?} told=${told%?} ;; esac
    is_host "$told" && may_use_port "$told" "${server##*:}"
  done
}

# The program that opens the person's browser is the only one that may be started.
may_open_browser() {
  [ -n "$opens" ] || return
  opener=xdg-open
  [ @SYSTEM@ != darwin ] || opener=open
  case $(command -v "$opener") in /*) runs=--allow-run=$opener ;; esac
}

# Sets what the words after "server" or "client" name. A mistake in them is for the program to tell.
read_words() {
  flag='' count=0 flags_ended=
  for word in "$@"; do
    if [ -n "$flag" ]; then take_flag "$flag" "$word"; flag=''; continue; fi
    case $flags_ended$word in
      --) flags_ended=yes ;;
      --*=*) take_flag "${word%%=*}" "${word#*=}" ;;
      --web) if [ "$role" = server ]; then flag=$word; else page=yes; fi ;;
      --no-open) opens='' ;;
      -*) case " @VALUE_FLAGS@ " in *" $word "*) flag=$word ;; esac ;;
      *) if [ $count -eq 0 ]; then first=$word; elif [ $count -eq 1 ]; then second=$word; fi
        count=$((count + 1)) ;;
    esac
  done
}

# Where the platform keeps what belongs to this user: data (.local/share), configuration (.config).
user_folder() {
  if [ @SYSTEM@ = darwin ]; then echo "${HOME:-}/Library/Application Support"; return; fi
  case $1 in /*) echo "$1" ;; *) echo "${HOME:-}/$2" ;; esac
}

# The program may touch the files and addresses that its arguments name, and no others.
grant() {
  role=${1:-} data='' downloads='' saves='' host='' ports='' servers='' monitors='' page='' opens=yes runs='' reads='' writes='' addresses='' first='' second=''
  may_read "$home"
  case $role in server | client) shift ;; *) return ;; esac
  read_words "$@"
  data=${data:-$(user_folder "${XDG_DATA_HOME:-}" .local/share)/chat/$role}
  may_read "$data"
  writes=$path
  if [ "$role" = server ]; then
    for port in ${first:-41000} $ports; do may_use_port "${host:-0.0.0.0}" "$port"; done
    may_use_servers
    may_use_monitors
    [ -n "$host" ] || for port in $ports; do may_use_port 127.0.0.1 "$port"; done
  else
    may_read "$(user_folder "${XDG_CONFIG_HOME:-}" .config)/chat/client.jsonc"
    if [ -n "$page" ]; then
      # The page asks for servers: any of them. Files go through it to the browser.
      addresses=any
      may_open_browser
    else
      may_use_port "$first" "$second"
      may_use_told "$data/known_servers.json"
      # Somebody may want to send any file, and names it later; what is fetched goes to one folder.
      reads=any
      list_path "${downloads:-${HOME:-$data}/Downloads}"
      saves=$path
    fi
  fi
}

grant "$@"

# The program must not change what is started next time, nor put something else in its place.
check_data() {
  folder=$writes
  until [ -d "$folder" ]; do folder=${folder%/*} && folder=${folder:-/}; done
  folder=$(cd "$folder" && pwd -P) || fail "The folder $writes cannot be entered: choose another one with --data DIR."
  unpacked=$(cd "$base" && pwd -P)
  case ${folder%/}/ in "$unpacked"/*) overlap=yes ;; *) overlap= ;; esac
  case $unpacked/ in "${folder%/}"/*) [ ! -d "$writes" ] || overlap=yes ;; esac
  [ -z "$overlap" ] || fail "The folder $writes and $base, where chat unpacks, overlap: choose another one with --data DIR."
  own=$(readlink -f "$0" 2>/dev/null) || own=$0
  own=$(cd "$(dirname "$own")" && pwd -P)/${own##*/}
  case ${own%/*} in "${folder%/}"/*) [ ! -d "$writes" ] || fail "The folder $writes holds $own, which is started next time, too: choose another one with --data DIR." ;; esac
}

runs=${runs:---deny-run}
own=
[ -z "$writes" ] || check_data
# Where files that are fetched go is not worth a refusal to start: without it, the program says that it cannot write there.
[ -z "$saves" ] || (writes=$saves && check_data) 2>/dev/null || saves=''
writes=$writes${saves:+,$saves}
# This file may lie in the data folder itself.
deny=--deny-write=$base${own:+,$own}
case $base$own in *,*) deny= ;; esac

# Deno raises the number of files that may be open to this limit, which the program cannot find out by itself.
CHAT_DESCRIPTOR_LIMIT=$(ulimit -Hn 2>/dev/null)
export CHAT_DESCRIPTOR_LIMIT

# Whom the client trusts is for the client to decide, not for what Deno would add to its authorities.
unset DENO_CERT DENO_TLS_CA_STORE

# Nothing is fetched, and nothing in the current folder is read as a configuration.
export DENO_DIR="$home/cache" DENO_NO_UPDATE_CHECK=1 DENO_NO_PACKAGE_JSON=1
case $reads in any) read=--allow-read ;; *) read=--allow-read=$reads ;; esac
case $addresses in '') net= ;; any) net=--allow-net ;; *) net=--allow-net=$addresses ;; esac
exec "$home/deno" run --quiet --unstable-lazy-dynamic-imports --no-config --no-lock --no-remote --no-npm --cached-only @PERMISSIONS@ \
  "$runs" \
  "$read" ${writes:+"--allow-write=$writes"} ${deny:+"$deny"} ${net:+"$net"} \
  "$home/main.js" "$@"
