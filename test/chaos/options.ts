import { parseArgs } from 'node:util';
import { FAULT_KINDS, type FaultKind, PACE, type Pace } from './fault-plan.ts';

export interface ChaosOptions {
  readonly faults: number;
  /** Fewer are a failure. */
  readonly minimumFaults: number;
  readonly kinds: readonly FaultKind[];
  readonly pace: Pace;
  readonly seed: number;
  readonly clients: number;
  readonly rate: number;
  readonly replicas: number;
  /** How long a fault may take to heal. */
  readonly healMs: number;
  /** Null: a temporary folder. */
  readonly data: string | null;
  readonly keep: boolean;
  readonly json: string | null;
  /** Enough faults and no more time than this: no new one begins. */
  readonly budgetMs: number;
  /** No new one begins, however few there were; less than what the test runner allows. */
  readonly limitMs: number;
}

/** The command line is wrong; the message says what is right. */
export class UsageError extends Error {
  readonly code = 'USAGE';

  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

export const USAGE = `Usage: npm run chaos -- [options]
  --faults N      how many faults (60)
  --kinds a,b,c   of ${FAULT_KINDS.join(', ')}
  --seed N        replays the schedule of an earlier run
  --clients N     writers beside the prober (4)
  --rate N        operations a second, all writers together (200)
  --replicas N    members of the cluster (3)
  --heal SECONDS  how long a fault may take to heal (60)
  --short         every kind once, within about four minutes
  --data DIR      where the cluster lives (a temporary folder)
  --keep          leave the data when the run is over
  --json FILE     everything measured, for programs
  --help`;

const SHORT_PACE: Pace = { ...PACE, waitMs: [300, 1_200], stopMs: [2_000, 3_500] };
const SHORT_BUDGET_MS = 165_000;
const SHORT_LIMIT_MS = 660_000;
/** Part of npm test, on any machine: about correctness first, and a clone may take its time. */
const SHORT_RATE = 150;
const SHORT_HEAL_S = 120;
const SHORT_MINIMUM = 10;

/** Null when only help was asked for. @throws UsageError naming every option that is wrong */
export function parseOptions(
  args: readonly string[],
  randomSeed: () => number,
): ChaosOptions | null {
  const values = read(args);
  if (values.help === true) return null;
  const problems: string[] = [];
  const whole = (name: string, text: string | undefined, fallback: number, min = 1): number => {
    if (text === undefined) return fallback;
    const number = Number(text);
    if (Number.isInteger(number) && number >= min && number < 2 ** 32) return number;
    problems.push(`--${name} must be a whole number from ${min} on, not ${text}`);
    return fallback;
  };
  const kinds = readKinds(values.kinds, problems);
  const short = values.short === true;
  const faults = whole('faults', values.faults, short ? kinds.length : 60);
  const options: ChaosOptions = {
    faults,
    minimumFaults: short ? Math.min(faults, SHORT_MINIMUM) : faults,
    kinds,
    pace: short ? SHORT_PACE : PACE,
    seed: whole('seed', values.seed, randomSeed(), 0),
    clients: whole('clients', values.clients, 4),
    rate: whole('rate', values.rate, short ? SHORT_RATE : 200),
    replicas: whole('replicas', values.replicas, 3),
    healMs: whole('heal', values.heal, short ? SHORT_HEAL_S : 60) * 1_000,
    data: values.data ?? null,
    keep: values.keep === true,
    json: values.json ?? null,
    budgetMs: short ? SHORT_BUDGET_MS : Number.POSITIVE_INFINITY,
    limitMs: short ? SHORT_LIMIT_MS : Number.POSITIVE_INFINITY,
  };
  if (problems.length > 0) throw new UsageError(problems.join('\n'));
  return options;
}

type Values = ReturnType<typeof read>;

function read(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        faults: { type: 'string' },
        kinds: { type: 'string' },
        seed: { type: 'string' },
        clients: { type: 'string' },
        rate: { type: 'string' },
        replicas: { type: 'string' },
        heal: { type: 'string' },
        short: { type: 'boolean' },
        data: { type: 'string' },
        keep: { type: 'boolean' },
        json: { type: 'string' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function readKinds(text: Values['kinds'], problems: string[]): readonly FaultKind[] {
  if (text === undefined) return FAULT_KINDS;
  return text.split(',').flatMap((name) => {
    const kind = FAULT_KINDS.find((known) => known === name.trim());
    if (kind === undefined)
      problems.push(`--kinds: there is no ${name}; there are ${FAULT_KINDS.join(', ')}`);
    return kind === undefined ? [] : [kind];
  });
}
