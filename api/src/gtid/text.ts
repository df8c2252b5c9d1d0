import { GtidSetBuilder } from './builder.ts';
import { type GtidSet, GtidSyntaxError, isTag, isUuid } from './set.ts';

const INTERVAL = /^(\d+)(?:\s*-\s*(\d+))?$/;

/**
 * Reads a GTID set as MySQL prints and accepts it: `uuid:1-5:7:tag:1-3,uuid2:4`. White space and
 * newlines between the parts, empty parts, overlaps and any order are fine; uuid and tag may be in
 * either case. Numbers after a tag belong to that tag. The empty text is the empty set.
 * Stricter than the server: an interval must not run backwards.
 *
 * @throws GtidSyntaxError naming the bad part; also for numbers above 2⁵³−1 (MySQL goes to 2⁶³−2,
 *   which is 285 years away at a million transactions a second).
 * @see https://dev.mysql.com/doc/refman/9.7/en/replication-gtids-concepts.html
 */
export function parseGtidSet(text: string): GtidSet {
  const builder = new GtidSetBuilder();
  for (const part of text.split(',')) {
    if (part.trim() !== '') parseOneUuid(part.trim(), builder);
  }
  return builder.build();
}

/**
 * The canonical text: uuids in order, of each first the untagged intervals, then the tags in order;
 * lower case, no white space. It is what the server prints but for the newline after each comma.
 */
export function formatGtidSet(set: GtidSet): string {
  return set.toString();
}

function parseOneUuid(part: string, builder: GtidSetBuilder): void {
  const [first = '', ...rest] = part.split(':').map((piece) => piece.trim());
  const uuid = first.toLowerCase();
  if (!isUuid(uuid)) throw new GtidSyntaxError(first, 'is not a server uuid');
  if (rest.length === 0) throw new GtidSyntaxError(part, 'has no transaction numbers');
  let tag = '';
  let tagIsUsed = true;
  for (const piece of rest) {
    const interval = INTERVAL.exec(piece);
    if (interval === null) {
      if (!tagIsUsed) throw new GtidSyntaxError(tag, 'is a tag without transaction numbers');
      tag = piece.toLowerCase();
      tagIsUsed = false;
      if (!isTag(tag)) throw new GtidSyntaxError(piece, 'is neither an interval nor a tag');
      continue;
    }
    tagIsUsed = true;
    const start = parseNumber(interval[1] ?? '');
    const end = interval[2] === undefined ? start : parseNumber(interval[2]);
    if (end < start) throw new GtidSyntaxError(piece, 'runs backwards');
    builder.addInterval({ uuid, tag, start, end });
  }
  if (!tagIsUsed) throw new GtidSyntaxError(tag, 'is a tag without transaction numbers');
}

function parseNumber(digits: string): number {
  const number = Number(digits);
  if (number === 0)
    throw new GtidSyntaxError(digits, 'is not a transaction number: they start at 1');
  if (!Number.isSafeInteger(number)) throw new GtidSyntaxError(digits, 'is above 2^53-1');
  return number;
}
