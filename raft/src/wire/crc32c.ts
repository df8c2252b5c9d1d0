/** CRC-32C (Castagnoli), the checksum of records and frames. */

const TABLES: readonly Uint32Array[] = (() => {
  const tables = Array.from({ length: 4 }, () => new Uint32Array(256));
  const [first] = tables;
  for (let n = 0; n < 256; n++) {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? 0x82f63b78 ^ (c >>> 1) : c >>> 1;
    if (first !== undefined) first[n] = c >>> 0;
  }
  for (let t = 1; t < 4; t++) {
    const previous = tables[t - 1];
    const table = tables[t];
    if (previous === undefined || table === undefined || first === undefined) continue;
    for (let n = 0; n < 256; n++) {
      const c = previous[n] ?? 0;
      table[n] = ((c >>> 8) ^ (first[c & 0xff] ?? 0)) >>> 0;
    }
  }
  return tables;
})();

const [T0 = new Uint32Array(), T1 = T0, T2 = T0, T3 = T0] = TABLES;

/** Continues from `seed` (the checksum of what came before); returns an unsigned 32-bit number. */
export function crc32c(bytes: Uint8Array, seed = 0): number {
  let crc = ~seed;
  let i = 0;
  const end = bytes.length & ~3;
  for (; i < end; i += 4) {
    crc ^=
      (bytes[i] as number) |
      ((bytes[i + 1] as number) << 8) |
      ((bytes[i + 2] as number) << 16) |
      ((bytes[i + 3] as number) << 24);
    crc =
      (T3[crc & 0xff] as number) ^
      (T2[(crc >>> 8) & 0xff] as number) ^
      (T1[(crc >>> 16) & 0xff] as number) ^
      (T0[crc >>> 24] as number);
  }
  for (; i < bytes.length; i++) {
    crc = (crc >>> 8) ^ (T0[(crc ^ (bytes[i] as number)) & 0xff] as number);
  }
  return ~crc >>> 0;
}
