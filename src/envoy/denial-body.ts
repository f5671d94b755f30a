import Negotiator from 'negotiator';
import type { Deny } from '../check/decision.ts';
import type { RequestHeaders } from '../credentials/request-headers.ts';
import { html } from '../text/html.ts';
import { errorCode, REFUSAL_STATUS } from './refusal-status.ts';

/** The content of a denial in every format. */
interface Denial {
  readonly error: string;
  readonly error_description?: string;
  readonly reason: string;
  readonly request_id?: string;
  readonly explanation?: string;
  readonly remediation?: string;
}

export const CONTENT_TYPES: Readonly<Record<DenialFormat, string>> = {
  json: 'application/json',
  html: 'text/html; charset=utf-8',
  text: 'text/plain; charset=utf-8',
  grpc: 'text/plain; charset=utf-8',
};

/** The page that `denialBody` makes needs its one style sheet, and nothing else may run, load or frame it. */
export const PAGE_SECURITY_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export function denialBody(decision: Deny, requestId: string, format: DenialFormat): string {
  const denial = describe(decision, requestId);
  switch (format) {
    case 'json':
      return `${JSON.stringify(denial)}\n`;
    case 'html':
      return page(REFUSAL_STATUS[decision.refusal].title, denial);
    case 'text':
      return plain(REFUSAL_STATUS[decision.refusal].title, denial);
    case 'grpc':
      return oneLine(denial);
    default:
      return format satisfies never;
  }
}

function describe(decision: Deny, requestId: string): Denial {
  const { detail, policy, reasons } = decision;
  return {
    error: errorCode(decision),
    ...(detail ? { error_description: detail } : {}),
    reason: reasons[0] ?? decision.refusal,
    ...(requestId ? { request_id: requestId } : {}),
    ...(policy?.explanation ? { explanation: policy.explanation } : {}),
    ...(policy?.remediation ? { remediation: policy.remediation } : {}),
  };
}

function plain(title: string, denial: Denial): string {
  const lines = [
    `${title}: ${denial.reason}`,
    denial.error_description,
    denial.explanation,
    denial.remediation,
    denial.request_id && `Request ${denial.request_id}`,
  ];
  return `${lines.filter((line) => line).join('\n')}\n`;
}

/** A gRPC status message goes through an HTTP header: a line of printable ASCII. */
function oneLine(denial: Denial): string {
  const text = [denial.reason, denial.error_description ?? denial.explanation]
    .filter((part) => part)
    .join(': ');
  return text.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 512);
}

function page(title: string, denial: Denial): string {
  const paragraphs = [denial.error_description, denial.explanation, denial.remediation].filter(
    (text) => text !== undefined,
  );
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}p{white-space:pre-line}</style>
</head>
<body>
<h1>${title}</h1>
<p><code>${denial.reason}</code></p>
${paragraphs.map((text) => html`<p>${text}</p>\n`)}
${denial.request_id && html`<p><small>Request ${denial.request_id}</small></p>`}
</body>
</html>
`.text;
}

export type DenialFormat = 'json' | 'html' | 'text' | 'grpc';

const FORMATS: ReadonlyMap<string, DenialFormat> = new Map([
  ['application/json', 'json'],
  ['text/html', 'html'],
  ['text/plain', 'text'],
]);
const MEDIA_TYPES = [...FORMATS.keys()];
/** A longer `Accept` is not worth reading. */
const MAX_ACCEPT = 1024;

/**
 * The form of a denial's body: what `Accept` prefers (RFC 9110 §12.5.1), JSON where it has no preference or takes none
 * of ours, and one line of text for gRPC callers, to whom Envoy hands it as the status message.
 */
export function denialFormat(headers: RequestHeaders): DenialFormat {
  if (headers.values('content-type')[0]?.toLowerCase().startsWith('application/grpc')) return 'grpc';
  const accept = headers.values('accept').join(',');
  if (accept === '' || accept.length > MAX_ACCEPT) return 'json';
  const preferred = new Negotiator({ headers: { accept } }).mediaType(MEDIA_TYPES);
  return FORMATS.get(preferred ?? '') ?? 'json';
}
