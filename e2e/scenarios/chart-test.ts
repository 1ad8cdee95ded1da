import assert from 'node:assert/strict';
import { operatorNamespace, releaseName } from '../harness/chart.ts';
import { defineScenario } from '../harness/scenario.ts';

/** `helm test` proves an installation, and what the operator may do is exactly what its roles say. */
export const scenario = defineScenario({
  name: 'chart-test',
  async run(context) {
    const said = await context.helm(['test', releaseName, '--namespace', operatorNamespace, '--timeout', '3m']);
    assert.match(said, /Phase:\s+Succeeded/);

    const account = `system:serviceaccount:${operatorNamespace}:${releaseName}`;
    const may = async (...words: string[]) => {
      const { stdout } = await context.tryKubectl(['auth', 'can-i', ...words, '--as', account]);
      return stdout.trim() === 'yes';
    };
    assert.equal(await may('create', 'statefulsets.apps', '--namespace', 'default'), true);
    assert.equal(await may('patch', `mutatingwebhookconfigurations/${releaseName}`), true);
    // The values of the scenarios have `rbac.restarts` and `volumePopulator`.
    assert.equal(await may('patch', 'deployments.apps', '--namespace', 'default'), true);
    assert.equal(await may('create', 'pods', '--namespace', 'default'), true);
    // What is not its own is kept from it by the policy all the same.
    const pod = ['run', 'of-a-user', '--image=of-a-user', '--namespace', 'default', '--dry-run=server'];
    assert.equal((await context.tryKubectl(pod)).code, 0);
    const refused = await context.tryKubectl([...pod, '--as', account]);
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /ValidatingAdmissionPolicy/);
    for (const words of [
      ['create', 'pods', '--subresource=exec'],
      ['delete', 'persistentvolumes'],
      ['create', 'clusterrolebindings'],
      ['impersonate', 'users'],
      ['patch', 'mutatingwebhookconfigurations/other'],
      ['update', 'secrets'],
      ['update', 'deployments.apps'],
      ['delete', 'deployments.apps'],
    ]) {
      assert.equal(await may(...words, '--namespace', 'default'), false, words.join(' '));
    }
  },
});
