import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { boxLayout, clusterLayout, memberLayout, openDataFolder } from '@radondb/box';
import { runCli } from './run-cli.ts';
import { temporaryFolder } from './temporary-folder.ts';

const STATE = {
  format: 2,
  members: ['demo-0'],
  ports: { primary: 13_306, replicas: 13_307, members: { 'demo-0': 18_000 } },
};

/** A data folder with a cluster that does not run. */
async function stoppedCluster(root: string): Promise<void> {
  const layout = await openDataFolder(root);
  const files = clusterLayout(layout, 'demo');
  mkdirSync(join(files.members, 'demo-0/logs'), { recursive: true });
  writeFileSync(files.stateFile, JSON.stringify(STATE));
  const credentials = { user: 'app', password: 's3cret', database: 'app' };
  writeFileSync(files.credentialsFile, JSON.stringify(credentials));
  const cluster = {
    apiVersion: 'radondb.com/v1',
    kind: 'MysqlCluster',
    metadata: { name: 'demo' },
    spec: {},
    status: {
      epoch: 4,
      conditions: [
        { type: 'Ready', status: 'True', reason: 'R', message: 'm', lastTransitionTime: 'x' },
      ],
      members: [{ name: 'demo-0', role: 'primary', state: 'primary', why: '', fenced: false }],
    },
  };
  writeFileSync(files.lastStatusFile, JSON.stringify(cluster));
}

test('help names every command and every exit code, and is no error', async () => {
  const { code, out } = await runCli(['--help']);
  assert.equal(code, 0);
  for (const name of ['up', 'status', 'credentials', 'mysql', 'switchover', 'logs', 'down']) {
    assert.match(out, new RegExp(`^  ${name} `, 'm'));
  }
  assert.match(out, /3 +another process holds the data folder/);
});

test('wrong usage ends with 2 and says what is wrong', async () => {
  const wrong: [string[], RegExp][] = [
    [['upp'], /unknown command 'upp'.*Did you mean up/s],
    [['up', '--speed'], /unknown option '--speed'/],
    [['credentials'], /missing required argument 'name'/],
    [['credentials', 'demo', '--format', 'xml'], /must be one of dsn, env, mycnf, json/],
    [['status', '-o', 'xml'], /must be one of table, json, yaml/],
    [['up', '--timeout', 'soon'], /must be a duration such as 300s/],
    [['logs', 'demo', '-n', '-1'], /must be a whole number/],
  ];
  for (const [args, expected] of wrong) {
    const { code, err } = await runCli(args);
    assert.equal(code, 2, args.join(' '));
    assert.match(err, expected);
  }
});

test('a bad cluster file ends with 2, all of its errors at once, and changes nothing', async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'bad.yaml');
  const data = join(folder, 'data');
  writeFileSync(
    file,
    'apiVersion: radondb.com/v1\nkind: MysqlCluster\nmetadata: {name: demo}\nspec: {replicas: 9, msql: {}, mysql: {config: {sync_binlog: 0}}}\n',
  );
  const { code, err } = await runCli(['up', '-f', file, '--data', data]);
  assert.equal(code, 2);
  for (const words of [/spec\.replicas/, /spec\.msql.*did you mean "mysql"/, /sync_binlog/]) {
    assert.match(err, words);
  }
  assert.equal(existsSync(data), false);
});

test('a missing cluster file ends with 2', async () => {
  const { code, err } = await runCli(['up', '-f', '/nowhere/x.yaml']);
  assert.equal(code, 2);
  assert.match(err, /\/nowhere\/x\.yaml cannot be read: there is no such file/);
});

test('a folder of something else ends with 7', async (t) => {
  const data = temporaryFolder(t);
  writeFileSync(join(data, 'thesis.txt'), '');
  const { code, err } = await runCli(['up', '--detach', '--data', data]);
  assert.equal(code, 7);
  assert.match(err, /thesis\.txt/);
});

test('a data folder that cannot be made ends with 6', async (t) => {
  const file = join(temporaryFolder(t), 'file');
  writeFileSync(file, '');
  const { code, err } = await runCli(['up', '--detach', '--data', join(file, 'data')]);
  assert.equal(code, 6);
  assert.match(err, /is not a folder/);
});

test('without anything, status says how to start and ends with 4', async (t) => {
  const data = join(temporaryFolder(t), 'data');
  const { code, err } = await runCli(['status'], { RADONDB_DATA: data });
  assert.equal(code, 4);
  assert.match(err, /radondb up/);
  assert.equal((await runCli(['status', 'demo', '--data', data])).code, 4);
  assert.equal(existsSync(data), false, 'looking makes nothing');
});

test('a stopped cluster is shown as last seen, not as Ready, with 4', async (t) => {
  const data = temporaryFolder(t);
  await stoppedCluster(data);
  const { code, out, err } = await runCli(['status', '--data', data]);
  assert.equal(code, 4);
  assert.match(err, /Nothing is running/);
  assert.match(out, /^demo {2}not running/);
  const json = await runCli(['status', '-o', 'json'], { RADONDB_DATA: data });
  assert.equal(JSON.parse(json.out).status.epoch, 4);
  assert.equal((await runCli(['switchover', 'demo', '--data', data])).code, 4);
  const unknown = await runCli(['status', 'other', '--data', data]);
  assert.equal(unknown.code, 4);
  assert.match(unknown.err, /no cluster other .* it holds demo/);
});

test('credentials need no running box, in every form', async (t) => {
  const data = temporaryFolder(t);
  await stoppedCluster(data);
  const ask = async (format: string) =>
    (await runCli(['credentials', 'demo', '--format', format, '--data', data])).out;
  assert.equal(await ask('dsn'), 'mysql://app:s3cret@127.0.0.1:13306/app\n');
  assert.deepEqual(JSON.parse(await ask('json')), {
    ...{ user: 'app', password: 's3cret', host: '127.0.0.1', port: 13_306 },
    dsn: 'mysql://app:s3cret@127.0.0.1:13306/app',
    database: 'app',
  });
  assert.match(await ask('env'), /^MYSQL_TCP_PORT='13306'$/m);
  assert.match(await ask('mycnf'), /^\[client\]\nhost=127\.0\.0\.1\nport=13306$/m);
});

test('logs of members are merged by time and readable', async (t) => {
  const data = temporaryFolder(t);
  await stoppedCluster(data);
  const files = clusterLayout(boxLayout(data), 'demo');
  const log = (member: string, ...lines: string[]): void => {
    const { agentLog } = memberLayout(files, member);
    mkdirSync(join(agentLog, '..'), { recursive: true });
    writeFileSync(agentLog, lines.map((line) => `${line}\n`).join(''));
  };
  const line = (time: number, msg: string, more = {}) =>
    JSON.stringify({ level: 40, time, member: 'x', msg, ...more });
  log('demo-0', line(1_000, 'first'), '    at a stack', line(3_000, 'third', { epoch: 2 }));
  log('demo-1', line(2_000, 'second'));
  const { out } = await runCli(['logs', 'demo', '--data', data]);
  assert.match(out, /warn {2}first\n.*at a stack\n.*demo-1 warn {2}second\n.*third epoch=2\n$/);
  const one = await runCli(['logs', 'demo', '--member', 'demo-1', '--data', data]);
  assert.equal(one.out.split('\n').length, 2);
  const none = await runCli(['logs', 'demo', '--member', 'demo-9', '--data', data]);
  assert.equal(none.code, 4);
});

test('down deletes only what is ours, and without a terminal does not ask', async (t) => {
  const foreign = temporaryFolder(t);
  writeFileSync(join(foreign, 'thesis.txt'), 'x');
  await runCli(['down', '--delete', '--data', foreign]);
  assert.equal(readFileSync(join(foreign, 'thesis.txt'), 'utf8'), 'x');

  const data = join(temporaryFolder(t), 'data');
  await stoppedCluster(data);
  const kept = await runCli(['down', '--data', data]);
  assert.equal(kept.code, 0);
  assert.match(kept.out, /Nothing was running/);
  assert.equal(existsSync(data), true);
  const deleted = await runCli(['down', '--delete', '--yes', '--data', data]);
  assert.equal(deleted.code, 0);
  assert.equal(existsSync(data), false);
});
