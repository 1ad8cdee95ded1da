import { parse } from 'yaml';
import { generateSettings } from './generate-settings.ts';
import { generateTypes } from './generate-types.ts';
import { stripSchema } from './strip-schema.ts';

const notice = 'Generated from crds/syncreplica.yaml by `npm run generate`; edit that file.';

/** Everything that is derived from the CRD, as path → text. */
export const generateFiles = async (crdYaml: string): Promise<Map<string, string>> => {
  const crd = parse(crdYaml);
  const schema = crd.spec.versions[0].schema.openAPIV3Schema;
  const stripped = JSON.stringify(stripSchema(schema.properties.spec), null, 1);
  return new Map([
    ['src/api/syncreplica.generated.ts', `// ${notice}\n\n${await generateTypes(schema)}`],
    [
      'src/api/syncreplica-schema.generated.ts',
      `// ${notice}\nimport type { Schema } from './schema.ts';\n\n/** The schema of \`spec\`, without prose and rules. */\nexport const specSchema: Schema = ${stripped};\n`,
    ],
    ['docs/settings.md', `<!-- ${notice} -->\n\n${generateSettings(schema.properties.spec)}`],
    ['charts/syncreplica/crds/syncreplica.yaml', `# ${notice}\n${crdYaml.replace(/^(#.*\n)+/, '')}`],
  ]);
};
