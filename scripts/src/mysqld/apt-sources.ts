/** One entry of the host's apt configuration: binary packages only, and only what is enabled. */
export type AptSource = {
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** A keyring's path, or a whole key with its newlines; null: apt's trusted keys. */
  readonly signedBy: string | null;
};

/** Reads the one-line format: `deb [signed-by=/x arch=amd64] URI SUITE COMPONENT…`. */
export function parseOneLineSources(text: string): AptSource[] {
  return text.split('\n').flatMap((line) => {
    const bare = line.replace(/#.*$/, '').trim();
    const found = /^deb\s+(?:\[(?<options>[^\]]*)\]\s*)?(?<uri>\S+)\s+(?<rest>\S.*)$/.exec(bare);
    const { options, uri, rest } = found?.groups ?? {};
    if (uri === undefined || rest === undefined) return [];
    const [suite, ...components] = rest.split(/\s+/);
    if (suite === undefined) return [];
    const signedBy = /(?:^|\s)signed-by=(\S+)/i.exec(options ?? '')?.[1] ?? null;
    return [{ uris: [uri], suites: [suite], components, signedBy }];
  });
}

/** Reads the deb822 format: paragraphs of `Field: value`, values may go on in indented lines. */
export function parseDeb822Sources(text: string): AptSource[] {
  const withoutComments = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n');
  return withoutComments.split(/\n\s*\n/).flatMap((paragraph) => {
    const fields = fieldsOf(paragraph);
    const types = words(fields.get('types'));
    const enabled = !/^(no|false|0|off|disable|without)$/i.test(
      fields.get('enabled')?.trim() ?? '',
    );
    if (!types.includes('deb') || !enabled) return [];
    return [
      {
        uris: words(fields.get('uris')),
        suites: words(fields.get('suites')),
        components: words(fields.get('components')),
        signedBy: fields.get('signed-by')?.trim() || null,
      },
    ];
  });
}

function fieldsOf(paragraph: string): Map<string, string> {
  const fields = new Map<string, string>();
  let name = '';
  for (const line of paragraph.split('\n')) {
    const start = /^(?<name>[A-Za-z][\w-]*):(?<value>.*)$/.exec(line)?.groups;
    if (start?.['name'] !== undefined) {
      name = start['name'].toLowerCase();
      fields.set(name, start['value'] ?? '');
    } else if (name !== '' && line.trim() !== '') {
      fields.set(name, `${fields.get(name) ?? ''}\n${line}`);
    }
  }
  return fields;
}

function words(value: string | undefined): string[] {
  return (value ?? '').split(/\s+/).filter((word) => word !== '');
}
