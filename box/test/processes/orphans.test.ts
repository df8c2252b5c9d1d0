import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'node:test';
import { endOrphans, findOrphans, kindOf } from '../../src/processes/orphans.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { waitFor } from '../wait-for.ts';

test('an agent and a mysqld are known by their command lines, an editor is not one', () => {
  const clusters = '/data/clusters';
  const config = `${clusters}/demo/members/demo-0/agent.json`;
  assert.equal(kindOf(['/usr/bin/node', 'main.ts', '--cluster-config', config], clusters), 'agent');
  const plane = [
    '/usr/bin/node',
    'x.mjs',
    '--data',
    `${clusters}/api`,
    '--service-network',
    '127.1.2',
  ];
  assert.equal(kindOf(plane, clusters), 'control-plane');
  assert.equal(kindOf(['/usr/sbin/mysqld', `--datadir=${clusters}/demo/x`], clusters), 'mysqld');
  const loader = ['/x/ld-linux.so.2', '--library-path', '/x', '/x/usr/sbin/mysqld'];
  assert.equal(kindOf([...loader, `--datadir=${clusters}/demo/x`], clusters), 'mysqld');
  assert.equal(kindOf(['vim', config], clusters), null);
  assert.equal(kindOf(['tail', '-f', `${clusters}/mysqld`], clusters), null);
  assert.equal(kindOf(['/usr/sbin/mysqld', '--datadir=/data/clusters-2/x'], clusters), null);
});

test('what an earlier run left is ended and waited for', async (t) => {
  const clusters = temporaryFolder(t);
  const script = 'setInterval(() => {}, 1000)';
  const child = spawn(process.execPath, [
    '-e',
    script,
    '--',
    '--cluster-config',
    `${clusters}/demo/x`,
  ]);
  const exited = once(child, 'exit');
  const [orphan] = await waitFor('the orphan', async () => {
    const found = await findOrphans(clusters);
    return found.length > 0 && found;
  });
  assert.equal(orphan?.pid, child.pid);
  assert.equal((await endOrphans(clusters)).length, 1);
  await exited;
  assert.deepEqual(await findOrphans(clusters), []);
});
