import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { packChart } from '../../scripts/release/pack-chart.ts';
import { packOlm } from '../../scripts/release/pack-olm.ts';
import { releaseOf } from '../../scripts/release/stage-program.ts';
import { isApiServerBuilt } from '../cluster/apiserver.ts';
import { runCommand, tryCommand } from '../cluster/command.ts';
import { bringGoModule, buildGoProgram } from '../cluster/go-module.ts';
import { blocksOf } from '../docs/read-documents.ts';
import { type ControlPlane, startControlPlane, untilEstablished } from './control-plane.ts';

const skip = isApiServerBuilt(process.env) ? false : 'the programs of an apiserver are not in the cache';
const { version } = packageJson;
/** Where OLM's kinds are published. */
const olm = 'github.com/operator-framework/api@v0.31.0';

describe('what a release has for kubectl and kustomize', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'release-manifest-'));
  let plane: ControlPlane;
  before(async () => {
    const [out, work] = [join(folder, 'out'), join(folder, 'work')];
    for (const path of [out, work]) mkdirSync(path);
    const options = releaseOf(process.cwd(), out, work, 1_700_000_000);
    await packChart(options);
    await packOlm(options);
    plane = await startControlPlane();
  });
  after(async () => {
    await plane?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('the manifest is applied as the documents say, and again', async () => {
    const manifest = join(folder, 'out', `syncreplica-${version}.yaml`);
    for (let time = 0; time < 2; time++)
      await plane.kubectl('apply', '--server-side', '--force-conflicts', '--filename', manifest);
    const [operator] = await plane.list('deployments', 'syncreplica-system');
    assert.equal(operator?.metadata.name, 'syncreplica');
  });

  test('the base is built by kustomize with the page’s overlay, which changes the operator’s image', async () => {
    const base = `syncreplica-kustomize-${version}`;
    await runCommand('tar', ['-xzf', join(folder, 'out', `${base}.tar.gz`), '-C', folder]);
    const overlay = blocksOf('docs/gitops.md', 'yaml').find((text) =>
      text.includes('kind: Kustomization\nmetadata: { name: syncreplica }'),
    );
    writeFileSync(join(folder, 'kustomization.yaml'), overlay ?? assert.fail('the page has no overlay'));
    const objects = parseAllDocuments(await plane.kubectl('kustomize', folder)).map((one) => one.toJS());
    const operator = objects.find(({ kind }) => kind === 'Deployment');
    const [{ image, env }] = operator.spec.template.spec.containers;
    assert.equal(image, `registry.example.com/syncreplica/operator:${version}`);
    const agent = env.filter(({ name }: { name: string }) => name === 'SYNCREPLICA_AGENT_IMAGE');
    assert.deepEqual(
      agent.map(({ value }: { value: string }) => value),
      [`registry.example.com/syncreplica/agent:${version}`],
    );
    assert.ok(env.length > 20, 'the other variables stay');
  });

  test('the bundle’s ClusterServiceVersion is what OLM’s own kind takes, to the last field', async () => {
    const kind = join((await bringGoModule(olm)).Dir, 'crds/operators.coreos.com_clusterserviceversions.yaml');
    await plane.kubectl('apply', '--server-side', '--filename', kind);
    await untilEstablished(plane, '--filename', kind);
    const bundle = `syncreplica-olm-${version}`;
    await runCommand('tar', ['-xzf', join(folder, 'out', `${bundle}.tar.gz`), '-C', folder]);
    const file = join(folder, bundle, 'manifests/syncreplica.clusterserviceversion.yaml');
    const { webhookdefinitions } = parse(readFileSync(file, 'utf8')).spec;
    assert.deepEqual(
      webhookdefinitions.map(({ failurePolicy, objectSelector }: Record<string, object>) => [
        failurePolicy,
        Object.keys(objectSelector ?? {}),
      ]),
      [
        ['Ignore', ['matchExpressions']],
        ['Fail', ['matchLabels']],
      ],
      'what may refuse a pod is asked about those alone that say so',
    );
    const words = ['--dry-run=server', '--validate=strict', '--namespace', 'default', '--filename'];
    assert.match(await plane.kubectl('create', ...words, file), /syncreplica\.v\S+ created/);
    writeFileSync(file, readFileSync(file, 'utf8').replace('installModes:', 'installMode:'));
    await assert.rejects(plane.kubectl('create', ...words, file), /installMode/);
  });

  test('the validators of operator-sdk find nothing in the bundle, and something in one that is wrong', async () => {
    const verify = join(folder, 'operator-verify');
    await buildGoProgram(olm, './cmd/operator-verify', verify);
    const fresh = join(folder, 'bundle');
    mkdirSync(fresh);
    const bundle = `syncreplica-olm-${version}`;
    await runCommand('tar', ['-xzf', join(folder, 'out', `${bundle}.tar.gz`), '-C', fresh]);
    const complaints = async (): Promise<string[]> => {
      const words = ['manifests', '--operatorhub_validate', '--object_validate', join(fresh, bundle)];
      const { code, stderr } = await tryCommand(verify, words);
      assert.equal(code, 0, stderr);
      // It takes rights on any version of a kind for rights on its oldest, and has a word on itself.
      return stderr.split('\n').filter((line) => !/^$|APIs which were deprecated|validator is deprecated/.test(line));
    };
    assert.deepEqual(await complaints(), []);
    const file = join(fresh, bundle, 'manifests/syncreplica.clusterserviceversion.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('installModes:', 'installMode:'));
    assert.match((await complaints()).join('\n'), /level=error.*install modes not found/);
  });
});
