/**
 * Adds to package-lock.json what `npm install` left out: optional packages of other platforms that the registry in use does not
 * carry. Without them `npm ci` calls the lock file out of sync. They are never fetched here: os, cpu and libc say so.
 * Run it after `npm install` (`npm run lock`).
 */
import { readFileSync, writeFileSync } from 'node:fs';

interface LockedPackage {
  version?: string;
  optional?: boolean;
  dev?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

const FILE = 'package-lock.json';
const SYSTEMS = [
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
  'aix',
];
const PROCESSORS = [
  'arm64',
  'arm',
  'x64',
  'ia32',
  'ppc64',
  'riscv64',
  's390x',
  'loong64',
  'mips64el',
  'wasm32',
];

const lock = JSON.parse(readFileSync(FILE, 'utf8')) as { packages: Record<string, LockedPackage> };
const added: string[] = [];
for (const [path, owner] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(owner.optionalDependencies ?? {})) {
    const target = `node_modules/${name}`;
    if (path === '' || lock.packages[target] !== undefined || !/^\d/.test(version)) continue;
    const platform = platformOf(name);
    if (platform === null) continue;
    lock.packages[target] = {
      version,
      ...(owner.dev === true && { dev: true }),
      optional: true,
      ...platform,
    };
    added.push(name);
  }
}
const sorted = Object.fromEntries(
  Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
);
writeFileSync(FILE, `${JSON.stringify({ ...lock, packages: sorted }, null, 2)}\n`);
process.stdout.write(`${added.length} packages of other platforms added to ${FILE}\n`);

/** From names such as `@scope/cli-linux-arm64-musl`; null when it names no platform. */
function platformOf(name: string): Pick<LockedPackage, 'os' | 'cpu' | 'libc'> | null {
  const words = name.split(/[-/]/).map((w) => (w === 'armeabi' || w === 'eabi' ? '' : w));
  const os = SYSTEMS.find((s) => words.includes(s)) ?? (words.includes('windows') ? 'win32' : null);
  const cpu = PROCESSORS.find(
    (p) => words.includes(p) || (p === 'ppc64' && words.includes('ppc64le')),
  );
  if (os === null) return null;
  const libc = /musl/.test(name) ? ['musl'] : os === 'linux' && /gnu/.test(name) ? ['glibc'] : null;
  return {
    os: [os],
    cpu: [words.includes('riscv64gc') ? 'riscv64' : (cpu ?? 'unknown')],
    ...(libc !== null && { libc }),
  };
}
