// `npm run clean`: removes what a build made. Nothing else, so that it needs no question.
import { readFile, rm } from 'node:fs/promises';

const ROOT = new URL('../../', import.meta.url);

const { workspaces } = JSON.parse(await readFile(new URL('package.json', ROOT), 'utf8')) as {
  readonly workspaces: readonly string[];
};
for (const path of ['.build', 'dist', ...workspaces.map((name) => `${name}/dist`)]) {
  await rm(new URL(path, ROOT), { recursive: true, force: true });
}
