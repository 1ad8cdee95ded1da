#!/bin/sh
# Starts the plugin with the Node beside it. krew links to this file, and macOS has no readlink -f before 12.3.
me=$0
while [ -L "$me" ]; do
  to=$(readlink "$me")
  case $to in /*) me=$to ;; *) me=$(dirname "$me")/$to ;; esac
done
here=$(cd "$(dirname "$me")" && pwd)
exec "$here/node" "$here/dist/syncreplica.js" --as-kubectl-plugin "$@"
