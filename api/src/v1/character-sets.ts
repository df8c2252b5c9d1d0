/** Character sets of MySQL 8.4 and 9.7. */
export const CHARACTER_SETS = [
  ...['utf8mb4', 'utf8mb3', 'ascii', 'binary', 'latin1', 'latin2', 'latin5', 'latin7'],
  ...['ucs2', 'utf16', 'utf16le', 'utf32', 'armscii8', 'big5', 'cp1250', 'cp1251', 'cp1256'],
  ...['cp1257', 'cp850', 'cp852', 'cp866', 'cp932', 'dec8', 'eucjpms', 'euckr', 'gb18030'],
  ...['gb2312', 'gbk', 'geostd8', 'greek', 'hebrew', 'hp8', 'keybcs2', 'koi8r', 'koi8u'],
  ...['macce', 'macroman', 'sjis', 'swe7', 'tis620', 'ujis'],
] as const;
