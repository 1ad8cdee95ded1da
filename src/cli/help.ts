/** What `--help` shows after the options: commands to copy. */
export const helpTexts = {
  plugin: `
Examples:
  $ kubectl syncreplica list --all-namespaces
  $ kubectl syncreplica status uploads --watch
  $ kubectl syncreplica top -A
  $ kubectl syncreplica doctor

Exit codes: 0 done and well, 1 failed or not well, 2 wrong usage.`,
  program: `
Try it on this machine:
  $ syncreplica local --source ./photos --target /mnt/copy
  $ syncreplica status --watch

Two machines:
  anywhere$ syncreplica certs --out certs --host backup.example.com --volume photos
  backup$   syncreplica receiver --dir /srv/photos --listen :8730 --certs certs/receiver
  here$     syncreplica agent --source ./photos --target srep://backup.example.com:8730/photos --certs certs/agent

A cluster (the same as kubectl syncreplica):
  $ syncreplica list --all-namespaces
  $ syncreplica doctor

Every setting is a flag, a field of a file and an environment variable: --max-delay, sync.maxDelay, SYNCREPLICA_MAX_DELAY.
A flag wins over the environment, which wins over the file.
Exit codes: 0 done, 1 failed, 2 wrong usage or settings.`,
  log: `
Examples:
  $ syncreplica ctl journal on
  $ syncreplica log --follow
  2026-07-01T12:00:00.123Z  Write       dr  +14 ms  d/a.jpg

The last 10000 are kept in memory while it is on; ctl journal off forgets them.`,
  watch: `
Examples:
  $ syncreplica watch /data
  $ syncreplica watch /data --json --exclude '*.tmp' | jq -r .path
  $ syncreplica watch /data -0 -e close_write,moved_to | xargs -0 -n1 process-upload

Directories that come later are watched too, and what was made in them before that is told. Lost events are told: RESCAN,overflow says that
everything below may have changed. On standard error it says when every directory is watched.`,
  fill: `
Examples:
  $ syncreplica fill --source ./photos --target srep://backup.example.com:8730/photos --certs certs/agent
  $ syncreplica fill --file replica.yaml --target nas

Of several targets the one that covers the most recent time is taken, and none while one can't be asked. It needs no lease: whoever writes
goes on. An agent that is to go on with the replica fills its source itself: agent --restore IfEmpty.
Exit codes: 0 filled, or no target holds anything; 1 to be tried again.`,
  agent: `
Examples:
  To a receiver of SyncReplica (certificates by: syncreplica certs):
  $ syncreplica agent --source /data --target srep://backup.example.com:8730/photos --certs certs/agent

  To any rsync daemon; both at once is possible, each target has its own pace:
  $ syncreplica agent --source /data --target rsync://me@nas:873/photos --password-file ~/.rsync-password

  Leave things out, go easy on the line:
  $ syncreplica agent … --exclude '*.tmp' --exclude /cache/ --bandwidth-limit 20Mi --compression zstd

SIGTERM sends what is pending, then ends. SIGHUP reads files and certificates again (see ctl); of a terminal that closes it ends too.`,
  receiver: `
Examples:
  $ syncreplica certs --out certs --host backup.example.com --volume photos
  $ syncreplica receiver --dir /srv/photos --listen :8730 --certs certs/receiver

The replica is DIR/data, ready to be used as it is; DIR/.syncreplica holds what the receiver remembers.
Needs rsync 3.5.0 or newer.`,
  local: `
Examples:
  $ syncreplica local --source ./photos --target /mnt/a --target /mnt/b
  $ syncreplica local -f replica.yaml

replica.yaml:
  source: { directory: photos }
  targets:
  - { name: a, directory: /mnt/a }
  - name: nas
    external: { address: nas, port: 873, module: photos, username: me, passwordFile: secret, tls: None, allowPlaintext: true }
  filter: { exclude: ["*.tmp"] }

The replica of a target directory is its subdirectory data. Paths in the file are relative to the file.`,
  certs: `
Example:
  $ syncreplica certs --out certs --host backup.example.com --host 192.0.2.7 --volume photos

Makes certs/receiver and certs/agent with five files each: ca.crt tls.crt tls.key username password. Copy each to its
machine. Keep ca.key safe: called again, the command renews both with the same authority.`,
  status: `
Examples:
  $ syncreplica status
  $ syncreplica status --watch --url http://127.0.0.1:18730
  $ syncreplica status --url http://127.0.0.1:8731             # a receiver
  $ syncreplica status -o json

Exit code 1 when a replica is not in sync, or a receiver's copy was not known to be so within a minute.`,
  ctl: `
Examples:
  $ syncreplica ctl reload                     # after an edit of replica.yaml, or new certificates; SIGHUP does the same
  $ syncreplica ctl pause --source /srv/photos
  $ syncreplica ctl resume --source /srv/photos
  $ syncreplica ctl sync                       # compare the whole tree now
  $ syncreplica ctl verify                     # compare both sides now; syncreplica verify waits for what comes out
  $ syncreplica ctl checkpoint                 # have the application be still for a checkpoint (--checkpoints-still-url)
  $ syncreplica ctl release 3f2a               # let held deletions go on; status shows the id
  $ syncreplica ctl undelete mass-3f2a         # put back at the target what a mass of deletions took away

Agents listen at a socket of their user, in $XDG_RUNTIME_DIR/syncreplica or /run/syncreplica.`,
  history: `
Examples:
  $ syncreplica history checkpoints --target srep://backup.example.com:8730/photos --certs certs/agent
  $ syncreplica history log albums/2026 --target … --certs …
  $ syncreplica history diff --at 10m --target … --certs …
  $ syncreplica history restore --at 14:05 --path albums --to ./found --target … --certs …
  $ syncreplica history restore --at 14:05 --path albums --into /srv/photos --target … --certs …
  $ syncreplica history restore --at 14:05 --in-place --target … --certs …
  $ syncreplica history resume --target … --certs …

Exit code 1 when something is not as it was.`,
  operator: `
It runs in a cluster, where the chart starts it and sets its environment.`,
  'release-finalizers': `
The chart's hook runs it in the cluster. It stops the operator, then takes its finalizer from every SyncReplica: nothing
hangs when one is deleted later. Agents and receivers go on until their certificates end.`,
} as const;
