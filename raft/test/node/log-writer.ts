/** A process that writes to a log until it is killed or fails, and says what was acknowledged. Not a test itself. */
import { FileLog } from '@radondb/raft/node';

const [directory = '', clusterId = ''] = process.argv.slice(2);
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const log = await FileLog.open({ directory, clusterId, nodeId: 1 });
const { snapshot, entries: found, hardState } = log.recovered;
let entries = [...found];
let last = entries.at(-1)?.index ?? snapshot?.index ?? 0;
let { term } = hardState;
const confState = {
  voters: [1],
  votersOutgoing: [],
  learners: [],
  learnersNext: [],
  autoLeave: false,
};
say(`opened ${last} ${term}`);
try {
  for (;;) {
    term += 1;
    const batch = Array.from({ length: 3 }, (_, i) => ({
      ...{ index: last + 1 + i, term, type: 'normal' as const },
      data: Buffer.alloc(200, `${last + 1 + i} `),
    }));
    const state = { term, vote: 1, commit: last };
    await log.write({ hardState: state, entries: batch });
    last += batch.length;
    entries.push(...batch);
    say(`acknowledged ${last} ${term}`);
    if (entries.length > 60) {
      entries = entries.filter(({ index }) => index > last - 20);
      const data = Buffer.alloc(5000, `${last} `);
      const checkpoint = { index: last - 20, term: entries[0]!.term - 1, confState, data };
      await log.checkpoint({ hardState: state, snapshot: checkpoint, entries, peers: {} });
      say(`acknowledged ${last} ${term}`);
    }
  }
} catch (error) {
  const { code, cause } = error as { code?: string; cause?: { code?: string } };
  say(`failed ${code} ${cause?.code}`);
  // The first failure is the last write: what follows must be refused, and closing must work.
  await log.write({ hardState: null, entries: [] }).catch(() => undefined);
  const again = await log
    .write({ hardState: { term: term + 1, vote: 1, commit: 0 }, entries: [] })
    .then(
      () => 'written',
      (refusal: { code?: string }) => refusal.code,
    );
  say(`again ${again}`);
  await log.close();
}
