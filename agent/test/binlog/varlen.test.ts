import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { VarlenReader } from '../../src/binlog/varlen.ts';
import { varlen } from './log-builder.ts';

describe('a number of variable length', () => {
  it('is read back as it was written, whatever its size', () => {
    const borders = Array.from({ length: 64 }, (_, bits) => 1n << BigInt(bits));
    const values = borders.flatMap((border) => [
      border - 1n,
      border,
      border + 1n,
      (border * 0xab_cdn) >> 16n,
    ]);
    for (const value of [...values, (1n << 64n) - 1n]) {
      const reader = new VarlenReader(varlen(value));
      assert.equal(reader.unsigned(), value);
      assert.equal(reader.position, varlen(value).length);
    }
  });

  it('is known by its bytes', () => {
    assert.deepEqual([...varlen(0n)], [0]);
    assert.deepEqual([...varlen(127n)], [0xfe]);
    assert.deepEqual([...varlen(128n)], [0x01, 0x02]);
    assert.equal(
      new VarlenReader(Buffer.from([0xff, 255, 255, 255, 255, 255, 255, 255, 255])).unsigned(),
      (1n << 64n) - 1n,
    );
  });

  it('carries its sign in the lowest bit', () => {
    assert.equal(new VarlenReader(varlen(6n)).signed(), 3n);
    assert.equal(new VarlenReader(varlen(5n)).signed(), -3n);
  });

  it('that is cut off is an error, not a smaller number', () => {
    const bytes = varlen(1n << 40n);
    assert.throws(
      () => new VarlenReader(bytes.subarray(0, bytes.length - 1)).unsigned(),
      RangeError,
    );
    assert.throws(() => new VarlenReader(Buffer.from([8, 65])).text(), RangeError);
  });
});
