import { customResourceDefinition, KINDS, renderApiReference, renderYaml } from '@radondb/api/crd';
import type { Generator } from './generator.ts';

const NOTICE = '# Generated from api/src/v1 by npm run generate.\n';

/** One CustomResourceDefinition a file. */
const definitions: readonly Generator[] = KINDS.map((kind) => ({
  output: `manifests/crds/${kind.plural}.yaml`,
  produce: async () => NOTICE + renderYaml(customResourceDefinition(kind)),
}));

/** Everything that is generated in this repository, sorted by output. */
export const GENERATORS: readonly Generator[] = [
  { output: 'docs/api.md', produce: async () => renderApiReference(KINDS) },
  ...definitions,
];
