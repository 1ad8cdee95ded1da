import { readFileSync } from 'node:fs';
import { parse, parseDocument } from 'yaml';
import { makeDashboard } from '../dashboard/dashboard.ts';
import { board } from '../dashboard/panels.ts';
import { documentedValues, renderValues } from './chart-values.ts';
import { exposedMetrics } from './exposed-metrics.ts';
import { generateMetrics } from './generate-metrics.ts';
import { generateReference } from './generate-reference.ts';
import { generateSettings } from './generate-settings.ts';
import { generateTypes } from './generate-types.ts';
import { stripSchema } from './strip-schema.ts';

const notice = 'Generated from crds/syncreplica.yaml by `npm run generate`; edit that file.';

const metricsNotice =
  'Generated from what the programs expose by `npm run generate`; edit the metric where it is made.';

const referenceNotice =
  'Generated from crds/syncreplica.yaml and the code by `npm run generate`; texts are in scripts/generate/reason-texts.ts.';

const chart = 'charts/syncreplica';

/** As helm-docs makes it from the same files. */
const generateChartReadme = (): string => {
  const values = documentedValues(parseDocument(readFileSync(`${chart}/values.yaml`, 'utf8')));
  const template = readFileSync(`${chart}/README.md.gotmpl`, 'utf8');
  return template.replace('{{ template "chart.valuesTable" . }}\n', renderValues(values));
};

/** Everything that is derived from the CRD, the chart's values and the code, as path → text. */
export const generateFiles = async (crdYaml: string): Promise<Map<string, string>> => {
  const crd = parse(crdYaml);
  const schema = crd.spec.versions[0].schema.openAPIV3Schema;
  const stripped = JSON.stringify(stripSchema(schema.properties.spec), null, 1);
  return new Map([
    ['src/api/schema/syncreplica.generated.ts', `// ${notice}\n\n${await generateTypes(schema)}`],
    [
      'src/api/schema/syncreplica-schema.generated.ts',
      `// ${notice}\nimport type { Schema } from './schema.ts';\n\n/** The schema of \`spec\`, without prose and rules. */\nexport const specSchema: Schema = ${stripped};\n`,
    ],
    ['docs/settings.md', `<!-- ${notice} -->\n\n${generateSettings(schema.properties.spec)}`],
    ['docs/reference.md', `<!-- ${referenceNotice} -->\n\n${generateReference(schema.properties.status)}`],
    [`${chart}/files/dashboard.json`, `${JSON.stringify(makeDashboard(board), null, 1)}\n`],
    [`${chart}/README.md`, generateChartReadme()],
    [`${chart}/files/syncreplica-crd.yaml`, `# ${notice}\n${crdYaml.replace(/^(#.*\n)+/, '')}`],
    ['docs/metrics.md', `<!-- ${metricsNotice} -->\n\n${generateMetrics(await exposedMetrics())}`],
  ]);
};
