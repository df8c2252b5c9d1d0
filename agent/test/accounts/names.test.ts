import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  charsetProblem,
  hostProblem,
  identifierProblem,
  passwordProblem,
  schemaProblem,
  userProblem,
} from '../../src/accounts/names.ts';

const user = (text: string) => userProblem(text, ['radondb_agent', 'replicator']);

describe('what may be said to MySQL', () => {
  for (const [check, good, bad] of [
    [
      user,
      ['app', "o'neil", 'ß', 'a b', 'x'.repeat(32), 'a@b', '%', '`', "'"],
      [
        '',
        'x'.repeat(33),
        'root',
        'ROOT',
        'mysql.sys',
        'radondb_x',
        'replicator',
        ' a',
        'a\t',
        "''",
        "'a'",
        '😀',
        '\ud800',
        'a\0b',
      ],
    ],
    [
      hostProblem,
      ['%', '10.0.%', '10.0.0.0/255.255.0.0', '10.0.0.0/16', '::1', 'localhost', 'LOCALHOST'],
      ['', "'", '10.0.0.1;', 'a b', '%\n', '`', '\\', 'x'.repeat(256), '/16', 'ä'],
    ],
    [
      identifierProblem,
      ['shop', 'a-b', '100%', "it's", 'a`b', '日本', '; DROP'],
      ['', 'x'.repeat(65), 'a\\b', ' a', 'a ', '😀', '\udfff', 'a\nb'],
    ],
    [
      schemaProblem,
      ['shop', 'mysql2'],
      ['mysql', 'MySQL', 'sys', 'performance_schema', 'information_schema', 'radondb'],
    ],
    [
      passwordProblem,
      ['x', "'; DROP USER root; --", '😀', 'a\nb', ' ', 'x'.repeat(256)],
      ['', 'x'.repeat(257), 'ä'.repeat(129), 'a\0', 'pw\n', 'pw\r\n', '\ud800'],
    ],
    [charsetProblem, ['utf8mb4', 'utf8mb4_0900_ai_ci'], ['', 'utf8mb4; DROP', "x'", 'ü']],
  ] as const) {
    it(`${check.name || 'a user'}: the good and the bad`, () => {
      for (const text of good) assert.equal(check(text), null, JSON.stringify(text));
      for (const text of bad) assert.notEqual(check(text), null, JSON.stringify(text));
    });
  }
});
