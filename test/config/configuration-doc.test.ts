import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { writeConfigurationDoc } from '../../scripts/docs/configuration-doc.ts';
import { CATALOG } from '../../src/config/setting-catalog.ts';

describe('docs/configuration.md', () => {
  it('is what scripts/write-configuration-doc.ts writes', () => {
    const written = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
    assert.equal(
      written,
      writeConfigurationDoc(),
      'run: node --import tsx scripts/write-configuration-doc.ts',
    );
  });

  it('explains every setting in a sentence, once', () => {
    const keys = CATALOG.map(({ key }) => key);
    assert.deepEqual(keys, [...new Set(keys)]);
    for (const { key, meaning } of CATALOG) assert.match(meaning, /[a-z0-9.`)]\.$/i, key);
  });
});
