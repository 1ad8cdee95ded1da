import { createClusterClient } from '../../cluster/client.ts';
import { connect, loadKubeConfig } from '../../cluster/connection.ts';
import { systemClock } from '../../process/clock.ts';
import { createLogger } from '../../process/log/logger.ts';
import { UsageFailure } from '../../terminal/usage-failure.ts';
import { releaseFinalizers } from './release-finalizers.ts';

/** `syncreplica release-finalizers`: its settings are variables, as the operator's are. */
export const releaseCommand = async (): Promise<void> => {
  const { SYNCREPLICA_OPERATOR_DEPLOYMENT: name, POD_NAMESPACE: namespace, SYNCREPLICA_WATCH_NAMESPACES } = process.env;
  if (!name || !namespace)
    throw new UsageFailure('SYNCREPLICA_OPERATOR_DEPLOYMENT and POD_NAMESPACE have to name the operator');
  const connection = connect(loadKubeConfig());
  const namespaces = (SYNCREPLICA_WATCH_NAMESPACES ?? '').split(',').filter((one) => one !== '');
  await releaseFinalizers({
    client: createClusterClient(connection),
    operator: { namespace, name },
    namespaces,
    clock: systemClock,
    logger: createLogger({ name: 'release-finalizers' }),
  });
  connection.close();
};
