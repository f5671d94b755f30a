import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseResources } from '../../src/manifests/parse-resources.ts';
import { formatResource, resourceDocument } from '../../src/manifests/resource-text.ts';
import { jsonText } from '../../src/text/json-text.ts';
import { printable, printableLines } from '../../src/text/printable.ts';

const ODD = ['\u202e', '\u200b', '\u2066', '\ufeff', '\u00ad', '\u3164', '\u{e0041}', '\u0007', '\u2028'];

test('what is not seen, or changes how text is shown, is escaped wherever people read it', () => {
  for (const character of ODD) {
    const text = `a${character}b`;
    const name = JSON.stringify(character);
    assert.match(printable(text), /^a\\(x|u\{)[0-9a-f]+\}?b$/, name);
    assert.equal(printableLines(`${text}\n${text}`), `${printable(text)}\n${printable(text)}`);
    const json = jsonText({ text });
    assert.ok(!json.includes(character), name);
    assert.deepEqual(JSON.parse(json), { text });

    const yaml = [
      {
        file: 'x',
        text: `{ apiVersion: sallyport/v1alpha1, kind: Namespace, id: n, parent: global, name: ${JSON.stringify(text)} }`,
      },
    ];
    const [resource] = parseResources(yaml);
    assert.ok(resource);
    const written = formatResource(resourceDocument(resource));
    assert.ok(!written.includes(character), `${name} in ${written}`);
    const [again] = parseResources([{ file: 'y', text: written }]);
    assert.deepEqual(again?.spec, resource.spec, name);
  }
});

test('text that can be read stays as it is', () => {
  for (const text of ['abc', 'Zoë Å', '日本語', 'שלום', '😀'])
    assert.deepEqual([printable(text), JSON.parse(jsonText(text))], [text, text]);
});
