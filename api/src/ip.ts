const OCTET = '(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])';
const V4 = new RegExp(`^${OCTET}(\\.${OCTET}){3}$`);

export function isIPv4(text: string): boolean {
  return V4.test(text);
}

/** IPv4, or IPv6 with at most one `::`. */
export function isIP(text: string): boolean {
  return isIPv4(text) || isIPv6(text);
}

function isIPv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2 || !text.includes(':')) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  if (!groups.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return false;
  return halves.length === 2 ? groups.length < 8 : groups.length === 8;
}
