import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ABSENT, runSuiteFile, suiteFiles, suitesPresent } from './suites.ts';

if (suitesPresent()) {
  describe('the core answers byte for byte as the data-driven suites expect', () => {
    for (const file of suiteFiles()) {
      it(file, () => {
        const { failure } = runSuiteFile(file);
        assert.equal(failure, null, failure ?? '');
      });
    }
  });
} else {
  it('conformance suites', { skip: ABSENT }, () => undefined);
}
