/** One processor architecture in the words of Debian, of its library folders and of its loader. */
export type DebianArchitecture = {
  readonly name: 'amd64' | 'arm64';
  /** The multiarch triplet: libraries are in `usr/lib/TRIPLET`. */
  readonly triplet: string;
  /** The dynamic loader's file name in that folder. */
  readonly loader: string;
};

export const ARCHITECTURES: Readonly<Record<'amd64' | 'arm64', DebianArchitecture>> = {
  amd64: { name: 'amd64', triplet: 'x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2' },
  arm64: { name: 'arm64', triplet: 'aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1' },
};

/** The architecture of this process; null where Debian's MySQL cannot run (macOS, Windows, …). */
export function thisArchitecture(
  platform: NodeJS.Platform = process.platform,
  arch: string = process.arch,
): DebianArchitecture | null {
  if (platform !== 'linux') return null;
  if (arch === 'x64') return ARCHITECTURES.amd64;
  return arch === 'arm64' ? ARCHITECTURES.arm64 : null;
}
