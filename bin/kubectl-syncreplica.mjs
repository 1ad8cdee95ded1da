#!/usr/bin/env node
// What kubectl starts for "kubectl syncreplica": the same program, with the verbs of the cluster only.
process.argv.splice(2, 0, '--as-kubectl-plugin');
await import('./syncreplica.mjs');
