#!/bin/sh
# Starts the program with the Node beside it; exec, so that one process gets each signal.
here=$(dirname "$(readlink -f "$0")")
if [ "${0##*/}" = kubectl-syncreplica ]; then set -- --as-kubectl-plugin "$@"; fi
exec "$here/../lib/syncreplica/node" --max-semi-space-size=1 "$here/../lib/syncreplica/dist/syncreplica.js" "$@"
