/** One package file that apt would download. */
export type PackageFile = {
  readonly name: string;
  /** Debian's version, with its epoch: `2:1.0-3`. */
  readonly version: string;
  readonly architecture: string;
  readonly uri: string;
  readonly fileName: string;
  /** In bytes. */
  readonly size: number;
  /** Lower-case hexadecimal; apt read it from a signed index. */
  readonly sha256: string;
};

const LINE = /^'(?<uri>[^']+)' (?<file>\S+\.deb) (?<size>\d+) (?<hashes>\S.*)$/;
const FILE = /^(?<name>[^_]+)_(?<version>[^_]+)_(?<architecture>[^_]+)\.deb$/;

/**
 * Reads `apt-get install --print-uris`: `'URI' FILE SIZE SHA256:HEX`, among other lines.
 *
 * @throws Error when a package's line has no SHA-256 digest or a name of another form: taking a
 *   package without a digest would take anything.
 */
export function parsePrintUris(text: string): PackageFile[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith("'"))
    .map(parseLine);
}

function parseLine(line: string): PackageFile {
  const { uri, file, size, hashes } = LINE.exec(line)?.groups ?? {};
  // A file name keeps an epoch's colon as %3a.
  const { name, version, architecture } = FILE.exec(file ?? '')?.groups ?? {};
  const sha256 = /(?:^| )SHA256:(?<hex>[0-9a-f]{64})(?: |$)/i.exec(hashes ?? '')?.groups?.['hex'];
  if (
    uri === undefined ||
    file === undefined ||
    name === undefined ||
    version === undefined ||
    architecture === undefined ||
    sha256 === undefined
  ) {
    throw new Error(`apt printed a package without a name or a SHA-256 digest: ${line}`);
  }
  return {
    name,
    version: version.replaceAll('%3a', ':'),
    architecture,
    uri,
    fileName: file,
    size: Number(size),
    sha256: sha256.toLowerCase(),
  };
}
