import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, 'golden');
const VERSION = 'kubectl-version';

function fileOf(name: string): string {
  return join(FOLDER, `${name.replaceAll(',', '').replaceAll(' ', '-')}.txt`);
}

/** What a real kube-apiserver answered to a case. */
export async function readRecording(name: string): Promise<string> {
  return await readFile(fileOf(name), 'utf8');
}

export async function writeRecording(name: string, text: string): Promise<void> {
  await writeFile(fileOf(name), text);
}

/** The kubectl the recordings were made with. */
export async function recordedKubectl(): Promise<string> {
  return (await readRecording(VERSION)).trim();
}

export async function writeRecordedKubectl(version: string): Promise<void> {
  await writeRecording(VERSION, `${version}\n`);
}
