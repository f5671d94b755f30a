// What attackers send.

/** Below the 8 MiB that the admin API takes. */
const LARGE = 8_000_000;
/** Below the 1 MiB of text that lint takes, as JSON, too. */
const LINT = 900_000;

/** Policies of team-a, as many as the size allows. */
export function largeApply(): string {
  return resourcesOf(LARGE, (n) => ({
    apiVersion: 'sallyport/v1alpha1',
    kind: 'Policy',
    id: `large-${n}`,
    namespace: 'team-a',
    description: 'x'.repeat(200),
    ppl: {
      allow: { and: [{ user: { starts_with: `robot-${n}` } }, { http_method: { in: ['GET', 'HEAD'] } }] },
    },
  }));
}

function resourcesOf(size: number, resource: (n: number) => unknown): string {
  const parts: string[] = [];
  for (let n = 0, length = 20; ; n += 1) {
    const text = JSON.stringify(resource(n));
    length += text.length + 1;
    if (length > size) return `{"resources":[${parts.join(',')}]}`;
    parts.push(text);
  }
}

/** A SCIM user with that many bytes of addresses. */
export function largeScimUser(): string {
  const emails: string[] = [];
  for (let length = 200; length < LARGE; ) {
    const email = JSON.stringify({ value: `person-${emails.length}@example.com`, type: 'work' });
    length += email.length + 1;
    emails.push(email);
  }
  const schemas = '["urn:ietf:params:scim:schemas:core:2.0:User"]';
  return `{"schemas":${schemas},"userName":"someone@example.com","emails":[${emails.join(',')}]}`;
}

/** Texts for lint, by what is many in them. */
export const LINT_SHAPES: Readonly<Record<string, () => string>> = {
  'many documents': () => repeat((n) => `---\nkind: Policy\nid: p${n}\n`),
  'deep nesting, flow': () => `${'['.repeat(LINT / 2)}${']'.repeat(LINT / 2)}`,
  'deep nesting, block': () => `allow:\n${repeat((n) => `${' '.repeat((n % 1000) + 1)}and:\n`)}`,
  'many anchors': manyAnchors,
  'many keys': () => repeat((n) => `key-${n}: ${n}\n`),
  'many criteria': () => `allow:\n  or:\n${repeat((n) => `    - user: robot-${n}\n`)}`,
  'one long scalar': () => `allow: "${'x'.repeat(LINT - 10)}"`,
  'one long folded scalar': () => `allow: >\n${repeat(() => '  word word word word\n\n')}`,
  'many comments': () => repeat((n) => `# ${n}\n`),
};

/** What takes most memory to read. */
export function manyAnchors(): string {
  return repeat((n) => `- &a${n} [x${n === 0 ? '' : `, *a${n - 1}`}]\n`);
}

function repeat(line: (n: number) => string): string {
  const lines: string[] = [];
  for (let n = 0, length = 0; ; n += 1) {
    const next = line(n);
    length += next.length;
    if (length > LINT) return lines.join('');
    lines.push(next);
  }
}

/** 902 characters whose program has a hundred thousand instructions. */
export function costlyRegex(n: number): string {
  return `/${'.{0,1000}'.repeat(100)}z${n}`;
}
