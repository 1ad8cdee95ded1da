/** Which replicas are looked at, by the variables of the board. */
export const chosen = 'replica_namespace=~"$namespace",replica=~"$replica"';
export const byReplica = 'replica_namespace, replica, volume, target';
export const where = '{{replica_namespace}}/{{replica}} {{volume}} → {{target}}';
export const rate = (metric: string, more = ''): string => `rate(${metric}{${chosen}${more}}[$__rate_interval])`;
